//! Start, the handle that all others hold, and shutdown. What the thread does that is started here is in
//! `tick_loop` (when a tick is due) and `pipeline` (what happens at one).

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use atomic_file::DirectoryError;
use sampling::Sources;
use tokio::sync::watch;
use tracing::warn;
use wire::fleet::{SummaryHistory, SummaryQuery};
use wire::message::{self, ErrorBody, HistoryQuery, Sessions};
use wire::{AlertEvent, Channel, FaultReason, Goodbye, Machine, ProcessKey, StreamReason};

use crate::access_control::{self, AccessControl};
use crate::clock;
use crate::cpu_budget::CpuBudgets;
use crate::demand::{Demand, DemandGuard};
use crate::event_log::{EventLog, NewAlert, Unseen};
use crate::history::History;
use crate::notices::Notices;
use crate::paths;
use crate::pipeline::{Pipeline, Ticks};
use crate::registry::{Bounds, Peer, Registry, SessionCounts, SessionSlot};
use crate::replay::Replay;
use crate::settings::{Followed, Settings, SettingsFile};
use crate::source::Source;
use crate::tick::Tick;
use crate::tick_loop::{Command, TickLoop};
use crate::workers::{Work, Workers};

/// Commands that wait for the tick thread; it takes them between two ticks.
const COMMANDS: usize = 16;

/// The source of notices about the settings.
const SETTINGS: &str = "settings";

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
    /// The data directory belongs to somebody else, or to everybody.
    #[error("{0}")]
    NotOurs(DirectoryError),
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

/// What all others hold of a station. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    data_dir: PathBuf,
    machine: Arc<Machine>,
    settings: RwLock<Settings>,
    /// Locked while it is read or written.
    settings_file: Mutex<SettingsFile>,
    notices: Arc<Notices>,
    history: Arc<History>,
    demand: Arc<Demand>,
    ticks: Ticks,
    /// Wakes all that deliver to viewers between two ticks.
    wakes: watch::Sender<()>,
    close_reason: watch::Sender<Option<Goodbye>>,
    registry: Arc<Registry>,
    access_control: access_control::Registration,
    event_log: Arc<EventLog>,
    workers: Workers,
    budgets: CpuBudgets,
    commands: SyncSender<Command>,
}

