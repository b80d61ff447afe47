//! The listeners: accepts connections, bounds them, and speaks HTTP on each, through a [`patience`] that ends.
//!
//! One port for both: a connection that begins as TLS does is encrypted, any other is plain. Neither is sent to the
//! other one.

mod patience;

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
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
use station::registry::one_host;
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
/// Connections that speak HTTP at once: viewers that become sessions are counted there. Each takes 24 kB at worst.
/// One more, and the oldest that waits gives way, so that sockets which are opened and left keep nobody out.
const CONNECTIONS: usize = 512;
/// Of them, from one address; of IPv6 from one network. A browser opens six.
const CONNECTIONS_PER_ADDRESS: usize = 256;
/// First byte of a TLS connection: a record that holds a part of the handshake (RFC 8446, 5.1). No method of HTTP
/// begins with it.
const TLS_HANDSHAKE: u8 = 0x16;
/// Rest after an accept that failed: out of descriptors, trying at once would only burn time.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Connections that speak HTTP.
#[derive(Debug, Default)]
pub(crate) struct Connections(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    /// By the order in which they came.
    all: BTreeMap<u64, Arc<Entry>>,
    came: u64,
    by_address: HashMap<IpAddr, usize>,
}

#[derive(Debug)]
struct Entry {
    address: IpAddr,
    /// An answer is being made for it.
    busy: AtomicBool,
    /// It has to give way.
    gives_way: CancellationToken,
}

/// One of them. Dropping it makes room.
#[derive(Debug)]
struct Connection {
    shared: Arc<Shared>,
    number: u64,
    entry: Arc<Entry>,
}

/// An answer that is being made for a connection.
#[derive(Debug)]
struct Busy(Arc<Entry>);

impl Connections {
    fn enter(shared: &Arc<Shared>, address: IpAddr) -> Option<Connection> {
        let address = one_host(address);
        let mut open = shared.connections.lock();
        if open.by_address.get(&address).is_some_and(|count| *count >= CONNECTIONS_PER_ADDRESS) {
            return None;
        }
        if open.all.len() >= CONNECTIONS {
            open.make_room();
        }
        let number = open.came;
        open.came += 1;
        *open.by_address.entry(address).or_default() += 1;
        let entry =
            Arc::new(Entry { address, busy: AtomicBool::default(), gives_way: CancellationToken::new() });
        open.all.insert(number, Arc::clone(&entry));
        drop(open);
        Some(Connection { shared: Arc::clone(shared), number, entry })
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// The oldest that waits for its client gives way; where none does, the oldest of all.
    fn make_room(&mut self) {
        let waits = |(_, entry): &(&u64, &Arc<Entry>)| !entry.busy.load(Ordering::Relaxed);
        let oldest = self.all.iter().find(waits).or(self.all.iter().next()).map(|(number, _)| *number);
        if let Some(entry) = oldest.and_then(|number| self.leave(number)) {
            entry.gives_way.cancel();
        }
    }

    fn leave(&mut self, number: u64) -> Option<Arc<Entry>> {
        let entry = self.all.remove(&number)?;
        if let Some(count) = self.by_address.get_mut(&entry.address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&entry.address);
            }
        }
        Some(entry)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        drop(self.shared.connections.lock().leave(self.number));
    }
}

impl Busy {
    fn with(entry: &Arc<Entry>) -> Self {
        entry.busy.store(true, Ordering::Relaxed);
        Self(Arc::clone(entry))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.store(false, Ordering::Relaxed);
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
    let gives_way = connection.entry.gives_way.clone();
    let carried = tokio::select! {
        biased;
        () = closing.cancelled() => return,
        () = gives_way.cancelled() => return debug!(%peer, "a connection gave way before it began"),
        carried = timeout(HANDSHAKE, carry(stream, &connection.shared.tls)) => carried,
    };
    let conduit = match carried {
        Ok(Ok(conduit)) => conduit,
        Ok(Err(err)) => return debug!(%peer, error = %err, "a connection did not begin"),
        Err(_) => return debug!(%peer, "a connection did not begin in time"),
    };
    let encrypted = Encrypted(conduit.is_encrypted());
    let entry = Arc::clone(&connection.entry);
    let service = service_fn(move |request: Request<Incoming>| {
        let (router, ends, busy) = (router.clone(), ends.clone(), Busy::with(&entry));
        async move {
            let _busy = busy;
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
        () = gives_way.cancelled() => return debug!(%peer, "a connection gave way to a newer one"),
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
