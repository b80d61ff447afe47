//! Lockout after wrong digits and wrong tokens, counted by address. It affects no other address, but for one bound: wrong
//! digits of all addresses together, since whoever has many addresses has many guesses.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use station::fair::one_host;
use wire::limits::{CODE_TRIES, CODE_TRIES_IN_ALL, CODE_WAIT, TOKEN_FAILURES};

/// Addresses that are counted at once; past it the one without a failure for longest is forgotten.
const ADDRESSES: usize = 4096;
/// Longest wait that is asked for after wrong tokens.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// What is counted is forgotten after this long without another failure.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);

/// Failures, by address; of IPv6 by network.
#[derive(Debug, Default)]
pub(super) struct Lockout {
    by_address: HashMap<IpAddr, Strike>,
    /// Wrong digits of all addresses, since the first of them.
    all: Option<Strike>,
}

/// How long digits are not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Those of this address.
    Address(Duration),
    /// Those of any address.
    All(Duration),
}

#[derive(Debug, Clone, Copy)]
struct Strike {
    count: u32,
    at: Instant,
    /// Nothing is checked before then.
    waits_until: Option<Instant>,
}

impl Lockout {
    /// Counts a wrong token. Past ten within a minute: how long to wait, twice as long with each one more. A right token
    /// is accepted all the same, since 256 bits cannot be guessed.
    pub(super) fn failed_token(&mut self, address: IpAddr, now: Instant) -> Option<Duration> {
        let strike = self.strike(address, now, FORGOTTEN_AFTER);
        let over = strike.count.checked_sub(TOKEN_FAILURES + 1)?;
        Some(Duration::from_secs(1 << over.min(16)).min(LONGEST_WAIT))
    }

    /// Counts wrong digits: how many tries are left. With none left, digits are not checked for a while.
    pub(super) fn wrong_digits(&mut self, address: IpAddr, now: Instant) -> u32 {
        self.wrong_of_all(now);
        let strike = self.strike(address, now, CODE_WAIT);
        let left = CODE_TRIES.saturating_sub(strike.count);
        if left == 0 {
            strike.waits_until = Some(now + CODE_WAIT);
        }
        left
    }

    /// How long digits from `address` are not checked.
    pub(super) fn waits(&self, address: IpAddr, now: Instant) -> Option<Wait> {
        let of_address = self.by_address.get(&one_host(address)).and_then(|strike| strike.waits(now));
        of_address.map(Wait::Address).or_else(|| self.all_wait(now).map(Wait::All))
    }

    /// How long digits are not checked, whoever types them.
    pub(super) fn all_wait(&self, now: Instant) -> Option<Duration> {
        self.all?.waits(now)
    }

    /// Forgets the failures of `address`, after a success.
    pub(super) fn forget(&mut self, address: IpAddr) {
        self.by_address.remove(&one_host(address));
    }

    fn wrong_of_all(&mut self, now: Instant) {
        let of_now = self.all.filter(|all| now.saturating_duration_since(all.at) < CODE_WAIT);
        let mut all = of_now.unwrap_or(Strike { count: 0, at: now, waits_until: None });
        all.count = all.count.saturating_add(1);
        if all.count >= CODE_TRIES_IN_ALL {
            all.waits_until = Some(all.at + CODE_WAIT);
        }
        self.all = Some(all);
    }

    fn strike(&mut self, address: IpAddr, now: Instant, forgotten_after: Duration) -> &mut Strike {
        let address = one_host(address);
        if self.by_address.len() >= ADDRESSES && !self.by_address.contains_key(&address) {
            self.make_room(now);
        }
        let strike =
            self.by_address.entry(address).or_insert(Strike { count: 0, at: now, waits_until: None });
        if now.saturating_duration_since(strike.at) >= forgotten_after {
            *strike = Strike { count: 0, at: now, waits_until: None };
        }
        strike.count = strike.count.saturating_add(1);
        strike.at = now;
        strike
    }

