//! Keeps sessions with the other machines while no page does: before the page is loaded, and when it is gone or hangs.
//! One session a machine, never two: a page takes over all links, and gets them once these sessions are closed.
//!
//! Subscribes to a machine's alerts and, rarely, its summary. Where no machine was added, nothing is sent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use client::link::{Link, LinkEvent, LinkState, Target, Want};
use client::secrets::Known;
use tauri::{AppHandle, Manager, State};
use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use tracing::{debug, info};
use wire::fleet::{KnownMachine, WatchedMachine};
use wire::limits::{ALERTS_KEPT, PULL_TIMEOUT, PULL_WAIT};
use wire::message::{AlertEvent, ErrorBody};
use wire::window_reason::WindowReason;
use wire::{Channel, ServerMessage};

use super::Machines;
use super::sockets::Sockets;
use crate::ipc::IpcSessions;

/// How often a watched machine sends its summary. One that is silent for three of these is pinged.
const SUMMARY_EVERY: Duration = Duration::from_secs(15);
/// Pages that wait for the links: there is one, and those that it was before it was loaded again.
const WAITING: usize = 8;

/// The task that watches. Ends with [`Watcher::end`].
#[derive(Debug)]
pub(crate) struct Watcher {
    asks: mpsc::Sender<Ask>,
    ending: CancellationToken,
    task: Mutex<Option<AbortOnDropHandle<()>>>,
}

/// A page takes over the links.
#[derive(Debug)]
struct Ask {
    /// It asks for the states of the machines, too.
    report: bool,
    answer: oneshot::Sender<Vec<WatchedMachine>>,
}

/// The state of each machine since the page lost the links, by id.
type Records = Arc<Mutex<HashMap<String, WatchedMachine>>>;

/// The sessions of one period without a page.
#[derive(Debug)]
struct Watch {
    ending: CancellationToken,
    sessions: TaskTracker,
}

impl Watcher {
    /// Watches from [`PULL_TIMEOUT`] on, unless a page comes. `app` has a [`IpcSessions`] and [`Machines`].
    pub(crate) fn start(app: &AppHandle) -> Self {
        let (asks, asked) = mpsc::channel(WAITING);
        let ending = CancellationToken::new();
        let task = tauri::async_runtime::spawn(run(app.clone(), asked, ending.clone()));
        let tauri::async_runtime::JoinHandle::Tokio(task) = task;
        Self { asks, ending, task: Mutex::new(Some(AbortOnDropHandle::new(task))) }
    }

    /// Leaves the links to the page: when this answers, none of this program's own sessions is open.
    pub(crate) async fn step_back(&self, report: bool) -> Result<Vec<WatchedMachine>, ErrorBody> {
        let ended = || ErrorBody::from(WindowReason::Ending);
        let (answer, answered) = oneshot::channel();
        self.asks.send(Ask { report, answer }).await.map_err(|_| ended())?;
        answered.await.map_err(|_| ended())
    }

    /// Ends all sessions, in a second or two at most, and waits for that.
    pub(crate) async fn end(&self) {
        self.ending.cancel();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            drop(task.await);
        }
    }
}

/// The page takes over all links; the states of the machines meanwhile.
#[tauri::command]
pub(crate) async fn machines_take(watcher: State<'_, Watcher>) -> Result<Vec<WatchedMachine>, ErrorBody> {
    watcher.step_back(true).await
}

async fn run(app: AppHandle, mut asked: mpsc::Receiver<Ask>, ending: CancellationToken) {
    let machines = Arc::clone(&app.state::<Arc<Machines>>());
    let mut list = machines.changes();
    let records = Records::default();
    let mut watch: Option<Watch> = None;
    let mut taken_at = Instant::now();
    let mut looks = tokio::time::interval(PULL_WAIT);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = ending.cancelled() => {
                if let Some(watch) = watch.take() {
                    watch.end().await;
                }
                return;
            }
            Some(Ask { report, answer }) = asked.recv() => {
                if let Some(watch) = watch.take() {
                    watch.end().await;
                    info!("the page watches the machines");
                }
                taken_at = Instant::now();
                let states = if report { report_of(&records, &machines) } else { Vec::new() };
                let _the_page_is_gone = answer.send(states);
            }
            // Only a page changes the list. Where it leaves the links here, they are opened anew.
            Ok(()) = list.changed() => {
                if let Some(before) = watch.take() {
                    before.end().await;
                    watch = Some(Watch::begin(&machines, &records));
                }
            }
            _ = looks.tick() => {
                let now = Instant::now();
                app.state::<Sockets>().sweep(now);
                let unattended = app.state::<IpcSessions>().unattended_for(now);
                if unattended < PULL_TIMEOUT {
                    // A page that hung, with its links open, goes on.
                    if let Some(watch) = watch.take() {
                        watch.end().await;
                        info!("the page is back, and watches the machines");
                    }
                } else if watch.is_none() && now.saturating_duration_since(taken_at) >= PULL_TIMEOUT {
                    info!("no page watches the machines; this program does");
                    watch = Some(Watch::begin(&machines, &records));
                }
            }
        }
    }
}

/// The states of the machines, in the order of the list. They are returned once.
fn report_of(records: &Records, machines: &Machines) -> Vec<WatchedMachine> {
    let mut records = std::mem::take(&mut *lock(records));
    machines.list().iter().filter_map(|machine| records.remove(&machine.id)).collect()
}

impl Watch {
    /// Opens a session with each machine that was paired.
    fn begin(machines: &Arc<Machines>, records: &Records) -> Self {
        let watch = Self { ending: CancellationToken::new(), sessions: TaskTracker::new() };
        for machine in machines.list().iter() {
            let (ending, machines) = (watch.ending.clone(), Arc::clone(machines));
            let session = session(machine.clone(), machines, Arc::clone(records), ending);
            watch.sessions.spawn(session);
        }
        watch
    }

