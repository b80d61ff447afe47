//! The listeners: accepts connections, bounds them, and speaks HTTP on each, through a [`patience`] that ends.
//!
//! One port for both: a connection that begins as TLS does is encrypted, any other is plain. Neither is sent to the
//! other one.

mod patience;

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tracing::{debug, warn};
use wire::limits::HANDSHAKE;

pub(crate) use self::patience::Patient;
use crate::conduit::{Conduit, Encrypted};
use crate::door::Shared;
use crate::tls::Tls;

/// What the kernel may hold for one viewer. Small, so that "the newest frame" is the newest at the other end too.
const SEND_BUFFER_BYTES: usize = 32 * 1024;
/// Of it, what may wait to be sent before the socket counts as full.
const NOT_SENT_BYTES: u32 = 16 * 1024;
/// Longest request head. A browser's is 2 kB; with cookies of other programs on this host it may be more.
const HEAD_BYTES: usize = 16 * 1024;
/// Connections that speak HTTP at once: viewers that become sessions are counted there.
const CONNECTIONS: usize = 4096;
/// Of them, from one address. A browser opens six.
const CONNECTIONS_PER_ADDRESS: usize = 256;
/// First byte of a TLS connection: a record that holds a part of the handshake (RFC 8446, 5.1). No method of HTTP
/// begins with it.
const TLS_HANDSHAKE: u8 = 0x16;
/// Rest after an accept that failed: out of descriptors, trying at once would only burn time.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Connections that speak HTTP, by address.
#[derive(Debug, Default)]
pub(crate) struct Connections(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One of them. Dropping it makes room.
#[derive(Debug)]
struct Connection {
    shared: Arc<Shared>,
    address: IpAddr,
}

impl Connections {
    fn enter(shared: &Arc<Shared>, address: IpAddr) -> Option<Connection> {
        let mut open = shared.connections.lock();
        let from_there = open.by_address.get(&address).copied().unwrap_or(0);
        if open.all >= CONNECTIONS || from_there >= CONNECTIONS_PER_ADDRESS {
            return None;
        }
        open.all += 1;
        open.by_address.insert(address, from_there + 1);
        Some(Connection { shared: Arc::clone(shared), address })
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut open = self.shared.connections.lock();
        open.all -= 1;
        if let Some(count) = open.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.by_address.remove(&self.address);
            }
        }
    }
}

/// Accepts until `closing` ends this listener and all that came through it.
pub(crate) async fn listen(
    listener: TcpListener,
    router: Router,
    shared: Arc<Shared>,
    closing: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            biased;
            () = closing.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => match Connections::enter(&shared, peer.ip()) {
                Some(connection) => {
                    tune(&stream);
                    shared.tasks.spawn(speak(stream, peer, router.clone(), connection, closing.clone()));
                }
                None => debug!(%peer, "too many connections"),
            },
            // The client went away before it was let in.
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

/// HTTP on one connection, until it ends, becomes a WebSocket, or the door closes.
async fn speak(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    connection: Connection,
    closing: CancellationToken,
) {
    let ends = closing.clone();
    let carried = tokio::select! {
        biased;
        () = closing.cancelled() => return,
        carried = timeout(HANDSHAKE, carry(stream, &connection.shared.tls)) => carried,
    };
    let conduit = match carried {
        Ok(Ok(conduit)) => conduit,
        Ok(Err(err)) => return debug!(%peer, error = %err, "a connection did not begin"),
        Err(_) => return debug!(%peer, "a connection did not begin in time"),
    };
    let encrypted = Encrypted(conduit.is_encrypted());
    let service = service_fn(move |request: Request<Incoming>| {
        let (router, ends) = (router.clone(), ends.clone());
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(ends);
            request.extensions_mut().insert(encrypted);
            Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {}))
        }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HANDSHAKE)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(conduit), service)
        .with_upgrades();
    let mut serving = std::pin::pin!(serving);
    let ended = tokio::select! {
        ended = &mut serving => ended,
        () = closing.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(err) = ended {
        debug!(%peer, error = %err, "a connection ended");
    }
}

/// What carries this connection: its first byte tells, which is looked at and left where it is.
async fn carry(stream: TcpStream, tls: &Tls) -> io::Result<Conduit> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let stream = Patient::new(stream);
    if first != [TLS_HANDSHAKE] {
        return Ok(Conduit::Plain(stream));
    }
    let acceptor =
        tls.acceptor().ok_or_else(|| io::Error::other("it is encrypted, and there is no certificate"))?;
    Ok(Conduit::encrypted(acceptor.accept(stream).await?))
}
