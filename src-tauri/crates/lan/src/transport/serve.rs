//! Accepts connections from a listener, bounds them ([`super::connections`]), and serves HTTP on each, through a
//! [`write_timeout`](super::write_timeout).
//!
//! One port for both: a connection that begins as TLS does is encrypted, any other is plain. Neither is redirected to
//! the other. The owner's socket has the same routes, and a table of connections of its own.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::IpAddr;
#[cfg(unix)]
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use station::cpu_budget::{Account, CpuBudgets, Payer};
use station::fair::Holder;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tracing::{debug, warn};
use wire::limits::HANDSHAKE;
use wire::pin::ChannelBinding;

use super::byte_stream::Transport;
use super::connections::{Busy, Connection, Connections};
use super::local_user::{LocalUser, user_of};
use super::tls::Tls;
use super::write_timeout::WriteTimeout;

/// Send buffer of the kernel for one viewer. Small, so that "the newest frame" is the newest at the other end too.
const SEND_BUFFER_BYTES: usize = 32 * 1024;
/// Of it, what may wait to be sent before the socket counts as full.
const NOT_SENT_BYTES: u32 = 16 * 1024;
/// Longest request head. A browser's is 2 kB; with cookies of other programs on this host it may be more.
const HEAD_BYTES: usize = 16 * 1024;
/// First byte of a TLS connection: a record that holds a part of the handshake (RFC 8446, 5.1). No method of HTTP
/// begins with it.
const TLS_HANDSHAKE: u8 = 0x16;
/// Pause after an accept that failed: without descriptors, trying at once would fail again.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// What connections are served with.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) router: Router,
    pub(crate) holder: HolderOf,
    pub(crate) connections: Connections,
    pub(crate) tls: Tls,
    /// What connections cost is charged to these.
    pub(crate) budgets: CpuBudgets,
    /// Shutdown waits for these.
    pub(crate) tasks: TaskTracker,
}

/// Who a connection is counted as, by its address and by whose program of this computer it comes from: who has access is
/// nothing that is known here.
#[derive(Clone)]
pub(crate) struct HolderOf(Arc<dyn Fn(IpAddr, Option<LocalUser>) -> Holder + Send + Sync>);

impl HolderOf {
    pub(crate) fn new(of: impl Fn(IpAddr, Option<LocalUser>) -> Holder + Send + Sync + 'static) -> Self {
        Self(Arc::new(of))
    }
}

impl fmt::Debug for HolderOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HolderOf(…)")
    }
}

/// Accepts until `closing` ends this listener and all that came through it.
pub(crate) async fn listen(listener: TcpListener, service: Service, closing: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            biased;
            () = closing.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // While the other end is certainly there.
                let of_here = peer.ip().to_canonical().is_loopback();
                let user = of_here
                    .then(|| stream.local_addr().map_or(LocalUser::Unknown, |local| user_of(peer, local)));
                let connection = service.connections.enter((service.holder.0)(peer.ip(), user));
                tune(&stream);
                let (served, closing) = (service.clone(), closing.clone());
                service.tasks.spawn(serve_connection(stream, (peer, user), served, connection, closing));
            }
            // The client was gone before it was accepted.
            Err(err) if is_theirs(&err) => debug!(error = %err, "accept"),
            Err(err) => {
                warn!(error = %err, "no connection can be accepted now");
                tokio::time::sleep(ACCEPT_REST).await;
            }
        }
    }
}

