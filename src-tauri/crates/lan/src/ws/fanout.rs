//! Brings each tick to all viewers of the native stream, in one round of one task.
//!
//! A viewer whose line is idle gets its frame from the round itself; its own task sleeps on, and wakes only for what
//! the viewer says, for what the kernel did not take, and for the end. Waking a task for each frame would cost half
//! as much again as the frame.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use station::{Handle, Payload, Session, Tick};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use wire::Goodbye;
use wire::limits::SESSIONS;

use super::socket::count;
use super::ws_writer::WsWriter;

/// Viewers served before others get their turn.
const VIEWERS_AT_ONCE: usize = 64;

/// Where viewers sign up.
#[derive(Debug, Default)]
pub(crate) struct Fanout(Mutex<Subscribers>);

#[derive(Debug, Default)]
struct Subscribers {
    /// Those who came since the last round.
    newcomers: Vec<Weak<Subscriber>>,
    leaving: Option<Goodbye>,
}

/// One viewer, as the round sees it.
#[derive(Debug)]
pub(crate) struct Subscriber {
    writer: Arc<Mutex<WsWriter>>,
    session: Mutex<Session>,
    /// Wakes the viewer's own task. The session's own: an answer that comes later does so, too.
    wake: Arc<Notify>,
}

impl Fanout {
    /// Subscribes `session`, whose viewer reads what `writer` writes. Dropping the subscriber ends the subscription.
    pub(crate) fn subscribe(&self, session: Session, writer: &Arc<Mutex<WsWriter>>) -> Arc<Subscriber> {
        let writer = Arc::clone(writer);
        let wake = session.waker();
        let subscriber = Arc::new(Subscriber { writer, session: Mutex::new(session), wake });
        let mut subscribers = lock(&self.0);
        if subscribers.newcomers.len() >= SESSIONS {
            // Between two ticks a minute apart many may come and go.
            subscribers.newcomers.retain(|newcomer| newcomer.strong_count() > 0);
        }
        subscribers.newcomers.push(Arc::downgrade(&subscriber));
        if subscribers.leaving.is_some() {
            subscriber.wake.notify_one();
        }
        subscriber
    }

    /// Why all sessions end, if they do.
    pub(crate) fn leaving(&self) -> Option<Goodbye> {
        lock(&self.0).leaving
    }

    /// Goes round with each tick and whenever it is woken between two, until the station takes leave, is gone without a
    /// word, or the server shuts down.
    pub(crate) async fn run(&self, station: Handle, closing: CancellationToken) {
        let (mut ticks, mut wakes, close_reason) = (station.ticks(), station.wakes(), station.close_reason());
        let mut subscribers: Vec<Weak<Subscriber>> = Vec::new();
        loop {
            let gone = tokio::select! {
                changed = ticks.changed() => changed.is_err(),
                changed = wakes.changed() => changed.is_err(),
                () = closing.cancelled() => true,
            };
            let tick = ticks.borrow_and_update().clone();
            let leaving = (*close_reason.borrow()).or(gone.then_some(Goodbye::Shutdown));
            {
                let mut known = lock(&self.0);
                subscribers.append(&mut known.newcomers);
                known.leaving = leaving;
            }
            if leaving.is_some() {
                subscribers
                    .iter()
                    .filter_map(Weak::upgrade)
                    .for_each(|subscriber| subscriber.wake.notify_one());
                return;
            }
            if let Some(tick) = tick {
                round(&mut subscribers, &tick).await;
            }
        }
    }
}

/// Brings `tick` to all, and forgets those who are gone.
async fn round(subscribers: &mut Vec<Weak<Subscriber>>, tick: &Tick) {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(subscriber) = subscribers.get(at) {
        match subscriber.upgrade() {
            Some(subscriber) => {
                subscriber.deliver(tick, &mut out);
                at += 1;
            }
            None => drop(subscribers.swap_remove(at)),
        }
        if at % VIEWERS_AT_ONCE == 0 {
            tokio::task::yield_now().await;
        }
    }
}

impl Subscriber {
    /// The session, for the viewer's own task.
    pub(crate) fn session(&self) -> MutexGuard<'_, Session> {
        lock(&self.session)
    }

    /// Completes when the viewer's own task has something to do. May be dropped and called again.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Sends what `tick` brings this viewer. `out` is empty before and after.
    fn deliver(&self, tick: &Tick, out: &mut Vec<Payload>) {
        let mut writer = lock(&self.writer);
        if !writer.is_idle() {
            // Its own task takes the newest tick when the line is free.
            self.wake.notify_one();
            return;
        }
        let mut session = lock(&self.session);
        session.collect(tick, out);
        if out.is_empty() {
            return;
        }
        count(session.slot(), out);
        // What the kernel did not take, and a line that broke, are for the viewer's own task.
        if !writer.post(out).unwrap_or(false) {
            out.clear();
            self.wake.notify_one();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
