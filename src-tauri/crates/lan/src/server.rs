//! Starts and shuts down the LAN server; sessions are closed before the listeners, all within two seconds.
//!
//! Where it listens is decided by [`exposure`](crate::exposure), and changes while it runs.

use std::net::SocketAddr;
use std::sync::{Arc, Weak};

use station::{AccessControl, Handle, Work, WorkKind};
use tracing::{debug, warn};
use wire::limits::SHUTDOWN;
use wire::message::ErrorBody;
use wire::sharing::TokenParams;
use wire::sharing_problem::SharingProblem;

use crate::config::ServerConfig;
use crate::rebind::Rebinder;
use crate::routes;
use crate::sharing::Owner;
use crate::state::ServerState;
use crate::transport::tls::Tls;

/// A LAN server. Dropping it ends it at once; [`Server::shutdown`] closes sessions first.
#[derive(Debug)]
pub struct Server {
    state: Arc<ServerState>,
    /// The access control of the station, which has a weak reference to it.
    _owner: Arc<Owner>,
}

impl Server {
    /// A server that listens as far as its owner wants. Where that fails, it runs all the same and reports the problem:
    /// an address may come back, and a port may become free. To be called within the runtime.
    pub fn start(station: Handle, config: &ServerConfig) -> (Self, Result<(), SharingProblem>) {
        raise_descriptor_limit();
        let state = ServerState::new(station, config);
        let rebinder = Rebinder::new(Arc::clone(&state), routes::router(&state));
        let owner = Arc::new(Owner::new(rebinder.clone()));
        let owner_control: Weak<Owner> = Arc::downgrade(&owner);
        state.station.set_access_control(owner_control as Weak<dyn AccessControl>);
        state.tasks.spawn({
            let state = Arc::clone(&state);
            async move { state.fanout.run(state.station.clone(), state.closing.clone()).await }
        });
        state.tasks.spawn(state.tls.clone().watch(state.station.clone(), state.closing.clone()));
        #[cfg(unix)]
        rebinder.keep_owner_socket();
        let opened = rebinder.bind_as_wanted();
        state.tasks.spawn(rebinder.clone().keep_followed());
        state.tasks.spawn(rebinder.keep_bound());
        state.tasks.spawn({
            let state = Arc::clone(&state);
            async move {
                // The DNS-SD goodbye is sent before the shutdown is done.
                state.closing.cancelled().await;
                state.advertiser.withdraw().await;
            }
        });
        (Self { state, _owner: owner }, opened)
    }

    /// A server that listens.
    ///
    /// # Errors
    /// See [`SharingProblem`]; its text says what to do.
    pub async fn bind(station: Handle, config: &ServerConfig) -> Result<Self, SharingProblem> {
        let (server, opened) = Self::start(station, config);
        if let Err(err) = opened {
            server.shutdown().await;
            return Err(err);
        }
        Ok(server)
    }

    /// Where it listens; addresses of this computer itself come last.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.state.exposure.addresses()
    }

    /// A token for a program, `<id>.<secret>`, which nothing shows again.
    ///
    /// # Errors
    /// When it cannot be stored, or too many devices are paired.
    pub fn make_token(&self, params: &TokenParams) -> Result<String, ErrorBody> {
        self.state.access.make_token(params).map(|made| made.token)
    }

    /// Whether its links can be encrypted, and by which certificate. Both can be changed while it is open.
    #[must_use]
    pub fn tls(&self) -> &Tls {
        &self.state.tls
    }

    /// Refuses new viewers and waits, two seconds at most, until the sessions have ended. They are to be closed before:
    /// [`station::Station::close_all_sessions`].
    pub async fn shutdown(self) {
        let end = tokio::time::Instant::now() + SHUTDOWN;
        self.end_sessions().await;
        let access = self.state.access.clone();
        let kept = self.state.station.later(Work::own(WorkKind::Change), move || access.keep());
        if !tokio::time::timeout_at(end, kept).await.is_ok_and(|kept| kept.is_ok()) {
            warn!("last-seen times and the access log may not be written: the disk does not answer in time");
        }
    }

    /// The same, without writing last-seen times and the log.
    pub(crate) async fn end_sessions(&self) {
        self.state.closing.cancel();
        #[cfg(unix)]
        self.state.exposure.close_owner_socket();
        self.state.tasks.close();
        if tokio::time::timeout(SHUTDOWN, self.state.tasks.wait()).await.is_err() {
            warn!(left = self.state.tasks.len(), "some sessions did not end in time");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.closing.cancel();
    }
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