    fn make_room(&mut self, now: Instant) {
        self.by_address.retain(|_, strike| now.saturating_duration_since(strike.at) < CODE_WAIT);
        if self.by_address.len() >= ADDRESSES
            && let Some(quietest) =
                self.by_address.iter().min_by_key(|(_, strike)| strike.at).map(|(at, _)| *at)
        {
            self.by_address.remove(&quietest);
        }
    }
}

impl Strike {
    fn waits(&self, now: Instant) -> Option<Duration> {
        self.waits_until?.checked_duration_since(now).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn five_wrong_digits_are_judged_and_no_others() {
        let (mut strikes, now) = (Lockout::default(), Instant::now());
        let (guesser, other) = (address("192.0.2.1"), address("192.0.2.2"));
        let left: Vec<_> = (0..5).map(|_| strikes.wrong_digits(guesser, now)).collect();
        assert_eq!(left, [4, 3, 2, 1, 0]);
        assert_eq!(strikes.waits(guesser, now), Some(Wait::Address(CODE_WAIT)));
        assert_eq!(strikes.waits(other, now), None);
        let later = now + CODE_WAIT;
        assert_eq!(strikes.waits(guesser, later), None);
        assert_eq!(strikes.wrong_digits(guesser, later), 4);
        strikes.forget(guesser);
        assert_eq!(strikes.wrong_digits(guesser, later), 4);
    }

    #[test]
    fn one_host_has_many_addresses_of_one_network() {
        let (mut strikes, now) = (Lockout::default(), Instant::now());
        for host in 0..5 {
            strikes.wrong_digits(address(&format!("2001:db8::{host}")), now);
        }
        assert!(strikes.waits(address("2001:db8::ffff"), now).is_some());
        assert!(strikes.waits(address("2001:db8:0:1::1"), now).is_none());
    }

    #[test]
    fn waits_after_wrong_tokens_grow_and_end() {
        let (mut strikes, now) = (Lockout::default(), Instant::now());
        let guesser = address("192.0.2.1");
        let waits: Vec<_> = (0..14).map(|_| strikes.failed_token(guesser, now)).collect();
        assert!(waits[..10].iter().all(Option::is_none), "{waits:?}");
        let seconds: Vec<_> = waits[10..].iter().map(|wait| wait.unwrap().as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8]);
        for _ in 0..100 {
            strikes.failed_token(guesser, now);
        }
        assert_eq!(strikes.failed_token(guesser, now), Some(LONGEST_WAIT));
        assert_eq!(strikes.failed_token(guesser, now + FORGOTTEN_AFTER), None);
    }

    #[test]
    fn addresses_without_end_take_no_memory_without_end() {
        let (mut strikes, now) = (Lockout::default(), Instant::now());
        for host in 0..ADDRESSES as u32 + 500 {
            let at = now + Duration::from_millis(host.into());
            strikes.wrong_digits(IpAddr::V4((0x0a00_0000 + host).into()), at);
        }
        assert_eq!(strikes.by_address.len(), ADDRESSES);
    }

    #[test]
    fn many_addresses_have_no_more_guesses_in_all() {
        let (mut strikes, now) = (Lockout::default(), Instant::now());
        let guesser = |n: u32| IpAddr::V4((0x0a00_0000 + n).into());
        for n in 0..CODE_TRIES_IN_ALL {
            assert_eq!(strikes.waits(guesser(n), now), None);
            strikes.wrong_digits(guesser(n), now + Duration::from_secs(1));
        }
        let innocent = address("192.0.2.1");
        assert!(matches!(strikes.waits(innocent, now + Duration::from_secs(1)), Some(Wait::All(_))));
        assert_eq!(strikes.waits(innocent, now + CODE_WAIT + Duration::from_secs(1)), None);
        strikes.wrong_digits(innocent, now + CODE_WAIT + Duration::from_secs(1));
        assert_eq!(strikes.all.map(|all| all.count), Some(1), "they are counted anew");
    }
}
