//! Start, the tick loop, the handle everybody else holds, and the end.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use sampling::{Now, Sources, Wanted};
use tokio::sync::watch;
use tracing::{info, trace, warn};
use wire::fleet::{SummaryHistory, SummaryQuery};
use wire::message::{ErrorBody, History, HistoryQuery, Sessions};
use wire::{AlertEvent, Channel, ErrorCode, Fault, Goodbye, Machine, ProcessKey};

use crate::alerts::{Alerts, Announcement, Unseen};
use crate::clock::{self, Clock};
use crate::doorkeeper::{self, Doorkeeper};
use crate::interest::{Interest, Want, Watched};
use crate::registry::{Attendance, Bounds, Registry, Seat, Visitor};
use crate::replay::Replay;
use crate::ring::Ring;
use crate::session::Session;
use crate::settings::Settings;
use crate::sleep;
use crate::source::Source;
use crate::tick::Tick;

/// How often the process table is read while only `top` is watched.
const TOP_EVERY: Duration = Duration::from_secs(2);
/// How often it is read while nobody watches, so that the first look has something to show.
const UNWATCHED_EVERY: Duration = Duration::from_secs(5);
/// Commands that wait for the tick thread; it takes them between two ticks.
const COMMANDS: usize = 16;

/// What a station needs to know before it starts.
#[derive(Debug)]
pub struct Config {
    /// Where settings and the machine's id are kept. Made if it is not there.
    pub data_dir: PathBuf,
    /// What is read: the live machine, or a recorded one.
    pub sources: Sources,
    /// Version to announce.
    pub version: String,
}

/// The station could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No thread for the tick.
    #[error("start the sampling thread: {0}")]
    Thread(#[from] io::Error),
}

/// A running monitor. Dropping it ends the tick thread.
#[derive(Debug)]
pub struct Station {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

/// What everybody else holds of a station. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    data_dir: PathBuf,
    machine: Arc<Machine>,
    settings: RwLock<Settings>,
    /// What went wrong around the settings, shown among the snapshot's faults.
    notices: Mutex<Vec<Fault>>,
    ring: Mutex<Ring>,
    interest: Arc<Interest>,
    ticks: watch::Sender<Option<Arc<Tick>>>,
    farewell: watch::Sender<Option<Goodbye>>,
    registry: Arc<Registry>,
    doorkeeper: doorkeeper::Post,
    alerts: Alerts,
    commands: SyncSender<Command>,
}

enum Command {
    Interval(Duration),
    End,
}

impl Station {
    /// Starts a monitor: reads its settings, and ticks from now on.
    ///
    /// # Errors
    /// When no thread can be started. Unreadable settings and an unwritable data directory are no errors: they
    /// are notices among the faults of every snapshot.
    pub fn start(config: Config) -> Result<Self, StartError> {
        let Config { data_dir, sources, version } = config;
        Self::begin(data_dir, version, |interval| Source::live(sources, interval))
    }

    /// Starts a monitor of a machine that plays a recording. Its last 15 minutes are there from the beginning.
    ///
    /// # Errors
    /// As [`Station::start`].
    pub fn replay(data_dir: PathBuf, version: String, replay: Replay) -> Result<Self, StartError> {
        Self::begin(data_dir, version, |interval| Source::replay(replay, interval))
    }

    fn begin(
        data_dir: PathBuf,
        version: String,
        source: impl FnOnce(Duration) -> Source,
    ) -> Result<Self, StartError> {
        let now_ms = clock::unix_ms();
        let (settings, settings_notice) = Settings::load(&data_dir, now_ms);
        let (machine_id, identity_notice) = crate::identity::machine_id(&data_dir, now_ms);
        let mut notices = Vec::new();
        for (source, notice) in [("settings", settings_notice), ("identity", identity_notice)] {
            if let Some(message) = notice {
                warn!(source, message, "started with a notice");
                notices.push(Fault { source: source.to_owned(), message });
            }
        }
        let source = source(settings.interval());
        let machine = Machine { id: machine_id, version, ..source.machine() };
        let (commands, inbox) = mpsc::sync_channel(COMMANDS);
        let shared = Arc::new(Shared {
            data_dir,
            machine: Arc::new(machine),
            ring: Mutex::new(Ring::new(settings.interval())),
            settings: RwLock::new(settings),
            notices: Mutex::new(notices),
            interest: Arc::default(),
            ticks: watch::Sender::new(None),
            farewell: watch::Sender::new(None),
            registry: Arc::default(),
            doorkeeper: doorkeeper::Post::default(),
            alerts: Alerts::default(),
            commands,
        });
        let looping = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("tick".to_owned())
            .spawn(move || tick_loop(&looping, source, &inbox))?;
        Ok(Self { handle: Handle { shared }, thread: Some(thread) })
    }