impl Station {
    /// Starts a monitor: reads its settings, and ticks from now on.
    ///
    /// # Errors
    /// When no thread can be started, or the data directory is not ours. Unreadable settings and an unwritable data directory are no errors: they
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
        match atomic_file::own_directory(&data_dir, &paths::FILES) {
            Ok(()) => {}
            // What cannot be written is a notice of whoever wants to write it.
            Err(DirectoryError::Io { path, cause }) => {
                warn!(path = %path.display(), error = %cause, "the data directory cannot be used");
            }
            Err(not_ours) => return Err(StartError::NotOurs(not_ours)),
        }
        let (settings, settings_notice) = Settings::load(&data_dir);
        let (machine_id, identity_notice) = crate::identity::machine_id(&data_dir, now_ms);
        let settings_known = !matches!(settings_notice, Some(FaultReason::FileUnclear { .. }));
        let notices = Notices::default();
        for (source, notice) in [(SETTINGS, settings_notice), ("identity", identity_notice)] {
            if let Some(notice) = notice {
                warn!(source, message = notice.message(source), "started with a notice");
                notices.set(source, notice);
            }
        }
        let interval = settings.interval();
        let source = source(interval);
        let machine = Machine { id: machine_id, version, ..source.machine() };
        let (commands, inbox) = mpsc::sync_channel(COMMANDS);
        let budgets = CpuBudgets::default();
        let shared = Arc::new(Shared {
            settings_file: Mutex::new(SettingsFile::of(&data_dir, settings_known)),
            data_dir,
            machine: Arc::new(machine),
            history: Arc::new(History::new(settings.interval())),
            settings: RwLock::new(settings),
            notices: Arc::new(notices),
            demand: Arc::default(),
            ticks: watch::Sender::new(None),
            wakes: watch::Sender::new(()),
            close_reason: watch::Sender::new(None),
            registry: Arc::default(),
            access_control: access_control::Registration::default(),
            event_log: Arc::default(),
            workers: Workers::new(budgets.clone()),
            budgets,
            commands,
        });
        let pipeline = Pipeline {
            source,
            machine: Arc::clone(&shared.machine),
            notices: Arc::clone(&shared.notices),
            history: Arc::clone(&shared.history),
            event_log: Arc::clone(&shared.event_log),
            ticks: shared.ticks.clone(),
        };
        let (demand, registry) = (Arc::clone(&shared.demand), Arc::clone(&shared.registry));
        let ticking = TickLoop { pipeline, interval, demand, registry, inbox };
        let thread = std::thread::Builder::new().name("tick".to_owned()).spawn(move || ticking.run())?;
        Ok(Self { handle: Handle { shared }, thread: Some(thread) })
    }

    /// What others hold of this station.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Ends every session with `reason`, and refuses new ones. The tick goes on until the station is dropped.
    pub fn close_all_sessions(&self, reason: Goodbye) {
        self.handle.shared.close_reason.send_replace(Some(reason));
        self.handle.wake();
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        self.close_all_sessions(Goodbye::Shutdown);
        self.handle.shared.workers.end();
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
    /// A slot for `peer`, for a protocol that is not the native one: see [`Handle::attach`].
    ///
    /// # Errors
    /// `tooMany` when all slots are taken, `unavailable` when the station is ending.
    pub fn admit(&self, peer: Peer) -> Result<SessionSlot, ErrorBody> {
        if self.shared.close_reason.borrow().is_some() {
            return Err(StreamReason::Ending.into());
        }
        let Settings { sessions, sessions_per_address: per_address, .. } = self.settings();
        self.shared.registry.admit(peer, Bounds { sessions, per_address }, clock::unix_ms())
    }

    /// How many sessions there are.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.session_counts().borrow().active as usize
    }

    /// How many sessions there are; changes when one begins or ends.
    #[must_use]
    pub fn session_counts(&self) -> watch::Receiver<SessionCounts> {
        self.shared.registry.session_counts()
    }

    /// The list of sessions, with figures.
    #[must_use]
    pub fn report(&self) -> Sessions {
        self.shared.registry.report()
    }

    pub(crate) fn sessions_epoch(&self) -> u64 {
        self.shared.registry.epoch()
    }

    /// Calls `with` for the peer of each session.
    pub fn for_each_peer(&self, with: impl FnMut(&Peer)) {
        self.shared.registry.for_each_peer(with);
    }

    /// Ends every session whose peer `whom` selects, with `reason`.
    pub fn close_sessions(&self, whom: impl Fn(&Peer) -> bool, reason: Goodbye) {
        self.shared.registry.close_sessions(|peer, _| whom(peer), reason);
    }

    /// Registers the access control that sessions use from now on, for as long as it exists.
    pub fn set_access_control(&self, access_control: Weak<dyn AccessControl>) {
        self.shared.access_control.set(access_control);
        self.wake();
    }

    pub(crate) fn access_control(&self) -> Option<Arc<dyn AccessControl>> {
        self.shared.access_control.get()
    }

    /// Runs `work` that may have to wait (for a disk, a port, a certificate) or that runs long, on threads that do
    /// nothing else. Where the future is dropped before its turn, it is never begun.
    ///
    /// # Errors
    /// `tooMany` where too much waits already, `unavailable` when the station is ending, `internal` where the work came
    /// to no end.
    pub async fn later<R: Send + 'static>(
        &self,
        what: Work,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> Result<R, ErrorBody> {
        self.shared.workers.run(what, work).await
    }

    /// What has been done for whom, in CPU time.
    #[must_use]
    pub fn cpu_budgets(&self) -> &CpuBudgets {
        &self.shared.budgets
    }

    pub(crate) fn workers(&self) -> &Workers {
        &self.shared.workers
    }

    /// Becomes a reason when the station ends all sessions.
    #[must_use]
    pub fn close_reason(&self) -> watch::Receiver<Option<Goodbye>> {
        self.shared.close_reason.subscribe()
    }

    /// Records an event and sends it to every viewer that is subscribed to `alerts`.
    pub fn emit_alert(&self, what: NewAlert) -> AlertEvent {
        let event = self.shared.event_log.push(what, clock::unix_ms());
        self.wake();
        event
    }

    /// The events that are kept, oldest first.
    #[must_use]
    pub fn alerts(&self) -> Vec<AlertEvent> {
        self.shared.event_log.after(0).events
    }

    /// What happened after event `seen`.
    #[must_use]
    pub fn alerts_after(&self, seen: u64) -> Unseen {
        self.shared.event_log.after(seen)
    }

    /// Id of the newest event; 0 before the first.
    #[must_use]
    pub fn newest_alert(&self) -> u64 {
        self.shared.event_log.newest()
    }

    /// Wakes all that deliver to viewers: there is something to send that comes with no tick.
    pub fn wake(&self) {
        self.shared.wakes.send_replace(());
    }

    /// Changes whenever there is something to send that comes with no tick: an event, a change of access, the end.
    #[must_use]
    pub fn wakes(&self) -> watch::Receiver<()> {
        self.shared.wakes.subscribe()
    }

    /// The newest tick; `None` before the first.
    #[must_use]
    pub fn latest(&self) -> Option<Arc<Tick>> {
        self.shared.ticks.borrow().clone()
    }

    /// The newest tick only. Changes with each one, and with nothing else: see [`Handle::wakes`].
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

    /// Uses and keeps new settings. Writes a file. A change of the interval keeps the past.
    ///
    /// # Errors
    /// When they cannot be written; then the old ones stay in use.
    pub fn set_settings(&self, settings: Settings) -> Result<(), atomic_file::WriteError> {
        let mut file = self.shared.settings_file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write(&settings, clock::unix_ms())?;
        self.clear_notice(SETTINGS);
        self.use_settings(settings);
        Ok(())
    }

    /// Uses what somebody wrote into the settings meanwhile. What cannot be understood leaves in use what is, and a notice
    /// says what to mend. Waits for the disk, and reads the file only where it is another version.
    pub fn follow_settings(&self) {
        // Locked until they are in use: those that are set here meanwhile would be lost.
        let mut file = self.shared.settings_file.lock().unwrap_or_else(PoisonError::into_inner);
        match file.follow() {
            Followed::Nothing => {}
            Followed::Read(settings, notice) => {
                match notice {
                    Some(notice) => self.set_notice(SETTINGS, notice),
                    None => self.clear_notice(SETTINGS),
                }
                self.use_settings(settings);
            }
            Followed::Unclear(notice) => self.set_notice(SETTINGS, notice),
        }
    }

    /// Whether the settings in use are what their file said; `false` where it is not understood since the start. Waits for
    /// the disk.
    #[must_use]
    pub fn knows_settings(&self) -> bool {
        self.shared.settings_file.lock().unwrap_or_else(PoisonError::into_inner).is_known()
    }

    fn use_settings(&self, settings: Settings) {
        let (interval, loopback) = (settings.interval(), settings.loopback);
        let before = std::mem::replace(
            &mut *self.shared.settings.write().unwrap_or_else(PoisonError::into_inner),
            settings,
        );
        if loopback != before.loopback {
            // Whoever still has access without a token, by another way, comes again.
            self.close_sessions(|peer| peer.token.is_none() && peer.is_remote(), Goodbye::Changed);
        }
        if interval != before.interval()
            && self.shared.commands.try_send(Command::Interval(interval)).is_err()
        {
            warn!("the tick thread is busy; the interval changes at the next start");
        }
    }

    /// Shows `reason` to every viewer as a fault of `source`, in place of the one before.
    pub fn set_notice(&self, source: &str, reason: FaultReason) {
        self.shared.notices.set(source, reason);
    }

    /// Removes what [`Handle::set_notice`] set for `source`.
    pub fn clear_notice(&self, source: &str) {
        self.shared.notices.clear(source);
    }

    /// The past, as asked. May run long: see [`Handle::later`].
    #[must_use]
    pub fn history(&self, query: &HistoryQuery) -> message::History {
        self.shared.history.query(query)
    }

    /// What the machine's summary was, as asked. May run long: see [`Handle::later`].
    #[must_use]
    pub fn summaries(&self, query: &SummaryQuery) -> SummaryHistory {
        self.shared.history.summaries(query)
    }

    pub(crate) fn demand(&self, channel: Channel) -> DemandGuard {
        self.shared.demand.register(channel)
    }

    pub(crate) fn request_detail(&self, key: ProcessKey) -> bool {
        self.shared.demand.request_detail(key)
    }
}
