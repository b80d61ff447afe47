//! A real message bus, and on it a stub of `logind`. Where there is no `dbus-daemon`, the tests report that and are
//! skipped.

use std::io::{BufRead, BufReader};
use std::os::fd::OwnedFd as StdFd;
use std::os::unix::net::UnixStream as Pipe;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use sampling::Sources;
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream as Stream;
use tokio::sync::mpsc;
use wire::{Carrier, Scope};
use zbus::object_server::SignalEmitter;

use super::*;
use crate::registry::{Peer, SessionSlot};
use crate::station::{Config, Station};

/// Longer than anything here takes; reached only when it never comes.
const DEADLINE: Duration = Duration::from_secs(20);

/// A message bus of its own.
struct Bus {
    daemon: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Bus {
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let started = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile", "--print-address"])
            .arg(format!("--address=unix:dir={}", folder.path().display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut daemon) = started else {
            testing::skip("dbus-daemon");
            return None;
        };
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Some(Self { daemon, address: address.trim().to_owned(), _folder: folder })
    }

    fn address(&self) -> zbus::Result<Address> {
        self.address.parse()
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        drop(self.daemon.kill());
        drop(self.daemon.wait());
    }
}

/// The other end of a lock: reads nothing until the lock is released.
struct Lock {
    what: [String; 4],
    end: Stream,
}

impl Lock {
    async fn release(&mut self) {
        let read = timeout(DEADLINE, self.end.read(&mut [0])).await.expect("the lock is released").unwrap();
        assert_eq!(read, 0);
    }

    async fn is_held(&mut self) -> bool {
        timeout(Duration::from_millis(100), self.end.read(&mut [0])).await.is_err()
    }
}

/// The part of `logind` that is about locks.
struct Manager {
    locks: mpsc::Sender<([String; 4], Pipe)>,
}

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    async fn inhibit(&self, what: String, who: String, why: String, mode: String) -> OwnedFd {
        let (ours, theirs) = Pipe::pair().unwrap();
        self.locks.send(([what, who, why, mode], ours)).await.unwrap();
        StdFd::from(theirs).into()
    }

    #[zbus(signal)]
    async fn prepare_for_sleep(signal: &SignalEmitter<'_>, start: bool) -> zbus::Result<()>;
}

struct Logind {
    bus: Connection,
    locks: mpsc::Receiver<([String; 4], Pipe)>,
}

impl Logind {
    async fn on(bus: &Bus) -> Self {
        let (locks, taken) = mpsc::channel(4);
        let builder = Builder::address(bus.address.as_str()).unwrap().name(NAME).unwrap();
        let bus = builder.serve_at(PATH, Manager { locks }).unwrap().build().await.unwrap();
        Self { bus, locks: taken }
    }

    async fn lock(&mut self) -> Lock {
        let (what, end) = timeout(DEADLINE, self.locks.recv()).await.expect("a lock is asked for").unwrap();
        end.set_nonblocking(true).unwrap();
        Lock { what, end: Stream::from_std(end).unwrap() }
    }

    async fn says(&self, sleeps: bool) {
        let signal = SignalEmitter::new(&self.bus, PATH).unwrap();
        Manager::prepare_for_sleep(&signal, sleeps).await.unwrap();
    }
}

fn station() -> (Station, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let sources = Sources::recorded(data.path().join("nothing"));
    let config = Config { data_dir: data.path().to_owned(), sources, version: "test".into() };
    (Station::start(config).unwrap(), data)
}

fn slot(station: &Handle, carrier: Carrier) -> SessionSlot {
    station.admit(Peer { carrier, address: None, scope: Scope::View, arguments: false, token: None }).unwrap()
}

/// Waits until the session of this slot has to end; why.
async fn closed(slot: &SessionSlot) -> Option<Goodbye> {
    let mut close_reason = slot.close_reason();
    let reason = timeout(DEADLINE, close_reason.wait_for(Option::is_some)).await.expect("a reason");
    *reason.unwrap()
}

#[tokio::test]
async fn remote_sessions_are_closed_before_the_machine_sleeps_and_it_waits_for_them() {
    let Some(bus) = Bus::start() else { return };
    let mut logind = Logind::on(&bus).await;
    let (station, _data) = station();
    let station = station.handle();
    let near = slot(&station, Carrier::Window);
    let far = [slot(&station, Carrier::Stream), slot(&station, Carrier::DeviceDashboard)];
    let story = async {
        let mut lock = logind.lock().await;
        assert_eq!((&*lock.what[0], &*lock.what[3]), ("sleep", "delay"));
        assert!(lock.is_held().await);

        logind.says(true).await;
        for slot in &far {
            assert_eq!(closed(slot).await, Some(Goodbye::Suspend));
        }
        assert!(lock.is_held().await, "their sessions are still closing");
        drop(far);
        lock.release().await;
        assert_eq!(*near.close_reason().borrow(), None, "the window sleeps along");

        logind.says(false).await;
        let mut lock = logind.lock().await;
        assert!(lock.is_held().await, "there is a lock again");
        let stays = slot(&station, Carrier::Stream);
        logind.says(true).await;
        let since = Instant::now();
        lock.release().await;
        assert_eq!(closed(&stays).await, Some(Goodbye::Suspend));
        let waited = since.elapsed();
        assert!(waited >= CLOSE_TIMEOUT / 2, "it was waited for: {waited:?}");
        assert!(waited < CLOSE_TIMEOUT * 10, "no session keeps the machine awake: {waited:?}");
    };
    tokio::select! {
        ended = follow(bus.address(), &station) => panic!("{ended:?}"),
        () = story => {}
    }
}

#[tokio::test]
async fn without_a_bus_or_a_logind_it_ends_with_a_reason_and_no_more() {
    let (station, _data) = station();
    let station = station.handle();
    let nowhere = follow("unix:path=/nowhere/bus".parse(), &station);
    assert!(timeout(DEADLINE, nowhere).await.expect("an end").is_err());
    let Some(bus) = Bus::start() else { return };
    let without = follow(bus.address(), &station);
    assert!(timeout(DEADLINE, without).await.expect("an end").is_err());
}

#[tokio::test]
async fn a_bus_that_goes_away_ends_it() {
    let Some(bus) = Bus::start() else { return };
    let mut logind = Logind::on(&bus).await;
    let (station, _data) = station();
    let station = station.handle();
    let address = bus.address();
    let cut = async {
        let lock = logind.lock().await;
        drop((lock, bus));
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ended = timeout(DEADLINE, follow(address, &station)) => {
            drop(ended.expect("an end"));
        }
        () = cut => {}
    }
}
