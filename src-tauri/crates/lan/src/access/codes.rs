//! Pairing codes: the one that is shown, those that ended, and the devices that wait for approval. No clock: the time
//! is a parameter, of the monotonic clock, so a wall clock that is wrong or set changes nothing.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use station::fair::{Holdings, one_host};
use subtle::ConstantTimeEq;
use tokio::sync::watch;
use wire::limits::{CODE_LASTS, COMPARED_PER_ADDRESS, PAIRING_REQUESTS};
use wire::pin::ChannelBinding;
use wire::proof::{Pairing, same_text};
use wire::sharing::PairingDecision;

use super::approvals::{Asker, Asking};
use super::lockout::{Lockout, Wait};
use super::rights::Rights;

/// Codes that ended and are still distinguished from wrong ones.
const ENDED_REMEMBERED: usize = 8;

/// A pairing code: 128 bits for links and apps, six digits for typing.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) secret: [u8; 16],
    pub(crate) digits: String,
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code(…)")
    }
}

/// What a device sends as proof that it knows the code.
#[derive(Debug, Clone, Copy)]
pub(super) enum Attempt<'a> {
    /// The code of a link.
    Secret(&'a [u8]),
    Digits(&'a str),
    /// An app's proof about the code.
    Proof {
        nonce: &'a str,
        binding: ChannelBinding,
        /// What the app calls itself.
        name: &'a str,
        proof: &'a str,
    },
}

/// Why a code is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No code is shown.
    NoCode,
    /// The digits are wrong; so many tries are left.
    Wrong(u32),
    /// The code of the link is wrong.
    WrongLink,
    /// Digits of this address are not checked, for so long.
    Waits(Duration),
    /// Digits are not checked, whoever types them, for so long.
    Paused(Duration),
    /// It was valid, and is used.
    Used,
    /// It was valid, for five minutes.
    Ended,
}

impl From<Wait> for Refusal {
    fn from(wait: Wait) -> Self {
        match wait {
            Wait::Address(left) => Refusal::Waits(left),
            Wait::All(left) => Refusal::Paused(left),
        }
    }
}

/// How a code ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Used,
    Late,
}

/// All codes, and the devices that wait.
#[derive(Debug, Default)]
pub(crate) struct Codes {
    shown: Option<Shown>,
    ended: VecDeque<(Code, End)>,
    asking: VecDeque<Asking>,
    wrong: Lockout,
    /// Names and addresses of comparisons that ended without an answer, until they are logged.
    unanswered: Vec<(String, IpAddr)>,
}

/// The code that is valid now.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) code: Code,
    pub(crate) rights: Rights,
    until: Instant,
}

impl Shown {
    /// How long it is still valid.
    pub(crate) fn left(&self, now: Instant) -> Duration {
        self.until.saturating_duration_since(now)
    }
}

impl Codes {
    /// Shows `code` from now on, in place of the one before.
    pub(super) fn show(&mut self, code: Code, rights: Rights, now: Instant) {
        self.withdraw();
        self.shown = Some(Shown { code, rights, until: now + CODE_LASTS });
    }

    /// Cancels the code that is shown.
    pub(super) fn withdraw(&mut self) {
        if let Some(shown) = self.shown.take() {
            self.remember(shown.code, End::Late);
        }
    }

    /// The code that is valid now.
    pub(crate) fn shown(&self, now: Instant) -> Option<&Shown> {
        self.shown.as_ref().filter(|shown| shown.until > now)
    }

    /// Uses the code up, if `attempt` is right: no other device can pair by it.
    pub(super) fn redeem(
        &mut self,
        attempt: Attempt<'_>,
        address: IpAddr,
        now: Instant,
    ) -> Result<Shown, Refusal> {
        // Six digits can be guessed. 128 bits cannot: who has a link is never kept from using it.
        let typed = matches!(attempt, Attempt::Digits(_));
        if typed && let Some(wait) = self.wrong.waits(address, now) {
            return Err(wait.into());
        }
        if self.shown.as_ref().is_some_and(|shown| shown.until <= now) {
            self.withdraw();
        }
        if let Some(shown) = self.shown.take_if(|shown| attempt.fits(&shown.code)) {
            self.remember(shown.code.clone(), End::Used);
            self.wrong.forget(address);
            return Ok(shown);
        }
        let ended = self.ended.iter().find(|(code, _)| attempt.fits(code)).map(|(_, end)| match end {
            End::Used => Refusal::Used,
            End::Late => Refusal::Ended,
        });
        if !typed || (ended.is_none() && self.shown.is_none()) {
            let unknown = if self.shown.is_none() { Refusal::NoCode } else { Refusal::WrongLink };
            return Err(ended.unwrap_or(unknown));
        }
        let left = self.wrong.wrong_digits(address, now);
        if left == 0 {
            return Err(self.wrong.waits(address, now).map_or(Refusal::Wrong(0), Refusal::from));
        }
        Err(ended.unwrap_or(Refusal::Wrong(left)))
    }

