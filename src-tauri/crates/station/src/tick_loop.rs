//! When a tick is due, and what it has to read. Runs on the one thread that reads the machine.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use sampling::{Now, Wanted};
use tracing::info;
use wire::Goodbye;

use crate::clock::{self, Clock};
use crate::demand::{Demand, Watched};
use crate::pipeline::Pipeline;
use crate::registry::{Peer, Registry};

/// How often the process table is read while only `top` is watched.
const TOP_EVERY: Duration = Duration::from_secs(2);
/// How often it is read while no session is subscribed to it, so that the first subscriber gets a table at once.
const UNWATCHED_EVERY: Duration = Duration::from_secs(5);

/// Commands to the thread, taken between two ticks.
#[derive(Debug)]
pub(crate) enum Command {
    /// Tick at this interval from now on.
    Interval(Duration),
    /// Tick no more.
    End,
}

/// State of the thread.
#[derive(Debug)]
pub(crate) struct TickLoop {
    pub(crate) pipeline: Pipeline,
    pub(crate) interval: Duration,
    pub(crate) demand: Arc<Demand>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) inbox: Receiver<Command>,
}

impl TickLoop {
    /// Ticks and waits, until [`Command::End`].
    pub(crate) fn run(mut self) {
        let clock = Clock::start();
        let mut next = Duration::ZERO;
        let mut table_read: Option<Duration> = None;
        let mut last: Option<Now> = None;
        self.remember(clock.now());
        info!(interval_ms = self.interval.as_millis() as u64, "ticking");
        loop {
            let now = clock.now();
            if let Some(last) = last.replace(now).filter(|last| clock::slept(*last, now)) {
                self.woke_up(last);
            }
            // Half a tick early is on time: a table due every 2 s must not slip to 3 s by a millisecond.
            let due = |read: Duration| now.monotonic - read + self.interval / 2 >= self.table_every();
            let processes = table_read.is_none_or(due);
            if processes {
                table_read = Some(now.monotonic);
            }
            let wanted = Wanted { processes, details: self.demand.take_details() };
            self.pipeline.run(now, &wanted);

            next += self.interval;
            if clock.now().monotonic > next {
                // Late by a whole tick or more (suspended, or starved): missed ticks stay missed, no burst.
                next = clock.now().monotonic + self.interval;
            }
            match self.inbox.recv_timeout(clock.until(next)) {
                Ok(Command::Interval(interval)) => {
                    next = clock.now().monotonic;
                    self.interval = interval;
                    self.pipeline.source.set_interval(interval);
                    self.pipeline.history.set_interval(interval);
                }
                Ok(Command::End) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        info!("ticking ended");
    }

    fn table_every(&self) -> Duration {
        match self.demand.watched() {
            Watched::Table => Duration::ZERO,
            Watched::Top => TOP_EVERY,
            Watched::Nobody => UNWATCHED_EVERY,
        }
    }

    /// Ends remote sessions from before a sleep that began after `last`.
    fn woke_up(&self, last: Now) {
        info!("this machine slept: the wall clock went further than the monotonic one");
        let slept_through = |peer: &Peer, since_ms| peer.slept_through(since_ms, last.wall_ms);
        self.registry.close_sessions(slept_through, Goodbye::Suspend);
    }

    /// Stores what the source knows of the past: a recording has one.
    fn remember(&mut self, now: Now) {
        let Pipeline { source, history, .. } = &mut self.pipeline;
        source.past(now, self.interval, &mut |snapshot| history.store(&snapshot));
    }
}