fn is_theirs(err: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(err.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Frames are small, must not wait for an acknowledgement, and must not pile up in the kernel.
fn tune(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let tuned = socket.set_tcp_nodelay(true).and_then(|()| socket.set_send_buffer_size(SEND_BUFFER_BYTES));
    #[cfg(target_os = "linux")]
    let tuned = tuned.and_then(|()| socket.set_tcp_notsent_lowat(NOT_SENT_BYTES));
    if let Err(err) = tuned {
        debug!(error = %err, "set the options of a socket");
    }
}

/// HTTP or TLS on one TCP connection, until it ends, becomes a WebSocket, or the server closes.
async fn serve_connection(
    stream: TcpStream,
    (peer, user): (SocketAddr, Option<LocalUser>),
    service: Service,
    connection: Connection,
    closing: CancellationToken,
) {
    let detected = tokio::select! {
        biased;
        () = closing.cancelled() => return,
        () = connection.entry.gives_way.cancelled() => {
            return debug!(%peer, "a connection gave way before it began");
        }
        detected = timeout(HANDSHAKE, detect_tls(stream, &service.tls)) => detected,
    };
    let (transport, binding) = match detected {
        Ok(Ok(detected)) => detected,
        Ok(Err(err)) => return debug!(%peer, error = %err, "a connection did not begin"),
        Err(_) => return debug!(%peer, "a connection did not begin in time"),
    };
    let from = Origin { peer, user, binding, owner: false };
    serve_http(transport, from, service, connection, closing).await;
}

/// Where a connection comes from; what each of its requests has as extensions.
#[derive(Debug, Clone, Copy)]
struct Origin {
    peer: SocketAddr,
    user: Option<LocalUser>,
    binding: ChannelBinding,
    /// By the owner's socket.
    owner: bool,
}

/// By the owner's socket, from this program's own user or root: an extension of such a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ByOwnerSocket;

/// HTTP on one connection, until it ends, becomes a WebSocket, or the server closes.
async fn serve_http(
    transport: Transport,
    from: Origin,
    service: Service,
    connection: Connection,
    closing: CancellationToken,
) {
    let Origin { peer, user, binding, owner } = from;
    let Service { router, budgets, .. } = service;
    // Until a request shows a token; what comes by the owner's socket is the owner's.
    let account = Account::new(&budgets, Payer::of(None, Some(peer.ip())).filter(|_| !owner));
    let paid = account.clone();
    let ends = closing.clone();
    let gives_way = connection.entry.gives_way.clone();
    let entry = Arc::clone(&connection.entry);
    let service = service_fn(move |request: Request<Incoming>| {
        let (router, ends, account) = (router.clone(), ends.clone(), account.clone());
        let busy = Busy::with(&entry);
        async move {
            let _busy = busy;
            let mut request = request.map(Body::new);
            let extensions = request.extensions_mut();
            extensions.insert(ConnectInfo(peer));
            extensions.insert(ends);
            extensions.insert(account);
            extensions.insert(binding);
            extensions.insert(user);
            if owner {
                extensions.insert(ByOwnerSocket);
            }
            Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {}))
        }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HANDSHAKE)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(transport), service)
        .with_upgrades();
    let mut serving = std::pin::pin!(serving);
    let ended = paid.charge(async {
        tokio::select! {
            ended = &mut serving => Some(ended),
            () = gives_way.cancelled() => None,
            () = closing.cancelled() => {
                serving.as_mut().graceful_shutdown();
                Some(serving.await)
            }
        }
    });
    let Some(ended) = ended.await else { return debug!(%peer, "a connection gave way to a newer one") };
    if let Err(err) = ended {
        debug!(%peer, error = %err, "a connection ended");
    }
}

/// Accepts at the owner's socket until `closing` ends it and all that came through it.
#[cfg(unix)]
pub(crate) async fn listen_to_owner(listener: UnixListener, service: Service, closing: CancellationToken) {
    let connections = Connections::default();
    let peer = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
    let from = Origin { peer, user: Some(LocalUser::Own), binding: ChannelBinding::Plain, owner: true };
    let holder = Holder { host: peer.ip(), known: true };
    loop {
        let accepted = tokio::select! {
            biased;
            () = closing.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(err) => {
                warn!(error = %err, "no command can be accepted now");
                tokio::time::sleep(ACCEPT_REST).await;
                continue;
            }
        };
        // The directory keeps others out; whoever gets in all the same is still not the owner.
        let uid = stream.peer_cred().map(|peer| peer.uid());
        if !uid.as_ref().is_ok_and(|uid| *uid == 0 || *uid == rustix::process::geteuid().as_raw()) {
            warn!(?uid, "another user came to the owner's socket");
            continue;
        }
        let transport = Transport::Owner(WriteTimeout::new(stream));
        let (served, connection) = (service.clone(), connections.enter(holder));
        service.tasks.spawn(serve_http(transport, from, served, connection, closing.clone()));
    }
}

/// The transport of this connection, by its first byte, which is peeked at and not consumed; and what tells it from
/// others, which every request has as an extension.
async fn detect_tls(stream: TcpStream, tls: &Tls) -> io::Result<(Transport, ChannelBinding)> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let stream = WriteTimeout::new(stream);
    if first != [TLS_HANDSHAKE] {
        return Ok((Transport::Plain(stream), ChannelBinding::Plain));
    }
    let offer =
        tls.offer().ok_or_else(|| io::Error::other("it is encrypted, and there is no certificate"))?;
    let (encrypted, binding) = offer.accept(stream).await?;
    Ok((Transport::encrypted(encrypted), binding))
}