    /// Ends all sessions, and waits until they are closed.
    async fn end(self) {
        self.ending.cancel();
        self.sessions.close();
        self.sessions.wait().await;
    }
}

/// Watches one machine until `ending`.
async fn session(
    machine: KnownMachine,
    machines: Arc<Machines>,
    records: Records,
    ending: CancellationToken,
) {
    let known = tokio::select! {
        biased;
        () = ending.cancelled() => return,
        known = machines.pass(&machine) => known,
    };
    // Never paired: it cannot be connected to.
    let Ok(known) = known else { return };
    let mut link = Link::start(target(&machine, known.clone()));
    loop {
        let event = tokio::select! {
            biased;
            () = ending.cancelled() => break,
            event = link.next() => event,
        };
        let Some(event) = event else { break };
        if let LinkEvent::State(LinkState::Live { pin, .. }) = &event {
            machines.pin(known.clone(), *pin).await;
        }
        let mut records = lock(&records);
        let record = records.entry(machine.id.clone()).or_insert_with(|| unseen(&machine));
        note(record, event, station::clock::unix_ms());
    }
    link.end().await;
    debug!(machine = machine.id, "not watched any more");
}

fn target(machine: &KnownMachine, known: Known) -> Target {
    Target {
        addresses: machine.addresses.iter().filter_map(|address| address.parse().ok()).collect(),
        secure: machine.secure,
        known: Some(known),
        wants: vec![
            Want { channel: Channel::Alerts, interval: None },
            Want { channel: Channel::Summary, interval: Some(SUMMARY_EVERY) },
        ],
    }
}

/// Applies `event` to the state of a machine.
fn note(record: &mut WatchedMachine, event: LinkEvent, now_ms: u64) {
    match event {
        LinkEvent::State(LinkState::Connecting) | LinkEvent::Stale => return,
        LinkEvent::State(LinkState::Live { .. }) => {
            (record.live, record.goodbye, record.problem) = (true, None, None);
        }
        LinkEvent::State(LinkState::Polling(why)) => {
            (record.live, record.goodbye, record.problem) = (true, None, Some(why));
        }
        LinkEvent::State(LinkState::Away { goodbye, .. }) => {
            (record.live, record.goodbye, record.problem) = (false, Some(goodbye), None);
            return;
        }
        // Its goodbye holds until it is back.
        LinkEvent::State(
            LinkState::Reconnecting { why, .. }
            | LinkState::WrongMachine { why, .. }
            | LinkState::Impossible(why),
        ) => {
            (record.live, record.problem) = (false, Some(why));
            return;
        }
        LinkEvent::Message(ServerMessage::Alert { event }) => remember(&mut record.alerts, event),
        LinkEvent::Message(_) | LinkEvent::Snapshot(_) => {}
    }
    record.last_seen_ms = Some(now_ms);
}

fn unseen(machine: &KnownMachine) -> WatchedMachine {
    WatchedMachine {
        id: machine.id.clone(),
        live: false,
        last_seen_ms: machine.last_seen_ms,
        goodbye: machine.last_goodbye,
        problem: None,
        alerts: Vec::new(),
    }
}

/// Keeps the newest [`ALERTS_KEPT`].
fn remember(alerts: &mut Vec<AlertEvent>, event: AlertEvent) {
    if alerts.len() >= ALERTS_KEPT {
        alerts.remove(0);
    }
    alerts.push(event);
}

fn lock(records: &Mutex<HashMap<String, WatchedMachine>>) -> MutexGuard<'_, HashMap<String, WatchedMachine>> {
    records.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use wire::diagnosis::{Diagnosis, Probe};
    use wire::{Goodbye, Severity};

    use super::*;
    use crate::machines::machine;

    fn why() -> Probe {
        Probe::new("nas:7444", Diagnosis::NoAnswer)
    }

    fn alert(id: u64) -> AlertEvent {
        let severity = Severity::Warning;
        let (title, message, source) = (String::new(), String::new(), String::new());
        AlertEvent { id, at_ms: id, severity, title, message, source }
    }

    #[test]
    fn a_machine_that_left_with_a_word_is_told_apart_from_one_that_is_lost() {
        let mut record = unseen(&machine("a", "nas"));
        note(&mut record, LinkEvent::State(LinkState::Polling(why())), 10);
        assert!(record.live && record.problem == Some(why()) && record.last_seen_ms == Some(10));
        let retry_in = Duration::from_secs(1);
        let goodbye = Goodbye::Suspend;
        note(&mut record, LinkEvent::State(LinkState::Away { goodbye, retry_in }), 20);
        note(&mut record, LinkEvent::State(LinkState::Connecting), 21);
        note(&mut record, LinkEvent::State(LinkState::Reconnecting { retry_in, why: why() }), 22);
        assert_eq!((record.live, record.last_seen_ms), (false, Some(10)), "not heard of since");
        assert_eq!((record.goodbye, record.problem), (Some(goodbye), Some(why())), "asleep, not lost");
    }

    #[test]
    fn the_newest_alerts_are_remembered() {
        let mut record = unseen(&machine("a", "nas"));
        for id in 0..ALERTS_KEPT as u64 + 3 {
            note(&mut record, LinkEvent::Message(ServerMessage::Alert { event: alert(id) }), id);
        }
        assert_eq!(record.alerts.len(), ALERTS_KEPT);
        assert_eq!((record.alerts[0].id, record.last_seen_ms), (3, Some(ALERTS_KEPT as u64 + 2)));
    }
}