    fn remember(&mut self, code: Code, end: End) {
        if self.ended.len() == ENDED_REMEMBERED {
            self.ended.pop_front();
        }
        self.ended.push_back((code, end));
    }

    /// Adds a device that waits for the owner's answer. Where too many wait, the oldest of the host with most of them
    /// gives way, of those that typed the digits and of those that compare digits, each.
    ///
    /// `None` where all hosts hold as much as this one would: who is there stays.
    pub(super) fn ask(&mut self, asking: Asking, now: Instant) -> Option<Asker> {
        self.expire(now);
        let same = |known: &Asking| known.compared.is_some() == asking.compared.is_some();
        let host = one_host(asking.address);
        let mut holdings = Holdings::default();
        self.asking
            .iter()
            .filter(|known| same(known))
            .for_each(|known| holdings.add(one_host(known.address)));
        let oldest = if asking.compared.is_some() && holdings.of(host) >= COMPARED_PER_ADDRESS {
            self.asking.iter().position(|known| same(known) && one_host(known.address) == host)
        } else if holdings.total() >= PAIRING_REQUESTS {
            let (own, heaviest) = (holdings.of(host), holdings.heaviest());
            holdings.add(host);
            let is_heaviest = heaviest <= holdings.weight(host);
            if is_heaviest && own == 0 {
                // Else who keeps all places taken could try keys without end.
                self.lapse(asking, now);
                return None;
            }
            holdings.remove(host);
            let gives_way = |known: IpAddr| {
                if is_heaviest { known == host } else { holdings.weight(known) == heaviest }
            };
            self.asking.iter().position(|known| same(known) && gives_way(one_host(known.address)))
        } else {
            None
        };
        // Who asks for more than one's part, again and again, is like one who is left unanswered again and again. Who gives
        // way to others did hold more than they do.
        if let Some(oldest) = oldest.and_then(|at| self.asking.remove(at)) {
            self.lapse(oldest, now);
        }
        let asker = Asker { ticket: asking.ticket.clone(), left: CODE_LASTS };
        self.asking.push_back(asking);
        Some(asker)
    }

    /// Removes those that waited too long.
    fn expire(&mut self, now: Instant) {
        while let Some(late) = self.asking.iter().position(|asking| asking.until <= now)
            && let Some(late) = self.asking.remove(late)
        {
            self.lapse(late, now);
        }
    }

    /// It waits no more. A comparison without approval counts as a wrong code does.
    fn lapse(&mut self, asking: Asking, now: Instant) {
        if asking.compared.is_some() && asking.answer.borrow().is_none() {
            self.strike(asking.address, now);
            if self.unanswered.len() < PAIRING_REQUESTS {
                self.unanswered.push((asking.name, asking.address));
            }
        }
    }

    /// The comparisons that ended without an answer since the last time.
    pub(super) fn unanswered(&mut self, now: Instant) -> Vec<(String, IpAddr)> {
        self.expire(now);
        std::mem::take(&mut self.unanswered)
    }

    /// Removes the one with this ticket that was not answered yet; false where there is none.
    pub(super) fn give_up(&mut self, ticket: &str, now: Instant) -> bool {
        self.expire(now);
        let waits = |asking: &Asking| asking.has(ticket) && asking.answer.borrow().is_none();
        let given_up = self.asking.iter().position(waits).and_then(|at| self.asking.remove(at));
        given_up.map(|asking| self.lapse(asking, now)).is_some()
    }

    /// How long no digits from `address` are checked.
    pub(super) fn waits(&mut self, address: IpAddr, now: Instant) -> Option<Wait> {
        self.expire(now);
        self.wrong.waits(address, now)
    }

