//! A timer that all viewers of one kind share: it starts with the first and ends with the last. The data of a round is
//! encoded once for all viewers that may see the same.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use station::{Payload, Tick, clock};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::task::AbortOnDropHandle;
use wire::{Commands, Encoding};

/// Data that is made once for all listeners.
#[derive(Debug)]
pub(crate) struct Feed<T> {
    every: Duration,
    running: Mutex<Weak<Running<T>>>,
}

#[derive(Debug)]
struct Running<T> {
    newest: watch::Sender<Made<T>>,
    timer: Mutex<Option<AbortOnDropHandle<()>>>,
}

/// The newest round that had data, and how many had.
#[derive(Debug)]
struct Made<T> {
    rounds: u64,
    newest: Option<T>,
}

/// One listener. The timer ends when the last of them is dropped.
#[derive(Debug)]
pub(crate) struct Listener<T> {
    newest: watch::Receiver<Made<T>>,
    /// Rounds up to the last one taken.
    seen: u64,
    /// Rounds that were replaced before they were taken.
    missed: u64,
    _running: Arc<Running<T>>,
}

impl<T: Clone + Send + Sync + 'static> Feed<T> {
    /// A feed without listeners.
    pub(crate) fn new(every: Duration) -> Self {
        Self { every, running: Mutex::default() }
    }

    /// Adds a listener. The first listener's `make` is called by the timer at each of its rounds; where it is `None`,
    /// that round has no data. To be called within the runtime.
    pub(crate) fn listen(&self, make: impl Fn() -> Option<T> + Send + 'static) -> Listener<T> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = running.upgrade().unwrap_or_else(|| {
            let begun = Arc::new(Running {
                newest: watch::Sender::new(Made { rounds: 0, newest: None }),
                timer: Mutex::default(),
            });
            // A weak reference: the timer must not keep the feed alive.
            let (every, served) = (self.every, Arc::downgrade(&begun));
            let rounds = async move {
                let mut rounds = interval_at(Instant::now() + every, every);
                rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
                loop {
                    rounds.tick().await;
                    let Some(served) = served.upgrade() else { return };
                    if let Some(made) = make() {
                        served.newest.send_modify(|last| {
                            last.rounds += 1;
                            last.newest = Some(made);
                        });
                    }
                }
            };
            let timer = AbortOnDropHandle::new(Handle::current().spawn(rounds));
            *begun.timer.lock().unwrap_or_else(PoisonError::into_inner) = Some(timer);
            *running = Arc::downgrade(&begun);
            begun
        });
        let newest = shared.newest.subscribe();
        let seen = newest.borrow().rounds;
        Listener { newest, seen, missed: 0, _running: shared }
    }

    /// Whether there is a listener.
    #[cfg(test)]
    pub(crate) fn is_running(&self) -> bool {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).strong_count() > 0
    }
}

impl<T: Clone> Listener<T> {
    /// Completes with what the next round makes. May be dropped and called again.
    pub(crate) async fn next(&mut self) -> T {
        loop {
            if self.newest.changed().await.is_err() {
                // The sender lives as long as this listener.
                std::future::pending::<()>().await;
            }
            let made = self.newest.borrow_and_update();
            if let Some(newest) = made.newest.clone() {
                self.missed += (made.rounds - self.seen).saturating_sub(1);
                self.seen = made.rounds;
                return newest;
            }
        }
    }

    /// How many rounds this listener was too slow to take since the last call.
    pub(crate) fn take_missed(&mut self) -> u64 {
        std::mem::take(&mut self.missed)
    }
}

/// One round of a timer: its tick, and its message, encoded when the first viewer takes it.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) tick: Arc<Tick>,
    /// When it was made, Unix milliseconds.
    pub(crate) at_ms: u64,
    /// By how much of command lines is in it.
    messages: [OnceLock<Payload>; Commands::ALL.len()],
}

impl Round {
    /// A round of `tick`.
    pub(crate) fn of(tick: Arc<Tick>) -> Arc<Self> {
        Arc::new(Self { tick, at_ms: clock::unix_ms(), messages: Default::default() })
    }

    /// Makes rounds of what `station` read last; none before its first sample.
    pub(crate) fn newest(station: station::Handle) -> impl Fn() -> Option<Arc<Self>> + Send + 'static {
        move || station.latest().map(Self::of)
    }

    /// The message for viewers who are shown `commands`: made by `encode` for the first of them, the same bytes after. Rounds of one
    /// feed have one kind of message only.
    pub(crate) fn message_for(&self, commands: Commands, encode: impl FnOnce() -> Vec<u8>) -> Payload {
        let message = &self.messages[commands as usize];
        message.get_or_init(|| Payload { bytes: encode().into(), encoding: Encoding::Json }).clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn all_listeners_share_one_timer_which_ends_with_the_last() {
        let feed = Feed::new(Duration::from_secs(5));
        let made = Arc::new(AtomicU32::new(0));
        let make = || {
            let made = Arc::clone(&made);
            move || Some(made.fetch_add(1, Ordering::Relaxed))
        };
        let mut first = feed.listen(make());
        assert_eq!(first.next().await, 0);
        let mut second = feed.listen(make());
        let (one, other) = tokio::join!(first.next(), second.next());
        assert_eq!((one, other), (1, 1), "one round serves both");
        drop(first);
        assert_eq!(second.next().await, 2);
        drop(second);
        assert!(!feed.is_running());
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(made.load(Ordering::Relaxed), 3, "nobody listens, nothing is made");
        assert_eq!(feed.listen(make()).next().await, 3, "the next one begins anew");
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_slow_gets_the_newest_round_and_knows_what_it_missed() {
        let feed = Feed::new(Duration::from_secs(1));
        let rounds = AtomicU32::new(0);
        let mut listener = feed.listen(move || Some(rounds.fetch_add(1, Ordering::Relaxed)));
        assert_eq!((listener.next().await, listener.take_missed()), (0, 0));
        tokio::time::sleep(Duration::from_millis(3_500)).await;
        assert_eq!((listener.next().await, listener.take_missed()), (3, 2));
        assert_eq!((listener.next().await, listener.take_missed()), (4, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_round_without_anything_is_passed_over() {
        let feed = Feed::new(Duration::from_secs(1));
        let rounds = AtomicU32::new(0);
        let mut listener = feed.listen(move || {
            let round = rounds.fetch_add(1, Ordering::Relaxed);
            (round == 2).then_some(round)
        });
        assert_eq!(listener.next().await, 2);
    }
}
