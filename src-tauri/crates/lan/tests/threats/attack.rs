//! T11: denial-of-service attacks on the port. Each goes on until it is stopped, in a thread of its own, so that it does
//! not delay the measurement.

#![allow(dead_code, reason = "short attacks are not compared with quiet")]

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::ask::{Ask, connect};
use crate::raw;

/// Connections whose heads never end.
const DRIPPING: usize = 512;
/// Sockets that are opened and left.
const LEFT: usize = 10_000;
/// Connections that send long heads, one after the other.
const LONG: usize = 32;
/// Sockets of one malicious viewer.
const TALKING: usize = 50;
/// Sockets from one address: below what one may have.
const PER_ADDRESS: usize = 200;
/// Longest head of a request that the server reads.
pub(crate) const HEAD_BYTES: usize = 16 * 1024;
/// A connection that was closed is opened again after this.
const BACK_AFTER: Duration = Duration::from_secs(5);

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attack {
    /// Nothing, to compare with.
    Quiet,
    /// Slow-loris: heads, and bodies, that come a byte at a time.
    DrippingHeads,
    /// Sockets that say nothing, or one request, or open a stream and prove nothing.
    SocketsLeft,
    /// Heads just below and just above the bound.
    LongHeads,
    /// A paired viewer's sockets: pings, frames of one byte, messages that never end, compression nobody agreed to.
    FramesWithoutEnd,
}

/// An attack that goes on. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Raging {
    end: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Attack {
    /// Begins. `token` is for attacks by a viewer.
    pub(crate) fn begin(self, at: SocketAddr, token: &str) -> Raging {
        let (end, ended) = oneshot::channel();
        let token = token.to_owned();
        let thread = std::thread::spawn(move || {
            raise_descriptor_limit();
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let mut sockets = JoinSet::new();
                match self {
                    Attack::Quiet => {}
                    Attack::DrippingHeads => {
                        (0..DRIPPING).for_each(|n| drop(sockets.spawn(again(n, 9, at, drip))));
                    }
                    Attack::SocketsLeft => {
                        (0..LEFT).for_each(|n| drop(sockets.spawn(again(n, 10, at, leave))));
                    }
                    Attack::LongHeads => {
                        (0..LONG).for_each(|n| drop(sockets.spawn(again(n, 11, at, long_head))));
                    }
                    Attack::FramesWithoutEnd => (0..TALKING).for_each(|n| {
                        let token = token.clone();
                        let talk = move |n, link, at| talk(n, link, at, token.clone());
                        drop(sockets.spawn(again(n, 12, at, talk)));
                    }),
                }
                drop(ended.await);
            });
        });
        Raging { end: Some(end), thread: Some(thread) }
    }
}

impl Drop for Raging {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            assert!(thread.join().is_ok() || std::thread::panicking(), "the attack broke down");
        }
    }
}

/// As many files as the system lets this process open.
pub(crate) fn raise_descriptor_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("the limit can be raised");
    assert!(limit.current.is_none_or(|files| files > LEFT as u64 + 100), "ulimit -Hn is {limit:?}");
}

/// Connects as number `n`, attacks until it is closed, and connects again.
async fn again<F>(n: usize, net: u8, at: SocketAddr, worst: impl Fn(usize, TcpStream, SocketAddr) -> F)
where
    F: Future<Output = io::Result<Duration>>,
{
    let from = Ipv4Addr::new(127, net, (n / PER_ADDRESS) as u8, (n % PER_ADDRESS) as u8 + 1);
    // Of sockets that are many, a few hundred share an address.
    let from =
        if net == 10 || net == 9 { Ipv4Addr::new(127, net, 0, (n / PER_ADDRESS) as u8 + 1) } else { from };
    loop {
        let rest = match connect(IpAddr::V4(from), at).await {
            Ok(link) => worst(n, link, at).await.unwrap_or(BACK_AFTER),
            Err(_) => BACK_AFTER,
        };
        sleep(rest).await;
    }
}

async fn drip(n: usize, mut link: TcpStream, at: SocketAddr) -> io::Result<Duration> {
    let head = match n % 2 {
        0 => "GET /api/v1/snapshot HTTP/1.1\r\nX-A: ".to_owned(),
        _ => format!(
            "POST /api/v1/pair HTTP/1.1\r\nHost: {at}\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n"
        ),
    };
    link.write_all(head.as_bytes()).await?;
    loop {
        sleep(Duration::from_millis(200 + n as u64 % 100)).await;
        link.write_all(b"a").await?;
    }
}

async fn leave(n: usize, mut link: TcpStream, at: SocketAddr) -> io::Result<Duration> {
    match n % 3 {
        0 => {}
        1 => link.write_all(format!("GET /health HTTP/1.1\r\nHost: {at}\r\n\r\n").as_bytes()).await?,
        _ => link.write_all(raw::request(at).as_bytes()).await?,
    }
    let mut some = [0; 1024];
    while link.read(&mut some).await? > 0 {}
    Ok(BACK_AFTER)
}

async fn long_head(n: usize, mut link: TcpStream, at: SocketAddr) -> io::Result<Duration> {
    link.write_all(&head_of(HEAD_BYTES - 512 + n % 2 * 1024, at)).await?;
    let mut some = [0; 1024];
    while link.read(&mut some).await? > 0 {}
    Ok(Duration::ZERO)
}

/// A request for something anyone may have, whose head has this many bytes.
pub(crate) fn head_of(bytes: usize, at: SocketAddr) -> Vec<u8> {
    let bare = Ask::get("/health").header("X-Long", "").bytes(at).len();
    Ask::get("/health").header("X-Long", "a".repeat(bytes - bare)).bytes(at)
}

async fn talk(n: usize, mut link: TcpStream, at: SocketAddr, token: String) -> io::Result<Duration> {
    let deflate = "permessage-deflate; client_max_window_bits; server_no_context_takeover";
    let hello =
        Ask::get("/api/v1/stream").upgrade().bearer(&token).header("Sec-WebSocket-Extensions", deflate);
    link.write_all(&hello.bytes(at)).await?;
    let mut some = [0; 4096];
    if link.read(&mut some).await? == 0 {
        return Ok(BACK_AFTER);
    }
    let worst = match n % 5 {
        0 => raw::frame(raw::FIN | raw::PING, b"").repeat(512),
        1 => raw::frame(raw::FIN | raw::PING, &[b'a'; 125]).repeat(32),
        2 => raw::frame(raw::FIN | raw::TEXT, b"a").repeat(512),
        // Pieces of one byte of a message that never ends.
        3 => raw::frame(raw::CONTINUATION, b"a").repeat(512),
        // The bit that says compressed, on what unpacks to a great deal.
        _ => raw::frame(raw::FIN | 0x40 | raw::TEXT, &[0xAA; 100]),
    };
    if n % 5 == 3 {
        link.write_all(&raw::frame(raw::TEXT, b"a")).await?;
    }
    let (mut reads, mut writes) = link.split();
    let floods = async {
        loop {
            writes.write_all(&worst).await?;
            tokio::task::yield_now().await;
        }
    };
    // Every other one does not even read what it is answered.
    let reads = async {
        if n.is_multiple_of(2) {
            while reads.read(&mut some).await? > 0 {}
            return Ok(());
        }
        std::future::pending().await
    };
    tokio::select! {
        flooded = floods => flooded,
        ended = reads => ended,
    }
    .map(|()| BACK_AFTER)
}
