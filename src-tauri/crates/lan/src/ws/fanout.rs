//! Delivers each tick to all viewers of the native stream, in one loop of one task.
//!
//! A viewer whose socket is idle gets its frame from this loop itself; its own task is woken only for what the viewer
//! sends, for what the kernel did not accept, and for the end. Waking a task for each frame would cost half as much
//! again as the frame.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use station::{Handle, Payload, Session, Tick};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use wire::Goodbye;
use wire::limits::SESSIONS;

use super::socket::count;
use super::ws_writer::WsWriter;

/// Viewers served before the task yields to others.
const VIEWERS_AT_ONCE: usize = 64;

/// The list of subscribers.
#[derive(Debug, Default)]
pub(crate) struct Fanout(Mutex<Subscribers>);

#[derive(Debug, Default)]
struct Subscribers {
    /// Those that subscribed since the last delivery.
    new: Vec<Weak<Subscriber>>,
    close_reason: Option<Goodbye>,
}

/// One viewer, as the delivery needs it.
#[derive(Debug)]
pub(crate) struct Subscriber {
    writer: Arc<Mutex<WsWriter>>,
    session: Mutex<Session>,
    /// Wakes the viewer's own task. It is the session's waker, so an answer that comes later wakes it, too.
    wake: Arc<Notify>,
}

impl Fanout {
    /// Subscribes `session`, whose viewer reads what `writer` writes. Dropping the subscriber ends the subscription.
    pub(crate) fn subscribe(&self, session: Session, writer: &Arc<Mutex<WsWriter>>) -> Arc<Subscriber> {
        let writer = Arc::clone(writer);
        let wake = session.waker();
        let subscriber = Arc::new(Subscriber { writer, session: Mutex::new(session), wake });
        let mut subscribers = lock(&self.0);
        if subscribers.new.len() >= SESSIONS {
            // Between two ticks a minute apart many may subscribe and leave.
            subscribers.new.retain(|subscriber| subscriber.strong_count() > 0);
        }
        subscribers.new.push(Arc::downgrade(&subscriber));
        if subscribers.close_reason.is_some() {
            subscriber.wake.notify_one();
        }
        subscriber
    }

    /// Why all sessions end, if they do.
    pub(crate) fn close_reason(&self) -> Option<Goodbye> {
        lock(&self.0).close_reason
    }

    /// Delivers at each tick, and whenever it is woken between two, until the station ends all sessions or is dropped, or
    /// the server shuts down.
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
            let close_reason = (*close_reason.borrow()).or(gone.then_some(Goodbye::Shutdown));
            {
                let mut known = lock(&self.0);
                subscribers.append(&mut known.new);
                known.close_reason = close_reason;
            }
            if close_reason.is_some() {
                subscribers
                    .iter()
                    .filter_map(Weak::upgrade)
                    .for_each(|subscriber| subscriber.wake.notify_one());
                return;
            }
            if let Some(tick) = tick {
                deliver_to_all(&mut subscribers, &tick).await;
            }
        }
    }
}

/// Delivers `tick` to all, and removes those that are gone.
async fn deliver_to_all(subscribers: &mut Vec<Weak<Subscriber>>, tick: &Tick) {
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

    /// Sends what there is for this viewer at `tick`. `out` is empty before and after.
    fn deliver(&self, tick: &Tick, out: &mut Vec<Payload>) {
        let mut writer = lock(&self.writer);
        if !writer.is_idle() {
            // Its own task takes the newest tick when the socket is free.
            self.wake.notify_one();
            return;
        }
        let mut session = lock(&self.session);
        session.collect(tick, out);
        if out.is_empty() {
            return;
        }
        count(session.slot(), out);
        // What the kernel did not accept, and a broken connection, are left to the viewer's own task.
        if !writer.send_now(out).unwrap_or(false) {
            out.clear();
            self.wake.notify_one();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