    /// What others hold of this station.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Tells every session goodbye; carriers then end them. The tick goes on until the station is dropped.
    pub fn say_goodbye(&self, reason: Goodbye) {
        self.handle.shared.farewell.send_replace(Some(reason));
        self.handle.ring();
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        self.say_goodbye(Goodbye::Shutdown);
        // The inbox is full only of intervals; the thread takes them within a tick.
        if self.handle.shared.commands.send(Command::End).is_ok()
            && let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            warn!("the tick thread ended by a panic");
        }
    }
}

impl Handle {
    /// A session for `visitor`.
    ///
    /// # Errors
    /// As [`Handle::admit`].
    pub fn attach(&self, visitor: Visitor) -> Result<Session, ErrorBody> {
        Ok(Session::new(self.clone(), self.admit(visitor)?))
    }

    /// A seat for `visitor`, whose carrier speaks another protocol than ours.
    ///
    /// # Errors
    /// `tooMany` when all seats are taken, `unavailable` when the station is ending.
    pub fn admit(&self, visitor: Visitor) -> Result<Seat, ErrorBody> {
        if self.shared.farewell.borrow().is_some() {
            return Err(ErrorBody::new(ErrorCode::Unavailable, "Sightline is ending here"));
        }
        let Settings { sessions, sessions_per_address: per_address, .. } = self.settings();
        self.shared.registry.admit(visitor, Bounds { sessions, per_address }, clock::unix_ms())
    }

    /// Sessions at this moment.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.attendance().borrow().active as usize
    }

    /// How many are connected; rings when somebody comes or goes.
    #[must_use]
    pub fn attendance(&self) -> watch::Receiver<Attendance> {
        self.shared.registry.attendance()
    }

    /// Who is connected, with figures.
    #[must_use]
    pub fn report(&self) -> Sessions {
        self.shared.registry.report()
    }

    pub(crate) fn sessions_epoch(&self) -> u64 {
        self.shared.registry.epoch()
    }

    /// Calls `with` for each visitor who is connected.
    pub fn visit(&self, with: impl FnMut(&Visitor)) {
        self.shared.registry.visit(with);
    }

    /// Has every session end, with `reason`, whose visitor `whom` fits.
    pub fn dismiss(&self, whom: impl Fn(&Visitor) -> bool, reason: Goodbye) {
        self.shared.registry.dismiss(|visitor, _| whom(visitor), reason);
    }

    /// From now on `doorkeeper` answers for who may look, for as long as it is there.
    pub fn set_doorkeeper(&self, doorkeeper: Weak<dyn Doorkeeper>) {
        self.shared.doorkeeper.take_up(doorkeeper);
        self.ring();
    }

    pub(crate) fn doorkeeper(&self) -> Option<Arc<dyn Doorkeeper>> {
        self.shared.doorkeeper.holder()
    }

    /// Becomes a reason when the station ends all sessions.
    #[must_use]
    pub fn farewell(&self) -> watch::Receiver<Option<Goodbye>> {
        self.shared.farewell.subscribe()
    }

    /// Tells every viewer that listens what happened.
    pub fn announce(&self, what: Announcement) -> AlertEvent {
        let event = self.shared.alerts.push(what, clock::unix_ms());
        self.ring();
        event
    }

    /// The events that are kept, oldest first.
    #[must_use]
    pub fn alerts(&self) -> Vec<AlertEvent> {
        self.shared.alerts.after(0).events
    }

    /// What happened after event `seen`.
    #[must_use]
    pub fn alerts_after(&self, seen: u64) -> Unseen {
        self.shared.alerts.after(seen)
    }

    /// Id of the newest event; 0 before the first.
    #[must_use]
    pub fn newest_alert(&self) -> u64 {
        self.shared.alerts.newest()
    }

    /// Wakes every carrier: something is to be told that is no tick.
    pub fn ring(&self) {
        self.shared.ticks.send_modify(|_| {});
    }

    /// The newest tick; `None` before the first.
    #[must_use]
    pub fn latest(&self) -> Option<Arc<Tick>> {
        self.shared.ticks.borrow().clone()
    }

    /// The newest tick only. Rings with each one, with each alert, and when the station takes leave.
    #[must_use]
    pub fn ticks(&self) -> watch::Receiver<Option<Arc<Tick>>> {
        self.shared.ticks.subscribe()
    }

    /// Which machine this is.
    #[must_use]
    pub fn machine(&self) -> Arc<Machine> {
        Arc::clone(&self.shared.machine)
    }

    /// The settings in use.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.shared.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where this station keeps its files.
    #[must_use]
    pub fn data_dir(&self) -> &std::path::Path {
        &self.shared.data_dir
    }

    /// Uses and keeps new settings. A change of interval begins a new ring: samples of two paces do not mix.
    ///
    /// # Errors
    /// When they cannot be written; then the old ones stay in use.
    pub fn set_settings(&self, settings: Settings) -> Result<(), atomic_file::WriteError> {
        settings.save(&self.shared.data_dir)?;
        let interval = settings.interval();
        *self.shared.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
        if self.shared.commands.try_send(Command::Interval(interval)).is_err() {
            warn!("the tick thread is busy; the interval changes at the next start");
        }
        Ok(())
    }

    /// Shows `message` to every viewer among the faults of `source`, in place of what it said before.
    pub fn notify(&self, source: &str, message: String) {
        let mut notices = self.shared.notices.lock().unwrap_or_else(PoisonError::into_inner);
        notices.retain(|notice| notice.source != source);
        notices.push(Fault { source: source.to_owned(), message });
    }

    /// Takes back what [`Handle::notify`] said for `source`.
    pub fn settle(&self, source: &str) {
        let mut notices = self.shared.notices.lock().unwrap_or_else(PoisonError::into_inner);
        notices.retain(|notice| notice.source != source);
    }

    /// The last 15 minutes, as asked.
    #[must_use]
    pub fn history(&self, query: &HistoryQuery) -> History {
        self.shared.ring.lock().unwrap_or_else(PoisonError::into_inner).query(query)
    }

    /// What the machine's summary was in the last 15 minutes, as asked.
    #[must_use]
    pub fn summaries(&self, query: &SummaryQuery) -> SummaryHistory {
        self.shared.ring.lock().unwrap_or_else(PoisonError::into_inner).summaries(query)
    }

    pub(crate) fn want(&self, channel: Channel) -> Want {
        self.shared.interest.want(channel)
    }

    pub(crate) fn want_detail(&self, key: ProcessKey) -> bool {
        self.shared.interest.want_detail(key)
    }
}

