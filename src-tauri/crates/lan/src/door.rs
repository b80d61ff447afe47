//! Opens the door, puts the routes together, and closes it: goodbyes first, all within two seconds.
//!
//! How far it is open is [`reach`](crate::reach)'s to say, and changes while it runs.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock, Weak};

use axum::Router;
use axum::routing::get;
use station::{Doorkeeper, Handle, Work, WorkKind};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::compression::CompressionLayer;
use tracing::{debug, warn};
use utoipa_axum::router::OpenApiRouter;
use wire::PORT;
use wire::limits::SHUTDOWN;
use wire::message::ErrorBody;
use wire::sharing::{Reach, TokenParams};

use crate::access::Access;
use crate::announce::Announcer;
use crate::compat::{self, Compat};
use crate::post::Post;
use crate::reach::Opening;
use crate::serve::Connections;
use crate::tls::Tls;
use crate::unproven::Unproven;
use crate::{api, exposition, guard, page, problem, reach, stream};

/// How the door opens, as far as its owner has not said otherwise.
#[derive(Debug, Clone)]
pub struct DoorConfig {
    /// How far, until sharing is changed for the first time.
    pub reach: Reach,
    /// One address more, whatever sharing says: asked for on the command line.
    pub listen: Option<IpAddr>,
    /// Port; 0 takes any free one. `None`: as sharing says, else [`PORT`].
    pub port: Option<u16>,
}

impl Default for DoorConfig {
    fn default() -> Self {
        Self { reach: Reach::Local, listen: None, port: None }
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

/// A door. Dropping it closes it at once; [`Door::close`] takes leave of the viewers first.
#[derive(Debug)]
pub struct Door {
    shared: Arc<Shared>,
}

/// What every request can reach.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Itself, for what outlives a request.
    pub(crate) me: Weak<Shared>,
    pub(crate) station: Handle,
    pub(crate) closing: CancellationToken,
    pub(crate) tasks: TaskTracker,
    pub(crate) access: Access,
    pub(crate) opening: Opening,
    pub(crate) announcer: Announcer,
    pub(crate) tls: Tls,
    pub(crate) compat: Compat,
    pub(crate) connections: Connections,
    pub(crate) unproven: Unproven,
    pub(crate) post: Post,
    /// HTTP requests since the door opened, refused ones included.
    pub(crate) requests: AtomicU64,
}

impl Door {
    /// A door that is as open as its owner wants it. Where that cannot be, it stands all the same, and says why to
    /// the owner: an address may come back, and a port may become free. To be called within the runtime.
    pub fn stand(station: Handle, config: &DoorConfig) -> (Self, Result<(), OpenError>) {
        raise_descriptor_limit();
        let shared = Shared::new(station, config);
        let keeper: Weak<Shared> = Arc::downgrade(&shared);
        shared.station.set_doorkeeper(keeper as Weak<dyn Doorkeeper>);
        shared.tasks.spawn({
            let shared = Arc::clone(&shared);
            async move { shared.post.deliver(shared.station.clone(), shared.closing.clone()).await }
        });
        shared.tasks.spawn(shared.tls.clone().watch(shared.station.clone(), shared.closing.clone()));
        let opened = shared.open_as_wanted();
        shared.tasks.spawn(reach::keep_open(Arc::clone(&shared)));
        shared.tasks.spawn({
            let shared = Arc::clone(&shared);
            async move { shared.take_leave().await }
        });
        (Self { shared }, opened)
    }

    /// A door that is open.
    ///
    /// # Errors
    /// See [`OpenError`]; its text says what to do.
    pub async fn open(station: Handle, config: &DoorConfig) -> Result<Self, OpenError> {
        let (door, opened) = Self::stand(station, config);
        if let Err(err) = opened {
            door.close().await;
            return Err(err);
        }
        Ok(door)
    }

    /// Where the door is open; addresses of this computer itself come last.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.shared.opening.addresses()
    }

    /// A token for a program, `<id>.<secret>`, which nothing shows again.
    ///
    /// # Errors
    /// When it cannot be kept, or too many devices are paired.
    pub fn make_token(&self, params: &TokenParams) -> Result<String, ErrorBody> {
        self.shared.access.make_token(params).map(|made| made.token)
    }

    /// Whether its links can be encrypted, and by which certificate. Both can be changed while it is open.
    #[must_use]
    pub fn tls(&self) -> &Tls {
        &self.shared.tls
    }

    /// Refuses new viewers and waits, two seconds at most, until the sessions have taken their leave. The
    /// station says goodbye first: [`station::Station::say_goodbye`].
    pub async fn close(self) {
        let end = tokio::time::Instant::now() + SHUTDOWN;
        self.leave().await;
        let access = self.shared.access.clone();
        let kept = self.shared.station.later(Work::own(WorkKind::Change), move || access.keep());
        if !tokio::time::timeout_at(end, kept).await.is_ok_and(|kept| kept.is_ok()) {
            warn!("last-seen times and the access log may not be kept: the disk does not answer in time");
        }
    }

    /// The same, and keeps nothing.
    pub(crate) async fn leave(&self) {
        self.shared.closing.cancel();
        self.shared.tasks.close();
        if tokio::time::timeout(SHUTDOWN, self.shared.tasks.wait()).await.is_err() {
            warn!(left = self.shared.tasks.len(), "some viewers did not take their leave in time");
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.shared.closing.cancel();
    }
}

impl Shared {
    /// A door that is closed. To be called within the runtime.
    pub(crate) fn new(station: Handle, config: &DoorConfig) -> Arc<Self> {
        Arc::new_cyclic(|me: &Weak<Shared>| Shared {
            me: Weak::clone(me),
            compat: Compat::new(&station),
            access: Access::open(&station),
            tls: Tls::new(station.data_dir()),
            station,
            closing: CancellationToken::new(),
            tasks: TaskTracker::new(),
            opening: Opening::new(config),
            announcer: Announcer::default(),
            connections: Connections::default(),
            unproven: Unproven::default(),
            post: Post::default(),
            requests: AtomicU64::new(0),
        })
    }
}

/// Every route, and what is told about it. What is no route is a file of the page, or is not there.
pub(crate) fn routes() -> OpenApiRouter<Arc<Shared>> {
    api::routes()
        .merge(exposition::routes())
        .merge(compat::routes())
        .route("/api/v1/stream", get(stream::upgrade))
}

/// Everything that is served, for one listener.
pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    // They come with a description of each, which takes longer to make than all the rest of a door.
    static ROUTES: OnceLock<Router<Arc<Shared>>> = OnceLock::new();
    Router::new()
        .merge(ROUTES.get_or_init(|| Router::from(routes())).clone())
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
