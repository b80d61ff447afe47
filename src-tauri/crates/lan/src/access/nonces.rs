//! Nonces for proofs over HTTP. Each is valid once, for a short time, and for the address that asked for it; an address
//! that asks for many loses its own first.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use station::registry::one_host;

/// How long one is valid: two requests over a slow radio link.
const LASTS: Duration = Duration::from_secs(30);
/// Those of one address, of IPv6 one network: as many polls may be between their two requests.
const OF_AN_ADDRESS: usize = 16;
/// All of them: a poll has its second request within milliseconds, so that one more pushes none out that is needed.
const IN_ALL: usize = 1024;

/// What was given out and not used yet, oldest first.
#[derive(Debug, Default)]
pub(super) struct Nonces(VecDeque<Nonce>);

#[derive(Debug)]
struct Nonce {
    text: String,
    host: IpAddr,
    at: Instant,
}

impl Nonces {
    /// `text` was given to `address`.
    pub(super) fn give(&mut self, text: String, address: IpAddr, now: Instant) {
        self.0.retain(|nonce| now.saturating_duration_since(nonce.at) < LASTS);
        let host = one_host(address);
        let mut own = self.0.iter().enumerate().filter(|(_, nonce)| nonce.host == host).map(|(at, _)| at);
        if let (Some(oldest), count) = (own.next(), own.count() + 1)
            && count >= OF_AN_ADDRESS
        {
            self.0.remove(oldest);
        }
        if self.0.len() >= IN_ALL {
            self.0.pop_front();
        }
        self.0.push_back(Nonce { text, host, at: now });
    }

    /// Whether `address` was given `text` and did not use it yet. From now on it has.
    pub(super) fn take(&mut self, text: &str, address: IpAddr, now: Instant) -> bool {
        let host = one_host(address);
        let found = self.0.iter().position(|nonce| nonce.text == text && nonce.host == host);
        let nonce = found.and_then(|at| self.0.remove(at));
        nonce.is_some_and(|nonce| now.saturating_duration_since(nonce.at) < LASTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u32) -> IpAddr {
        IpAddr::V4((0xC000_0200 + last).into())
    }

    #[test]
    fn each_is_good_once_in_time_and_for_whom_it_was_given_to() {
        let (mut nonces, now) = (Nonces::default(), Instant::now());
        for text in ["a", "b", "c"] {
            nonces.give(text.to_owned(), address(1), now);
        }
        assert!(nonces.take("a", address(1), now) && !nonces.take("a", address(1), now), "once");
        assert!(!nonces.take("b", address(2), now) && nonces.take("b", address(1), now));
        assert!(!nonces.take("c", address(1), now + LASTS), "too late");
        assert!(!nonces.take("d", address(1), now), "never given");
    }

    #[test]
    fn who_asks_for_many_loses_their_own() {
        let (mut nonces, now) = (Nonces::default(), Instant::now());
        nonces.give("mine".to_owned(), address(1), now);
        for count in 0..10 * OF_AN_ADDRESS {
            nonces.give(format!("theirs {count}"), address(2), now);
        }
        assert!(nonces.take("mine", address(1), now));
        assert_eq!(nonces.0.len(), OF_AN_ADDRESS);
        for host in 0..2 * IN_ALL as u32 {
            nonces.give(format!("{host}"), address(host), now);
        }
        assert_eq!(nonces.0.len(), IN_ALL);
        nonces.give("late".to_owned(), address(1), now + LASTS);
        assert_eq!(nonces.0.len(), 1, "those that are no good are forgotten");
    }
}