/// Reads, remembers, publishes, waits; until told to end.
fn tick_loop(shared: &Shared, mut source: Source, inbox: &Receiver<Command>) {
    let clock = Clock::start();
    let mut interval = shared.settings.read().unwrap_or_else(PoisonError::into_inner).interval();
    let mut next = Duration::ZERO;
    let mut table_read: Option<Duration> = None;
    remember(shared, &mut source, &clock, interval);
    let mut last: Option<Now> = None;
    info!(interval_ms = interval.as_millis() as u64, "ticking");
    loop {
        let now = clock.now();
        if let Some(last) = last.replace(now).filter(|last| sleep::slept(*last, now)) {
            info!("the clock went on without us: this machine slept");
            let before = |visitor: &Visitor, since_ms| sleep::before(visitor, since_ms, last.wall_ms);
            shared.registry.dismiss(before, Goodbye::Suspend);
        }
        let table_every = match shared.interest.watched() {
            Watched::Table => Duration::ZERO,
            Watched::Top => TOP_EVERY,
            Watched::Nobody => UNWATCHED_EVERY,
        };
        // Half a tick early is on time: a table due every 2 s must not slip to 3 s by a millisecond.
        let processes = table_read.is_none_or(|read| now.monotonic - read + interval / 2 >= table_every);
        if processes {
            table_read = Some(now.monotonic);
        }
        let wanted = Wanted { processes, details: shared.interest.take_details() };
        publish(shared, source.sample(now, &wanted));

        next += interval;
        if clock.now().monotonic > next {
            // Late by a whole tick or more (suspended, or starved): missed ticks stay missed, no burst.
            next = clock.now().monotonic + interval;
        }
        match inbox.recv_timeout(clock.until(next)) {
            Ok(Command::Interval(new)) => {
                interval = new;
                next = clock.now().monotonic;
                source.set_interval(interval);
                remember(shared, &mut source, &clock, interval);
            }
            Ok(Command::End) | Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
    info!("ticking ended");
}

/// Begins a new ring, with what the source knows of the past: a recording plays there as well.
fn remember(shared: &Shared, source: &mut Source, clock: &Clock, interval: Duration) {
    let mut ring = Ring::new(interval);
    source.past(clock.now(), interval, &mut |snapshot| ring.push(&snapshot));
    *shared.ring.lock().unwrap_or_else(PoisonError::into_inner) = ring;
}

fn publish(shared: &Shared, mut snapshot: wire::Snapshot) {
    let notices = shared.notices.lock().unwrap_or_else(PoisonError::into_inner);
    if !notices.is_empty() {
        let mut faults: Vec<Fault> = snapshot.faults.iter().chain(notices.iter()).cloned().collect();
        faults.sort_unstable();
        snapshot.faults = faults.into();
    }
    drop(notices);
    shared.ring.lock().unwrap_or_else(PoisonError::into_inner).push(&snapshot);
    let last = shared.ticks.borrow().clone();
    let worst_alert = shared.alerts.worst(snapshot.sampled_at_ms);
    let tick = Tick::after(last.as_deref(), snapshot, &shared.machine).with_worst_alert(worst_alert);
    // Before, because sending wakes the first viewers at once.
    trace!(seq = tick.seq, "published");
    shared.ticks.send_replace(Some(Arc::new(tick)));
}
