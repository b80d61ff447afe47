//! Work that may have to wait (for a disk, a certificate, a port) or that runs long, done by threads of its own.
//!
//! The thread that samples and those that deliver frames must never wait, and no lock that they take may be held by
//! a thread that waits. So whatever may wait is queued here, and its answer comes later.
//!
//! Bounded for the whole machine: [`ANSWERS_AT_ONCE`] run, [`ANSWERS_WAITING`] wait, the next is refused with
//! `tooMany`. No address can block the others: where the queue is full, the newest job of the address that has most of
//! them waiting gives way to one that has fewer. The owner's work has places of its own ([`ANSWERS_OF_OWNER`]) and waits
//! for nobody else's, but for a change that is being made. Work whose requester is gone never starts; of work that has started
//! already, the answer is dropped.
//!
//! Order: the work of one session is done in the order in which it was asked for, one at a time, and so is all work
//! that changes what is stored ([`WorkKind::Change`]), for all sessions. Anything else may overtake.
//!
//! A thread is started when there is something to do and ends when there is nothing more: most machines never need
//! one for hours. Shutdown waits for none of them, because a disk that does not answer must not delay it.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::oneshot;
use wire::StreamReason;
use wire::limits::{ANSWERS_AT_ONCE, ANSWERS_OF_OWNER, ANSWERS_WAITING};
use wire::message::ErrorBody;

use crate::cpu_budget::{CpuBudgets, Payer};
use crate::fair::one_host;

/// What a piece of work does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkKind {
    /// It only reads.
    Query,
    /// It changes what is stored: one at a time, in the order in which they were asked for.
    Change,
}

/// Who asked for a piece of work, and what it does: what its order and its share depend on, and who pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// What it does.
    pub kind: WorkKind,
    /// From where it was asked; `None` for the window and for this program itself.
    pub address: Option<IpAddr>,
    /// Number of the session that asked, if one did.
    pub(crate) session: Option<u64>,
    /// Whether this machine's owner asked for it.
    pub(crate) owner: bool,
    /// Who pays for it.
    payer: Option<Payer>,
}

impl Work {
    /// Asked by this program itself.
    #[must_use]
    pub fn own(kind: WorkKind) -> Self {
        Self { kind, address: None, session: None, owner: false, payer: None }
    }

    /// Asked from `address`, outside of a session.
    #[must_use]
    pub fn from(address: IpAddr, kind: WorkKind) -> Self {
        Self { kind, address: Some(one_host(address)), session: None, owner: false, payer: None }
    }

    /// Asked by session `number`, which may be the owner's.
    pub(crate) fn session(number: u64, address: Option<IpAddr>, kind: WorkKind, owner: bool) -> Self {
        Self { kind, address: address.map(one_host), session: Some(number), owner, payer: None }
    }

    /// The same, which `payer` pays for.
    #[must_use]
    pub fn paid_by(self, payer: Option<Payer>) -> Self {
        Self { payer, ..self }
    }

    /// Whether the two have to be done one after the other.
    fn bars(&self, other: &Self) -> bool {
        let same_session = self.session.is_some() && self.session == other.session;
        same_session || (self.kind == WorkKind::Change && other.kind == WorkKind::Change)
    }
}

/// How a job leaves the queue.
enum Turn {
    /// It runs now.
    Done,
    /// It does not run, for this reason.
    Refused(ErrorBody),
}

/// Tells the answer of a job to its requester.
type Told = Box<dyn FnOnce()>;

struct Job {
    what: Work,
    /// Its requester, while there is one.
    requester: Weak<()>,
    /// Does it, or not; what that gives tells the requester, once its place is free.
    take: Box<dyn FnOnce(Turn) -> Told + Send>,
}

/// Where the answer to a piece of work arrives.
pub(crate) type Answered<R> = oneshot::Receiver<Result<R, ErrorBody>>;

/// All work of one station that may have to wait.
#[derive(Debug, Clone, Default)]
pub(crate) struct Workers {
    state: Arc<Mutex<State>>,
    budgets: CpuBudgets,
}

#[derive(Default)]
struct State {
    /// Oldest first.
    waiting: VecDeque<Job>,
    running: Vec<Work>,
    ended: bool,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (waiting, running) = (self.waiting.len(), &self.running);
        f.debug_struct("State").field("waiting", &waiting).field("running", running).finish_non_exhaustive()
    }
}

impl Workers {
    /// What work costs is charged to `budgets`.
    pub(crate) fn new(budgets: CpuBudgets) -> Self {
        Self { state: Arc::default(), budgets }
    }