    /// How long no digits are checked, whoever types them.
    pub(crate) fn digits_pause(&self, now: Instant) -> Option<Duration> {
        self.wrong.all_wait(now)
    }

    /// Counts an attempt from `address` as wrong digits.
    pub(super) fn strike(&mut self, address: IpAddr, now: Instant) {
        self.wrong.wrong_digits(address, now);
    }

    /// The devices that wait, oldest first.
    pub(crate) fn asking(&mut self, now: Instant) -> impl Iterator<Item = &Asking> {
        self.expire(now);
        self.asking.iter().filter(|asking| asking.answer.borrow().is_none())
    }

    /// Approves or denies the one of this id, with other rights where some are given; false where it does not wait any
    /// more.
    pub(super) fn answer(&mut self, decision: &PairingDecision, now: Instant) -> bool {
        let PairingDecision { id, allow, scope, arguments } = decision;
        let allow = *allow;
        let waits =
            |asking: &&mut Asking| asking.id == *id && asking.until > now && asking.answer.borrow().is_none();
        let Some(asking) = self.asking.iter_mut().find(waits) else { return false };
        asking.rights = asking.rights.or(*scope, *arguments);
        asking.answer.send_replace(Some(allow));
        if asking.compared.is_some() {
            let address = asking.address;
            if allow { self.wrong.forget(address) } else { self.strike(address, now) }
        }
        true
    }

    /// Watches the state of the one with this ticket; `None` where there is none, any more.
    pub(super) fn follow(
        &mut self,
        ticket: &str,
        now: Instant,
    ) -> Option<(watch::Receiver<Option<bool>>, Duration)> {
        self.expire(now);
        let asking = self.asking.iter().find(|asking| asking.has(ticket))?;
        Some((asking.answer.subscribe(), asking.until.saturating_duration_since(now)))
    }

    /// The one with this ticket.
    pub(super) fn with_ticket(&mut self, ticket: &str) -> Option<&mut Asking> {
        self.asking.iter_mut().find(|asking| asking.has(ticket))
    }
}

