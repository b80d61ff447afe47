//! Binds the addresses, serves them, and closes them: goodbyes first, all within two seconds.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use std::sync::atomic::AtomicU64;

use axum::Router;
use axum::routing::get;
use station::Handle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::compression::CompressionLayer;
use tracing::{debug, info, warn};
use utoipa_axum::router::OpenApiRouter;
use wire::limits::SHUTDOWN;

use crate::access::Tokens;
use crate::compat::{self, Compat};
use crate::post::Post;
use crate::serve::{self, Connections};
use crate::unproven::Unproven;
use crate::{api, exposition, guard, page, problem, stream};

/// The port of Sightline.
pub const PORT: u16 = 7444;

/// Where the door opens.
#[derive(Debug, Clone)]
pub struct DoorConfig {
    /// One address; `None` is this computer only (127.0.0.1, and ::1 where there is IPv6).
    pub listen: Option<IpAddr>,
    /// Port; 0 takes any free one.
    pub port: u16,
    /// Allows addresses other than loopback: anyone who reaches them sees numbers and process names.
    pub insecure_open: bool,
    /// Who gets in by a token. The owner's is added when the door opens.
    pub tokens: Tokens,
}

impl Default for DoorConfig {
    fn default() -> Self {
        Self { listen: None, port: PORT, insecure_open: false, tokens: Tokens::default() }
    }
}

/// The door could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Somebody else listens there.
    #[error("port {port} is taken{}. Use another one: --port {}", by_whom(.holder), port.saturating_add(1))]
    Taken {
        /// The port that was asked for.
        port: u16,
        /// Who holds it, where that can be told.
        holder: Option<String>,
    },
    /// An address beyond this computer was asked for without saying that it is meant.
    #[error(
        "{0} is reachable from the network, and access control is not there yet. Listen on 127.0.0.1, or add \
         --insecure-open to let anyone who reaches {0} see this machine's numbers and process names"
    )]
    Exposed(IpAddr),
    /// Ports below 1024 are for root.
    #[error("port {0} needs root. Use one above 1023: --port {PORT}")]
    Privileged(u16),
    /// The address belongs to another machine, or to none.
    #[error("{0} is not an address of this machine. Listen on one of its own, or on 127.0.0.1")]
    NotOurs(IpAddr),
    /// Anything else.
    #[error("listen on {address}: {cause}")]
    Bind {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        cause: io::Error,
    },
}

fn by_whom(holder: &Option<String>) -> String {
    holder.as_ref().map(|holder| format!(" by {holder}")).unwrap_or_default()
}

/// An open door. Dropping it closes it at once; [`Door::close`] takes leave of the viewers first.
#[derive(Debug)]
pub struct Door {
    addresses: Vec<SocketAddr>,
    closing: CancellationToken,
    tasks: TaskTracker,
}

/// What every request can reach.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) station: Handle,
    pub(crate) closing: CancellationToken,
    pub(crate) tasks: TaskTracker,
    pub(crate) tokens: Tokens,
    pub(crate) compat: Compat,
    /// Anyone who reaches this door may see numbers and process names.
    pub(crate) insecure_open: bool,
    pub(crate) connections: Connections,
    pub(crate) unproven: Unproven,
    pub(crate) post: Post,
    /// HTTP requests since the door opened, refused ones included.
    pub(crate) requests: AtomicU64,
}

impl Door {
    /// Binds and begins to serve.
    ///
    /// # Errors
    /// See [`OpenError`]; its text says what to do.
    pub async fn open(station: Handle, config: &DoorConfig) -> Result<Self, OpenError> {
        let listeners = bind(config).await?;
        raise_descriptor_limit();
        config.tokens.add_owner(station.data_dir());
        let compat = Compat::new(&station);
        let shared = Arc::new(Shared {
            station,
            compat,
            closing: CancellationToken::new(),
            tasks: TaskTracker::new(),
            tokens: config.tokens.clone(),
            insecure_open: config.insecure_open,
            connections: Connections::default(),
            unproven: Unproven::default(),
            post: Post::default(),
            requests: AtomicU64::new(0),
        });
        shared.tasks.spawn({
            let shared = Arc::clone(&shared);
            async move { shared.post.deliver(shared.station.clone(), shared.closing.clone()).await }
        });
        let router = router(&shared);
        let mut addresses = Vec::new();
        for listener in listeners {
            // A listener that was just bound has an address; where the system denies it, serving goes on.
            addresses.extend(listener.local_addr());
            shared.tasks.spawn(serve::listen(listener, router.clone(), Arc::clone(&shared)));
        }
        info!(?addresses, "the door is open");
        Ok(Self { addresses, closing: shared.closing.clone(), tasks: shared.tasks.clone() })
    }

    /// Where the door is open.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Refuses new viewers and waits, two seconds at most, until the sessions have taken their leave. The
    /// station says goodbye first: [`station::Station::say_goodbye`].
    pub async fn close(self) {
        self.closing.cancel();
        self.tasks.close();
        if tokio::time::timeout(SHUTDOWN, self.tasks.wait()).await.is_err() {
            warn!(left = self.tasks.len(), "some viewers did not take their leave in time");
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

/// Every route, and what is told about it. What is no route is a file of the page, or is not there.
pub(crate) fn routes() -> OpenApiRouter<Arc<Shared>> {
    api::routes()
        .merge(exposition::routes())
        .merge(compat::routes())
        .route("/api/v1/stream", get(stream::upgrade))
}

fn router(shared: &Arc<Shared>) -> Router {
    Router::new()
        .merge(Router::from(routes()))
        .fallback(page::page)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(CompressionLayer::new())
        .layer(axum::middleware::from_fn_with_state(Arc::clone(shared), guard::check))
        .layer(axum::middleware::from_fn(page::security_headers))
        .with_state(Arc::clone(shared))
}

/// Each viewer is a descriptor; the soft limit of 1024 is for programs that use `select`.
fn raise_descriptor_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        if let Err(err) = setrlimit(Resource::Nofile, limit) {
            debug!(error = %err, "the limit of open files stays");
        }
    }
}

async fn bind(config: &DoorConfig) -> Result<Vec<TcpListener>, OpenError> {
    let Some(address) = config.listen else {
        let v4 = bind_one(Ipv4Addr::LOCALHOST.into(), config.port).await?;
        // Port 0 was chosen by the first listener; the second shares it, so that one address serves both.
        let port = v4.local_addr().map_or(config.port, |address| address.port());
        return match bind_one(Ipv6Addr::LOCALHOST.into(), port).await {
            Ok(v6) => Ok(vec![v4, v6]),
            Err(err) => {
                debug!(error = %err, "no IPv6 on this computer; 127.0.0.1 serves alone");
                Ok(vec![v4])
            }
        };
    };
    if !address.is_loopback() {
        if !config.insecure_open {
            return Err(OpenError::Exposed(address));
        }
        warn!(%address, "open to anyone who reaches this address: numbers and process names, unencrypted");
    }
    Ok(vec![bind_one(address, config.port).await?])
}

async fn bind_one(address: IpAddr, port: u16) -> Result<TcpListener, OpenError> {
    let address = SocketAddr::new(address, port);
    TcpListener::bind(address).await.map_err(|cause| match cause.kind() {
        io::ErrorKind::AddrInUse => OpenError::Taken { port, holder: sampling::port_holder(port) },
        io::ErrorKind::PermissionDenied if port < 1024 => OpenError::Privileged(port),
        io::ErrorKind::AddrNotAvailable => OpenError::NotOurs(address.ip()),
        _ => OpenError::Bind { address, cause },
    })
}
