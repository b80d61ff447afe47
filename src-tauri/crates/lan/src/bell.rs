//! Hands the station's ticks on to all viewers of this door.
//!
//! The tick's thread wakes one task here, which wakes the others from within the runtime. Were each woken from the
//! tick's thread, each would cost a call to the kernel: as much as half of what its frame costs.

use std::sync::Arc;

use station::{Handle, Tick};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wire::Goodbye;

/// What is new.
#[derive(Debug, Clone, Default)]
struct News {
    tick: Option<Arc<Tick>>,
    leaving: Option<Goodbye>,
}

/// What one viewer holds. It rings with each tick, with each alert, and when the station takes leave.
#[derive(Debug, Clone)]
pub(crate) struct Bell(watch::Receiver<News>);

/// The one task that listens to the station.
#[derive(Debug)]
pub(crate) struct Ringer {
    station: Handle,
    closing: CancellationToken,
    news: watch::Sender<News>,
}

impl Ringer {
    pub(crate) fn new(station: &Handle, closing: &CancellationToken) -> Self {
        let news = News { tick: station.latest(), leaving: None };
        Self { station: station.clone(), closing: closing.clone(), news: watch::Sender::new(news) }
    }

    pub(crate) fn bell(&self) -> Bell {
        Bell(self.news.subscribe())
    }

    /// Rings until the station takes leave, is gone without a word, or the door closes.
    pub(crate) async fn ring(self) {
        let (mut ticks, farewell) = (self.station.ticks(), self.station.farewell());
        loop {
            let gone = tokio::select! {
                changed = ticks.changed() => changed.is_err(),
                () = self.closing.cancelled() => true,
            };
            let tick = ticks.borrow_and_update().clone();
            let leaving = (*farewell.borrow()).or(gone.then_some(Goodbye::Shutdown));
            self.news.send_replace(News { tick, leaving });
            if leaving.is_some() {
                return;
            }
        }
    }
}

impl Bell {
    /// Completes at the next ring. May be dropped and called again.
    ///
    /// # Errors
    /// The station takes leave, and why.
    pub(crate) async fn rung(&mut self) -> Result<(), Goodbye> {
        let gone = self.0.changed().await.is_err();
        let leaving = self.0.borrow().leaving;
        match leaving {
            Some(reason) => Err(reason),
            // Nobody rings any more: the door is gone.
            None if gone => Err(Goodbye::Shutdown),
            None => Ok(()),
        }
    }

    /// The newest tick; `None` before the first.
    pub(crate) fn tick(&mut self) -> Option<Arc<Tick>> {
        self.0.borrow_and_update().tick.clone()
    }
}