    /// Queues `work`. It never starts when `requester` is gone before its turn. `wake` is called when the answer is
    /// there, whatever it is.
    pub(crate) fn submit<R: Send + 'static>(
        &self,
        what: Work,
        requester: &Arc<()>,
        work: impl FnOnce() -> R + Send + 'static,
        wake: impl FnOnce() + Send + 'static,
    ) -> Answered<R> {
        let (answer, answered) = oneshot::channel();
        let (budgets, payer) = (self.budgets.clone(), what.payer.clone());
        let take = move |turn| {
            let result = match turn {
                Turn::Done => Ok(budgets.charge(payer.as_ref(), work)),
                Turn::Refused(why) => Err(why),
            };
            let tell = move || {
                // The requester may be gone.
                drop(answer.send(result));
                wake();
            };
            Box::new(tell) as Told
        };
        self.add(Job { what, requester: Arc::downgrade(requester), take: Box::new(take) });
        answered
    }

    /// Queues `work` and waits for its answer. Where the future is dropped before that, work that has not started is
    /// never done.
    ///
    /// # Errors
    /// `tooMany` where too much waits already, `unavailable` when the station is ending, `internal` where the work
    /// came to no end.
    pub(crate) async fn run<R: Send + 'static>(
        &self,
        what: Work,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> Result<R, ErrorBody> {
        let requester = Arc::new(());
        let answered = self.submit(what, &requester, work, || ());
        answered.await.unwrap_or_else(|_| Err(no_answer()))
    }

    /// Refuses what waits and what comes; nothing more is started.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        state.ended = true;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        refuse(waiting, &ending());
    }

    fn add(&self, job: Job) {
        let mut state = self.lock();
        let refused = state.add(job);
        let ready = state.take_ready();
        drop(state);
        if let Some((job, why)) = refused {
            refuse([job], &why);
        }
        self.start(ready);
    }

    fn start(&self, jobs: Vec<Job>) {
        for job in jobs {
            let (workers, what) = (self.clone(), job.what.clone());
            let thread = std::thread::Builder::new().name("work".to_owned());
            // The job goes with the closure that could not be started, and its requester gets `no_answer`.
            if let Err(error) = thread.spawn(move || workers.work(job)) {
                tracing::warn!(%error, "no thread for work that may have to wait");
                self.lock().finished(&what);
            }
        }
    }

    /// Runs `job`, then what waits.
    fn work(&self, job: Job) {
        let mut next = Some(job);
        while let Some(job) = next {
            let running = Running { workers: self, what: job.what };
            let done = catch_unwind(AssertUnwindSafe(|| (job.take)(Turn::Done)));
            if done.is_err() {
                tracing::error!(what = ?running.what, "work that was to be answered later panicked");
            }
            // Whoever has its answer may ask again: the place is free before that.
            drop(running);
            if let Ok(tell) = done {
                tell();
            }
            let mut ready = self.lock().take_ready();
            next = ready.pop();
            self.start(ready);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job that runs. However it ends, its place is free again.
struct Running<'a> {
    workers: &'a Workers,
    what: Work,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.workers.lock().finished(&self.what);
    }
}

impl State {
    /// Queues `job`; returns the one that has to give way, and why.
    fn add(&mut self, job: Job) -> Option<(Job, ErrorBody)> {
        if self.ended {
            return Some((job, ending()));
        }
        self.waiting.push_back(job);
        self.waiting.retain(|job| job.requester.strong_count() > 0);
        let owner = self.waiting.back()?.what.owner;
        let free = places(owner).saturating_sub(self.running.len());
        if self.like(owner).count() <= ANSWERS_WAITING + free.min(self.startable(owner)) {
            return None;
        }
        let gives_way = self.gives_way(owner)?;
        self.waiting.remove(gives_way).map(|job| (job, too_many()))
    }

    /// Those that wait and are the owner's, or are not.
    fn like(&self, owner: bool) -> impl Iterator<Item = usize> {
        (0..self.waiting.len()).filter(move |at| self.waiting[*at].what.owner == owner)
    }

    /// How many of them could be done beside those that are.
    fn startable(&self, owner: bool) -> usize {
        self.like(owner).filter(|at| self.may_start(*at)).count()
    }

    /// Which of them gives way: the newest of the address that has most, the one that came last among equals.
    fn gives_way(&self, owner: bool) -> Option<usize> {
        let count = |of: &Job| {
            self.like(owner).filter(|at| self.waiting[*at].what.address == of.what.address).count()
        };
        self.like(owner).max_by_key(|at| (count(&self.waiting[*at]), *at))
    }

    /// Takes out what can be done now, and notes that it is.
    fn take_ready(&mut self) -> Vec<Job> {
        self.waiting.retain(|job| job.requester.strong_count() > 0);
        let mut ready = Vec::new();
        while let Some(at) = (0..self.waiting.len()).find(|at| self.has_place(*at) && self.may_start(*at))
            && let Some(job) = self.waiting.remove(at)
        {
            self.running.push(job.what.clone());
            ready.push(job);
        }
        ready
    }

    fn has_place(&self, at: usize) -> bool {
        self.running.len() < places(self.waiting[at].what.owner)
    }

    /// Whether nothing that is done or came before has to be done before the one at `at`.
    fn may_start(&self, at: usize) -> bool {
        let what = &self.waiting[at].what;
        let before = self.waiting.iter().take(at).map(|job| &job.what);
        let before = before.filter(|other| other.owner || !what.owner);
        !self.running.iter().chain(before).any(|other| other.bars(what))
    }

    fn finished(&mut self, what: &Work) {
        if let Some(at) = self.running.iter().position(|running| running == what) {
            self.running.swap_remove(at);
        }
    }
}

/// How much may run where the owner's work, or anybody else's, is to start.
fn places(owner: bool) -> usize {
    if owner { ANSWERS_AT_ONCE + ANSWERS_OF_OWNER } else { ANSWERS_AT_ONCE }
}

fn refuse(jobs: impl IntoIterator<Item = Job>, why: &ErrorBody) {
    for job in jobs {
        (job.take)(Turn::Refused(why.clone()))();
    }
}

fn too_many() -> ErrorBody {
    StreamReason::AnswersWaiting { most: ANSWERS_WAITING }.into()
}

fn ending() -> ErrorBody {
    StreamReason::Ending.into()
}

/// The error for work that ended without an answer.
pub(crate) fn no_answer() -> ErrorBody {
    StreamReason::NoAnswer.into()
}

#[cfg(test)]
#[path = "workers/tests.rs"]
mod tests;
