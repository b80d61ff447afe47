//! Sleep as `logind` signals it, by `PrepareForSleep` of `org.freedesktop.login1.Manager` on the system bus.
//!
//! While we hold one of its delay inhibitor locks it delays the sleep, 5 s at most: long enough to close sessions.
//! See <https://systemd.io/INHIBITOR_LOCKS>.

use std::os::unix::net::UnixStream;
use std::time::Duration;

use async_io::Async;
use futures_util::StreamExt;
use tokio::time::timeout;
use tracing::{debug, info};
use wire::Goodbye;
use zbus::address::transport::{Transport, UnixSocket};
use zbus::connection::Builder;
use zbus::message::Type;
use zbus::zvariant::OwnedFd;
use zbus::{Address, Connection, MatchRule, MessageStream};

use crate::registry::Peer;
use crate::station::Handle;

const NAME: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const INTERFACE: &str = "org.freedesktop.login1.Manager";
const SIGNAL: &str = "PrepareForSleep";
/// Signals that may wait for us; they come in pairs, with a sleep between them.
const SIGNALS_QUEUED: usize = 4;
/// The sleep is delayed this long at most; a session that has not closed by then is left open.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Closes remote sessions before each sleep. Ends only when the bus, or `logind` on it, is missing or goes away.
pub(super) async fn follow(bus: zbus::Result<Address>, station: &Handle) -> zbus::Result<()> {
    let bus = connect(&bus?).await?;
    let executor = bus.executor().clone();
    let driven = async {
        loop {
            executor.tick().await;
        }
    };
    tokio::select! {
        ended = listen(&bus, station) => ended,
        () = driven => Ok(()),
    }
}

/// A connection that the caller drives. The library's own way would leave two threads running, one of which
/// wakes twice a second.
async fn connect(bus: &Address) -> zbus::Result<Connection> {
    let Transport::Unix(socket) = bus.transport() else { return Err(zbus::Error::Unsupported) };
    let UnixSocket::File(path) = socket.path() else { return Err(zbus::Error::Unsupported) };
    let stream = Async::<UnixStream>::connect(path).await?.into_inner()?;
    Builder::async_io_unix_stream(stream).internal_executor(false).build().await
}

async fn listen(bus: &Connection, station: &Handle) -> zbus::Result<()> {
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(NAME)?
        .path(PATH)?
        .interface(INTERFACE)?
        .member(SIGNAL)?
        .build();
    let mut signals = MessageStream::for_match_rule(rule, bus, Some(SIGNALS_QUEUED)).await?;
    let mut lock = Some(delay(bus).await?);
    debug!("remote sessions are closed before this machine sleeps");
    while let Some(signal) = signals.next().await {
        let begins: bool = signal?.body().deserialize()?;
        if begins {
            close_remote_sessions(station).await;
            drop(lock.take());
        } else {
            debug!("awake again");
            lock = Some(delay(bus).await?);
        }
    }
    Ok(())
}

/// A lock that delays sleep while it is held.
async fn delay(bus: &Connection) -> zbus::Result<OwnedFd> {
    let what = ("sleep", "Sightline", "Sessions are closed before this machine sleeps", "delay");
    bus.call_method(Some(NAME), PATH, Some(INTERFACE), "Inhibit", &what).await?.body().deserialize()
}

/// Closes every remote session, and waits until they have ended.
async fn close_remote_sessions(station: &Handle) {
    let mut session_counts = station.session_counts();
    let gone = async {
        loop {
            // Again each time a session began or ended: new ones are closed as well.
            station.close_sessions(Peer::is_remote, Goodbye::Suspend);
            let mut here = 0;
            station.for_each_peer(|peer| here += usize::from(peer.is_remote()));
            if here == 0 || session_counts.changed().await.is_err() {
                return;
            }
        }
    };
    let closed = timeout(CLOSE_TIMEOUT, gone).await.is_ok();
    info!(closed, "this machine goes to sleep");
}

#[cfg(test)]
mod tests;
