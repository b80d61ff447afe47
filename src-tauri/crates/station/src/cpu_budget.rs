//! What is done for others costs CPU time: who has had how much of it, and has to wait.
//!
//! A token bucket for each token, and for each host without one, so that ten sessions of one have one budget: it gets
//! [`CPU_PER_S`] and may save up [`CPU_BURST`]. Whoever has used it up is served slower, never refused: what it sends is
//! read later. The time is that of the threads that work for it, so a machine that is busy with something else charges
//! nobody for that.
//!
//! In reading order: [`Payer`] → [`CpuBudgets`] → [`Account`], by which a task pays.

use std::collections::HashMap;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wire::endpoint::OWNER;
use wire::limits::{CPU_BUDGETS, CPU_BURST, CPU_DEBT, CPU_PER_S};

use crate::fair::one_host;

/// Whose budget is charged.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Payer {
    /// A viewer, by the id of its token.
    Token(Arc<str>),
    /// Whoever comes from there without a token; see [`one_host`].
    Host(IpAddr),
}

impl Payer {
    /// Who pays for what is done for somebody at `address`, authenticated by `token` where that is one. `None`: nobody,
    /// because it is done for this machine's owner.
    #[must_use]
    pub fn of(token: Option<&Arc<str>>, address: Option<IpAddr>) -> Option<Self> {
        match token {
            Some(token) if **token == *OWNER => None,
            Some(token) => Some(Self::Token(Arc::clone(token))),
            None => address.map(|address| Self::Host(one_host(address))),
        }
    }
}

/// All budgets that are not whole. Cheap to clone; all clones share one table.
#[derive(Debug, Clone, Default)]
pub struct CpuBudgets(Arc<Mutex<HashMap<Payer, Instant>>>);

impl CpuBudgets {
    /// Does `work`, and charges `payer` for the CPU time it took.
    pub(crate) fn charge<R>(&self, payer: Option<&Payer>, work: impl FnOnce() -> R) -> R {
        let before = thread_time();
        let result = work();
        self.spend(payer, thread_time().saturating_sub(before), Instant::now());
        result
    }

    /// Charges `payer` for `cost` at `now`.
    fn spend(&self, payer: Option<&Payer>, cost: Duration, now: Instant) {
        let Some(payer) = payer.filter(|_| !cost.is_zero()) else { return };
        let mut whole_at = self.lock();
        if !whole_at.contains_key(payer) && whole_at.len() >= CPU_BUDGETS {
            whole_at.retain(|_, at| *at > now);
            // Whoever has used least forgets least.
            let least = whole_at.iter().min_by_key(|(_, at)| **at).map(|(payer, _)| payer.clone());
            if let Some(least) = least.filter(|_| whole_at.len() >= CPU_BUDGETS) {
                whole_at.remove(&least);
            }
        }
        // When the bucket will be full again: each cost moves it on by the time in which as much flows in.
        let at = whole_at.entry(payer.clone()).or_insert(now);
        *at = ((*at).max(now) + refill(cost)).min(now + refill(CPU_BURST) + CPU_DEBT);
    }

    /// How long after `now` it takes until something is left of `payer`'s budget.
    fn wait(&self, payer: Option<&Payer>, now: Instant) -> Duration {
        let whole_at = payer.and_then(|payer| self.lock().get(payer).copied());
        let left = whole_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(now));
        left.saturating_sub(refill(CPU_BURST))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Payer, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long it takes until `cost` has flown in.
fn refill(cost: Duration) -> Duration {
    cost.mul_f64(1.0 / CPU_PER_S.as_secs_f64())
}

/// CPU time of the calling thread since it began.
#[cfg(unix)]
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Where the system does not tell: the time that passes, which is more on a busy machine.
#[cfg(not(unix))]
fn thread_time() -> Duration {
    static BEGAN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    BEGAN.elapsed()
}

/// By which a task pays for what it does. Who pays may become known later: a connection's host does until a request shows a
/// token.
#[derive(Debug, Clone)]
pub struct Account {
    budgets: CpuBudgets,
    payer: Arc<Mutex<Option<Payer>>>,
}

impl Account {
    /// `payer` pays from `budgets`.
    #[must_use]
    pub fn new(budgets: &CpuBudgets, payer: Option<Payer>) -> Self {
        Self { budgets: budgets.clone(), payer: Arc::new(Mutex::new(payer)) }
    }

