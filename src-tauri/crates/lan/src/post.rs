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

use crate::line::Line;
use crate::socket::count;

/// Viewers served before others get their turn.
const VIEWERS_AT_ONCE: usize = 64;

/// Where viewers sign up.
#[derive(Debug, Default)]
pub(crate) struct Post(Mutex<Desk>);

#[derive(Debug, Default)]
struct Desk {
    /// Those who came since the last round.
    newcomers: Vec<Weak<Recipient>>,
    leaving: Option<Goodbye>,
}

/// One viewer, as the round sees it.
#[derive(Debug)]
pub(crate) struct Recipient {
    line: Arc<Mutex<Line>>,
    session: Mutex<Session>,
    /// Wakes the viewer's own task. The session's own: an answer that comes later does so, too.
    bell: Arc<Notify>,
}

impl Post {
    /// Signs `session` up, whose viewer listens on `line`. Dropping the recipient signs it off.
    pub(crate) fn sign_up(&self, session: Session, line: &Arc<Mutex<Line>>) -> Arc<Recipient> {
        let line = Arc::clone(line);
        let bell = session.waker();
        let recipient = Arc::new(Recipient { line, session: Mutex::new(session), bell });
        let mut desk = lock(&self.0);
        if desk.newcomers.len() >= SESSIONS {
            // Between two ticks a minute apart many may come and go.
            desk.newcomers.retain(|newcomer| newcomer.strong_count() > 0);
        }
        desk.newcomers.push(Arc::downgrade(&recipient));
        if desk.leaving.is_some() {
            recipient.bell.notify_one();
        }
        recipient
    }

    /// Why all sessions end, if they do.
    pub(crate) fn leaving(&self) -> Option<Goodbye> {
        lock(&self.0).leaving
    }

    /// Goes round with each tick and whenever it is woken between two, until the station takes leave, is gone without a word, or the
    /// door closes.
    pub(crate) async fn deliver(&self, station: Handle, closing: CancellationToken) {
        let (mut ticks, mut wakes, farewell) = (station.ticks(), station.wakes(), station.farewell());
        let mut recipients: Vec<Weak<Recipient>> = Vec::new();
        loop {
            let gone = tokio::select! {
                changed = ticks.changed() => changed.is_err(),
                changed = wakes.changed() => changed.is_err(),
                () = closing.cancelled() => true,
            };
            let tick = ticks.borrow_and_update().clone();
            let leaving = (*farewell.borrow()).or(gone.then_some(Goodbye::Shutdown));
            {
                let mut desk = lock(&self.0);
                recipients.append(&mut desk.newcomers);
                desk.leaving = leaving;
            }
            if leaving.is_some() {
                recipients.iter().filter_map(Weak::upgrade).for_each(|recipient| recipient.bell.notify_one());
                return;
            }
            if let Some(tick) = tick {
                round(&mut recipients, &tick).await;
            }
        }
    }
}

/// Brings `tick` to all, and forgets those who are gone.
async fn round(recipients: &mut Vec<Weak<Recipient>>, tick: &Tick) {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(recipient) = recipients.get(at) {
        match recipient.upgrade() {
            Some(recipient) => {
                recipient.bring(tick, &mut out);
                at += 1;
            }
            None => drop(recipients.swap_remove(at)),
        }
        if at % VIEWERS_AT_ONCE == 0 {
            tokio::task::yield_now().await;
        }
    }
}

impl Recipient {
    /// The session, for the viewer's own task.
    pub(crate) fn session(&self) -> MutexGuard<'_, Session> {
        lock(&self.session)
    }

    /// Completes when the viewer's own task has something to do. May be dropped and called again.
    pub(crate) async fn called(&self) {
        self.bell.notified().await;
    }

    /// Sends what `tick` brings this viewer. `out` is empty before and after.
    fn bring(&self, tick: &Tick, out: &mut Vec<Payload>) {
        let mut line = lock(&self.line);
        if !line.is_idle() {
            // Its own task takes the newest tick when the line is free.
            self.bell.notify_one();
            return;
        }
        let mut session = lock(&self.session);
        session.collect(tick, out);
        if out.is_empty() {
            return;
        }
        count(session.seat(), out);
        // What the kernel did not take, and a line that broke, are for the viewer's own task.
        if !line.post(out).unwrap_or(false) {
            out.clear();
            self.bell.notify_one();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
