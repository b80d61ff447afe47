//! Nonces for proofs over HTTP. Each is valid once, for a short time, and for the host that asked for it; a host that asks
//! for many loses its own first.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use station::fair::{Bounds, FairTable, Holder, one_host};

/// How long one is valid: two requests over a slow radio link.
const LASTS: Duration = Duration::from_secs(30);
/// A poll has its second request within milliseconds. Of one host as many polls may be between their two requests.
const BOUNDS: Bounds = Bounds { all: 1024, strangers: 768, host: 16 };

/// What was given out and not used yet.
#[derive(Debug)]
pub(super) struct Nonces(FairTable<Nonce>);

#[derive(Debug)]
struct Nonce {
    text: String,
    at: Instant,
}

impl Default for Nonces {
    fn default() -> Self {
        Self(FairTable::new(BOUNDS))
    }
}

impl Nonces {
    /// `text` was given to `holder`. The host whose nonce gave way to it, if one did.
    pub(super) fn give(&mut self, text: String, holder: Holder, now: Instant) -> Option<IpAddr> {
        self.0.take_if(|_, nonce| now.saturating_duration_since(nonce.at) >= LASTS);
        let (_, gave_way) = self.0.add(holder, Nonce { text, at: now }, |_| true);
        gave_way.map(|(holder, _)| holder.host)
    }

    /// Whether `address` was given `text` and did not use it yet. From now on it has.
    pub(super) fn take(&mut self, text: &str, address: IpAddr, now: Instant) -> bool {
        let host = one_host(address);
        let found = self.0.take_if(|holder, nonce| nonce.text == text && holder.host == host);
        found.iter().any(|(_, nonce)| now.saturating_duration_since(nonce.at) < LASTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u32) -> IpAddr {
        IpAddr::V4((0xC000_0200 + last).into())
    }

    fn stranger(last: u32) -> Holder {
        Holder { host: address(last), known: false }
    }

    #[test]
    fn each_is_good_once_in_time_and_for_whom_it_was_given_to() {
        let (mut nonces, now) = (Nonces::default(), Instant::now());
        for text in ["a", "b", "c"] {
            nonces.give(text.to_owned(), stranger(1), now);
        }
        assert!(nonces.take("a", address(1), now) && !nonces.take("a", address(1), now), "once");
        assert!(!nonces.take("b", address(2), now) && nonces.take("b", address(1), now));
        assert!(!nonces.take("c", address(1), now + LASTS), "too late");
        assert!(!nonces.take("d", address(1), now), "never given");
    }

    #[test]
    fn who_asks_for_many_loses_their_own() {
        let (mut nonces, now) = (Nonces::default(), Instant::now());
        assert_eq!(nonces.give("mine".to_owned(), stranger(1), now), None);
        for count in 0..10 * BOUNDS.host {
            let gave_way = nonces.give(format!("theirs {count}"), stranger(2), now);
            assert_eq!(
                gave_way,
                (count >= BOUNDS.host).then(|| address(2)),
                "it counts as a failure of theirs"
            );
        }
        assert!(nonces.take("mine", address(1), now));
        assert_eq!(nonces.0.len(), BOUNDS.host);
        for host in 0..2 * BOUNDS.all as u32 {
            nonces.give(format!("{host}"), stranger(host), now);
        }
        assert_eq!(nonces.0.len(), BOUNDS.strangers);
        nonces.give("late".to_owned(), stranger(1), now + LASTS);
        assert_eq!(nonces.0.len(), 1, "those that are no good are forgotten");
    }
}
