//! Sleep as `logind` announces it, by `PrepareForSleep` of `org.freedesktop.login1.Manager` on the system bus.
//!
//! While we hold one of its delay locks it waits with the sleep, 5 s at most, until we let go: long enough for goodbyes.
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

use crate::registry::Visitor;
use crate::station::Handle;

const NAME: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const INTERFACE: &str = "org.freedesktop.login1.Manager";
const SIGNAL: &str = "PrepareForSleep";
/// Announcements that may wait for us; they come in pairs, with a sleep between them.
const WAITING: usize = 4;
/// The machine is kept awake this long at most: a viewer that does not take its goodbye goes without.
const GOODBYES: Duration = Duration::from_secs(1);

/// Tells viewers before each sleep. Ends only when the bus, or `logind` on it, is not there or goes away.
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

/// A connection that is driven by whoever has it. The library's own way would leave two threads behind, one of which
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
    let mut signals = MessageStream::for_match_rule(rule, bus, Some(WAITING)).await?;
    let mut lock = Some(delay(bus).await?);
    debug!("viewers are told before this machine sleeps");
    while let Some(signal) = signals.next().await {
        let begins: bool = signal?.body().deserialize()?;
        if begins {
            take_leave(station).await;
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
    let what = ("sleep", "Sightline", "Viewers are told that this machine sleeps", "delay");
    bus.call_method(Some(NAME), PATH, Some(INTERFACE), "Inhibit", &what).await?.body().deserialize()
}

/// Tells every viewer elsewhere goodbye, and waits until they are gone.
async fn take_leave(station: &Handle) {
    let mut attendance = station.attendance();
    let gone = async {
        loop {
            // Anew each time somebody came or went: who comes now is told as well.
            station.dismiss(Visitor::is_elsewhere, Goodbye::Suspend);
            let mut here = 0;
            station.visit(|visitor| here += usize::from(visitor.is_elsewhere()));
            if here == 0 || attendance.changed().await.is_err() {
                return;
            }
        }
    };
    let told = timeout(GOODBYES, gone).await.is_ok();
    info!(told, "this machine goes to sleep");
}

#[cfg(test)]
mod tests;
