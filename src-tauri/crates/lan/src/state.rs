//! The state that handlers share. It is below the routes and the checks: nothing here answers a request.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::response::Response;
use station::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Span;

use crate::access::Access;
use crate::advertise::Advertiser;
use crate::config::ServerConfig;
use crate::exposure::Exposure;
use crate::transport::connections::Connections;
use crate::transport::tls::Tls;
use crate::ws::fanout::Fanout;
use crate::ws::pending_auth::PendingAuth;
use crate::ws::socket::Socket;
use crate::ws::upgrade::Upgrade;

/// What handlers need.
#[derive(Debug)]
pub(crate) struct ServerState {
    pub(crate) station: Handle,
    pub(crate) closing: CancellationToken,
    pub(crate) tasks: TaskTracker,
    pub(crate) access: Access,
    pub(crate) exposure: Exposure,
    pub(crate) advertiser: Advertiser,
    pub(crate) tls: Tls,
    pub(crate) connections: Connections,
    pub(crate) pending_auth: PendingAuth,
    pub(crate) fanout: Fanout,
    /// HTTP requests since the server opened, refused ones included.
    pub(crate) requests: AtomicU64,
}

impl ServerState {
    /// Answers a handshake, and runs `serve` with the socket; shutdown waits for it.
    pub(crate) fn serve<F>(
        &self,
        upgrade: Upgrade,
        span: Span,
        serve: impl FnOnce(Socket) -> F + Send + 'static,
    ) -> Response
    where
        F: Future<Output = ()> + Send,
    {
        upgrade.serve(&self.tasks, self.station.close_reason(), span, serve)
    }

    /// The state of a server that listens nowhere. To be called within the runtime.
    pub(crate) fn new(station: Handle, config: &ServerConfig) -> Arc<Self> {
        Arc::new(Self {
            access: Access::open(&station, config.reach),
            tls: Tls::new(station.data_dir()),
            station,
            closing: CancellationToken::new(),
            tasks: TaskTracker::new(),
            exposure: Exposure::new(config),
            advertiser: Advertiser::default(),
            connections: Connections::default(),
            pending_auth: PendingAuth::default(),
            fanout: Fanout::default(),
            requests: AtomicU64::new(0),
        })
    }
}