    /// From now on `payer` pays.
    pub fn set(&self, payer: Option<Payer>) {
        *self.payer.lock().unwrap_or_else(PoisonError::into_inner) = payer;
    }

    /// How long to wait before more is done for who pays.
    #[must_use]
    pub fn wait(&self) -> Duration {
        self.budgets.wait(self.payer().as_ref(), Instant::now())
    }

    /// `future`, paid for: by whoever pays at the end of each poll.
    pub async fn charge<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        std::future::poll_fn(|context| {
            let before = thread_time();
            let polled = future.as_mut().poll(context);
            let cost = thread_time().saturating_sub(before);
            self.budgets.spend(self.payer().as_ref(), cost, Instant::now());
            polled
        })
        .await
    }

    fn payer(&self) -> Option<Payer> {
        self.payer.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(last: u32) -> Payer {
        Payer::Host(IpAddr::V4(std::net::Ipv4Addr::from_bits(0x0a00_0000 + last)))
    }

    #[test]
    fn a_burst_is_free_and_what_follows_waits_until_it_has_flown_in() {
        let (budgets, payer, now) = (CpuBudgets::default(), host(1), Instant::now());
        let wait = |now| budgets.wait(Some(&payer), now);
        budgets.spend(Some(&payer), CPU_BURST, now);
        assert_eq!(wait(now), Duration::ZERO);
        budgets.spend(Some(&payer), CPU_PER_S, now);
        assert_eq!(wait(now), Duration::from_secs(1), "a second's share takes a second");
        assert_eq!(wait(now + Duration::from_millis(400)), Duration::from_millis(600));
        assert_eq!(budgets.wait(Some(&host(2)), now), Duration::ZERO, "nobody else pays for it");
        budgets.spend(Some(&payer), CPU_BURST * 1000, now);
        assert_eq!(wait(now), CPU_DEBT, "it is forgotten some time");
        assert_eq!(budgets.wait(None, now), Duration::ZERO);
    }

    #[test]
    fn one_token_has_one_budget_wherever_it_comes_from_and_the_owner_has_none() {
        let addresses = ["10.0.0.1", "2001:db8::1"].map(|it| it.parse().ok());
        let token: Arc<str> = "a".into();
        assert_eq!(Payer::of(Some(&token), addresses[0]), Payer::of(Some(&token), addresses[1]));
        assert_eq!(Payer::of(Some(&OWNER.into()), addresses[0]), None);
        assert_eq!(Payer::of(None, None), None);
        let in_one_64 = Payer::of(None, "2001:db8::2".parse().ok());
        assert_eq!(Payer::of(None, addresses[1]), in_one_64);
    }

    #[test]
    fn the_table_is_bounded_and_keeps_those_who_used_most() {
        let (budgets, now) = (CpuBudgets::default(), Instant::now());
        budgets.spend(Some(&host(0)), CPU_BURST * 2, now);
        for last in 1..2 * CPU_BUDGETS as u32 {
            budgets.spend(Some(&host(last)), Duration::from_millis(1), now);
        }
        assert_eq!(budgets.lock().len(), CPU_BUDGETS);
        assert!(!budgets.wait(Some(&host(0)), now).is_zero());
    }

    #[test]
    fn work_is_charged_by_what_it_takes() {
        const TAKES: Duration = Duration::from_millis(50);
        let (budgets, payer) = (CpuBudgets::default(), host(1));
        budgets.charge(None, || ());
        assert!(budgets.lock().is_empty());
        let (began, before) = (Instant::now(), thread_time());
        budgets.charge(Some(&payer), || while thread_time() < before + TAKES {});
        let (ended, took) = (Instant::now(), thread_time() - before);
        let whole_at = budgets.lock()[&payer];
        assert!(whole_at >= began + refill(TAKES) - refill(Duration::from_millis(1)), "{took:?}");
        assert!(whole_at <= ended + refill(took), "{took:?}");
    }
}