impl Attempt<'_> {
    fn fits(self, code: &Code) -> bool {
        match self {
            Attempt::Secret(secret) => secret.ct_eq(&code.secret).into(),
            Attempt::Digits(digits) => digits.as_bytes().ct_eq(code.digits.as_bytes()).into(),
            Attempt::Proof { nonce, binding, name, proof } => {
                same_text(&Pairing::app_proof(&code.secret, nonce, binding, name), proof)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wire::Scope;
    use wire::limits::CODE_TRIES_IN_ALL;
    use wire::proof::hex;

    use super::super::approvals::Device;
    use super::*;

    const PHONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 64));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 99));
    const SECRET: [u8; 16] = [1; 16];

    const VIEW: Rights = Rights::programs(Scope::View);

    fn decision(n: u8, allow: bool) -> PairingDecision {
        PairingDecision { id: hex(&[n; 8]), allow, scope: None, arguments: None }
    }

    fn code() -> Code {
        Code { secret: SECRET, digits: "417902".to_owned() }
    }

    fn showing(now: Instant) -> Codes {
        let mut codes = Codes::default();
        codes.show(code(), VIEW, now);
        codes
    }

    #[test]
    fn a_code_is_good_once_by_any_of_its_forms() {
        let now = Instant::now();
        let (nonce, name, binding) = (&"0a".repeat(32), "Laptop", ChannelBinding::Plain);
        let proof = Pairing::app_proof(&SECRET, nonce, binding, name);
        let forms = [
            Attempt::Secret(&SECRET),
            Attempt::Digits("417902"),
            Attempt::Proof { nonce, binding, name, proof: &proof },
        ];
        for form in forms {
            let mut codes = showing(now);
            assert_eq!(codes.redeem(form, PHONE, now).map(|shown| shown.rights), Ok(VIEW), "{form:?}");
            for again in [Attempt::Secret(&SECRET), Attempt::Digits("417902")] {
                assert_eq!(codes.redeem(again, PHONE, now).unwrap_err(), Refusal::Used, "{form:?}");
            }
            assert!(codes.shown(now).is_none());
        }
    }

    #[test]
    fn a_code_ends_after_five_minutes_and_with_the_next() {
        let now = Instant::now();
        let late = now + CODE_LASTS;
        let mut codes = showing(now);
        assert!(codes.shown(late - Duration::from_millis(1)).is_some() && codes.shown(late).is_none());
        assert_eq!(codes.redeem(Attempt::Secret(&SECRET), PHONE, late).unwrap_err(), Refusal::Ended);
        assert_eq!(codes.redeem(Attempt::Digits("000000"), PHONE, late).unwrap_err(), Refusal::NoCode);
        let mut codes = showing(now);
        codes.show(Code { secret: [2; 16], digits: "111111".to_owned() }, VIEW, now);
        assert_eq!(codes.redeem(Attempt::Secret(&SECRET), PHONE, now).unwrap_err(), Refusal::Ended);
        assert!(codes.redeem(Attempt::Secret(&[2; 16]), PHONE, now).is_ok());
    }

    #[test]
    fn who_guesses_waits_and_keeps_nobody_else_out() {
        let now = Instant::now();
        let mut codes = showing(now);
        for left in [4, 3, 2, 1] {
            let guess = codes.redeem(Attempt::Digits("000000"), OTHER, now).unwrap_err();
            assert_eq!(guess, Refusal::Wrong(left));
        }
        for right in ["000000", "417902"] {
            let guess = codes.redeem(Attempt::Digits(right), OTHER, now).unwrap_err();
            assert!(matches!(guess, Refusal::Waits(_)), "{guess:?}");
        }
        assert!(codes.redeem(Attempt::Digits("417902"), PHONE, now).is_ok());
    }

    #[test]
    fn wrong_digits_never_block_a_link_and_wrong_links_no_digits() {
        let now = Instant::now();
        for guessers in [1, CODE_TRIES_IN_ALL] {
            let mut codes = showing(now);
            for n in 0..CODE_TRIES_IN_ALL {
                let guesser = IpAddr::from([10, 0, 0, (n % guessers) as u8]);
                assert!(codes.redeem(Attempt::Digits("000000"), guesser, now).is_err());
            }
            let guesser = IpAddr::from([10, 0, 0, 0]);
            assert!(matches!(
                codes.redeem(Attempt::Digits("417902"), guesser, now),
                Err(Refusal::Waits(_) | Refusal::Paused(_))
            ));
            assert_eq!(codes.digits_pause(now).is_some(), guessers > 1);
            assert!(codes.redeem(Attempt::Secret(&SECRET), guesser, now).is_ok());
        }
        let mut codes = showing(now);
        for n in 2..100 {
            assert_eq!(codes.redeem(Attempt::Secret(&[n; 16]), PHONE, now).unwrap_err(), Refusal::WrongLink);
        }
        assert!(codes.redeem(Attempt::Digits("417902"), PHONE, now).is_ok());
        assert_eq!(codes.redeem(Attempt::Secret(&[9; 16]), PHONE, now).unwrap_err(), Refusal::NoCode);
    }

    #[test]
    fn who_typed_the_digits_waits_for_an_answer() {
        let now = Instant::now();
        let mut codes = Codes::default();
        let device = || Device { name: "Phone".to_owned(), client: "Safari on iPhone".to_owned() };
        let mut tickets = Vec::new();
        for n in 0..=PAIRING_REQUESTS as u8 {
            let asking = Asking::new(&[n; 8], hex(&[n; 16]), device(), PHONE, VIEW, now);
            tickets.extend(codes.ask(asking, now).map(|asker| asker.ticket));
        }
        assert_eq!(codes.asking(now).count(), PAIRING_REQUESTS);
        assert!(codes.follow(&tickets[0], now).is_none(), "the oldest gave way");
        let (answer, left) = codes.follow(&tickets[1], now).unwrap();
        assert_eq!((*answer.borrow(), left), (None, CODE_LASTS));
        assert!(codes.answer(&decision(1, true), now));
        assert!(!codes.answer(&decision(1, false), now), "answered once");
        assert_eq!(*answer.borrow(), Some(true));
        assert_eq!(codes.with_ticket(&tickets[1]).unwrap().name, "Phone");
        assert!(codes.with_ticket(&hex(&[99; 16])).is_none());
        assert_eq!(codes.asking(now + CODE_LASTS).count(), 0, "nobody waits for ever");
    }

    fn compared(n: u8, address: IpAddr, now: Instant) -> Asking {
        let ends = wire::proof::comparison::Comparison {
            app_key: "",
            app_nonce: "",
            machine_key: "",
            machine_nonce: "",
            binding: ChannelBinding::Plain,
            app_name: "",
            machine_id: "",
            machine_name: "",
        };
        let device = Device { name: format!("Laptop {n}"), client: "Sightline".to_owned() };
        let asking =
            Asking::new(&[n; 8], hex(&[n; 16]), device, address, Rights::programs(Scope::Processes), now);
        asking.comparing(ends.compare(&[n; 32]))
    }

    #[test]
    fn a_comparison_that_nobody_agreed_to_counts_as_a_wrong_code() {
        let (now, mut codes) = (Instant::now(), Codes::default());
        codes.ask(compared(0, OTHER, now), now);
        codes.ask(compared(1, OTHER, now), now);
        // One was refused, one is given up, one gives way to the next but one, and two are not answered.
        assert!(codes.answer(&decision(0, false), now));
        codes.ask(compared(2, OTHER, now), now);
        assert!(codes.give_up(&hex(&[1; 16]), now) && !codes.give_up(&hex(&[1; 16]), now));
        codes.ask(compared(3, OTHER, now), now);
        codes.ask(compared(4, OTHER, now), now);
        assert_eq!(codes.asking(now).count(), COMPARED_PER_ADDRESS);
        assert_eq!(codes.waits(OTHER, now), None, "three times");
        let late = now + CODE_LASTS;
        assert!(codes.waits(OTHER, late).is_some(), "five times");
        assert_eq!(codes.waits(PHONE, late), None);
        let unanswered: Vec<_> = codes.unanswered(late).into_iter().map(|(name, _)| name).collect();
        assert_eq!(unanswered, ["Laptop 1", "Laptop 2", "Laptop 3", "Laptop 4"]);
        assert!(codes.unanswered(late).is_empty());
    }

    #[test]
    fn who_knows_no_code_pushes_nobody_out_who_does() {
        let (now, mut codes) = (Instant::now(), Codes::default());
        let device = Device { name: "Phone".to_owned(), client: "Safari on iPhone".to_owned() };
        codes.ask(Asking::new(&[99; 8], hex(&[99; 16]), device, PHONE, VIEW, now), now);
        for n in 0..100 {
            codes.ask(compared(n, IpAddr::from([10, 0, 0, n]), now), now);
        }
        let waiting: Vec<_> = codes.asking(now).map(|asking| asking.name.clone()).collect();
        assert_eq!(waiting.len(), 1 + PAIRING_REQUESTS);
        assert_eq!((waiting[0].as_str(), waiting[1].as_str()), ("Phone", "Laptop 0"), "who is there stays");
        // Of hosts that ask equally often the network with most gives way: whoever floods it from many addresses.
        let (mut codes, guest) = (Codes::default(), IpAddr::from([192, 168, 1, 64]));
        codes.ask(compared(200, guest, now), now);
        for n in 0..100 {
            codes.ask(compared(n, IpAddr::from([10, 0, 0, n]), now), now);
        }
        assert!(codes.asking(now).any(|asking| asking.address == guest));
        // Who has to give way did not get what was wanted: that is a failed try.
        for n in 0..20 {
            codes.ask(compared(n, IpAddr::from([10, 0, 0, 7]), now), now);
        }
        assert!(codes.waits(IpAddr::from([10, 0, 0, 7]), now).is_some());
    }

    #[test]
    fn a_yes_may_give_something_else_and_clears_what_was_counted() {
        let (now, mut codes) = (Instant::now(), Codes::default());
        for _ in 0..4 {
            codes.strike(OTHER, now);
        }
        codes.ask(compared(1, OTHER, now), now);
        let other =
            PairingDecision { scope: Some(Scope::Control), arguments: Some(true), ..decision(1, true) };
        assert!(codes.answer(&other, now));
        assert_eq!(codes.with_ticket(&hex(&[1; 16])).unwrap().rights, Rights::whole(Scope::Control));
        codes.strike(OTHER, now);
        assert_eq!(codes.waits(OTHER, now), None);
        assert!(codes.unanswered(now + CODE_LASTS).is_empty(), "it was answered");
    }
}
