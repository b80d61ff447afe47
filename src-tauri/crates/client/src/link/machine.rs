//! The state machine of a link, without a socket, a timer or a clock: [`Machine::step`] takes one event and returns
//! actions. The driver ([`super`]) performs them.
//!
//! The page's client (`ui/src/link/link-machine.ts`) is the same state machine. Both run the scenarios of
//! `wire/golden/link.jsonl`: a change of behaviour is a change there, and in both.

#[cfg(test)]
mod scenario;

use wire::Goodbye;
use wire::diagnosis::{Diagnosis, Probe};
use wire::link::{FAILED_UPGRADES, POLL_EVERY};
use wire::message::ChannelInfo;

use super::addresses::AddressBook;
use super::attempt::nowhere;
use super::availability::Absence;
use super::backoff::{HEALTHY_AFTER_MS, backoff_ms};
use super::state::{Action, Config, End, EndKind, Event, Phase, Poll, Round, Shown};
use super::watchdog::Watch;
use crate::address::Address;
use crate::probe;

/// A handshake that takes longer is given up; sooner, where there is another address to try. Milliseconds.
const HANDSHAKE_MS: u64 = 8_000;
const HANDSHAKE_OF_MANY_MS: u64 = 3_000;
/// How often a machine is polled, milliseconds.
const POLL_MS: u64 = POLL_EVERY.as_millis() as u64;
/// Announcements that come faster, which are unauthenticated, count as one. Milliseconds.
const HURRY_EVERY_MS: u64 = 2_000;
/// The machine ends the session so that it begins anew with another scope (`changed`), by a goodbye or a close code.
const RESTART_CODE: u16 = 1012;
/// A session that was shorter is not opened again at once, so that a machine which closes every session is not flooded.
const RESTART_AFTER_MS: u64 = 1_000;
/// Proofs that have to be refused in a row before the token counts as unknown: one that was too late, because a program
/// or a keyring was busy, is refused with the same code.
const REFUSALS: u32 = 5;
/// A machine that said goodbye may answer for so long, until it has left. Milliseconds.
const LEAVING_MS: u64 = 10_000;
/// A machine of another version is tried so seldom: it may be updated. Milliseconds.
const VERSION_RETRY_MS: u64 = 60_000;

/// One link. Times are milliseconds since it began.
#[derive(Debug)]
pub(super) struct Machine {
    config: Config,
    phase: Phase,
    shown: Shown,
    addresses: AddressBook,
    /// The one that is tried or used, or was last.
    address: Address,
    backoff: u32,
    /// Rounds that failed in a row, sessions that never began, and proofs in a row that were not taken.
    tries: u32,
    failures: u32,
    refused: u32,
    /// It is tried again by the clock after a last state, which is not told a second time.
    again: bool,
    /// Why it is away, for people.
    why: Probe,
    heard_ms: Option<u64>,
    /// Its goodbye, and when.
    goodbye: Option<(Goodbye, Option<u64>)>,
    /// When it last said that it leaves, in a session or before one.
    leaving_ms: Option<u64>,
    impostor: Option<Option<String>>,
    /// When what is shown changes with time alone.
    turn_at_ms: Option<u64>,
    hurried_ms: Option<u64>,
    /// The machine asked not to be tried before.
    not_before_ms: u64,
    answers_http: Option<bool>,
    poll: Poll,
    actions: Vec<Action>,
}

/// Goodbyes after which nothing is tried until someone acts, or an update may have ended it.
const fn is_last(reason: Goodbye) -> bool {
    matches!(reason, Goodbye::Revoked | Goodbye::Unauthorized | Goodbye::Protocol | Goodbye::TooLarge)
}

/// Goodbyes of a machine that went away on purpose.
const fn is_quiet(reason: Goodbye) -> bool {
    matches!(reason, Goodbye::Shutdown | Goodbye::Suspend | Goodbye::Update)
}

/// An update here or there ends this state.
const fn ends_with_update(shown: &Shown) -> bool {
    matches!(
        shown,
        Shown::Incompatible(_) | Shown::Ended { reason: Goodbye::Protocol | Goodbye::TooLarge, .. }
    )
}

impl Machine {
    pub(super) fn new(config: Config) -> Self {
        Self {
            phase: Phase::Idle,
            shown: Shown::Connecting,
            addresses: AddressBook::new(config.addresses.clone()),
            address: Address::new("", 0),
            backoff: 0,
            tries: 0,
            failures: 0,
            refused: 0,
            again: false,
            why: nowhere(),
            heard_ms: None,
            goodbye: config.goodbye.filter(|reason| is_quiet(*reason)).map(|reason| (reason, config.seen_ms)),
            leaving_ms: None,
            impostor: None,
            turn_at_ms: None,
            hurried_ms: None,
            not_before_ms: 0,
            answers_http: None,
            poll: Poll::default(),
            actions: Vec::new(),
            config,
        }
    }

    /// Handles `event` at `now_ms`, and returns actions. `random` returns a number from 0 to 1 for each wait.
    pub(super) fn step(&mut self, event: Event, now_ms: u64, random: impl Fn() -> f64) -> Vec<Action> {
        match (event, &mut self.phase) {
            (_, Phase::Closed) => {}
            (Event::Start, _) => self.connect(now_ms),
            (Event::Connected(channels), Phase::Attempting { .. }) => self.connected(&channels, now_ms),
            (Event::Heard(at_ms), Phase::Live { watch, .. }) => {
                watch.received(at_ms);
                self.heard_ms = self.heard_ms.max(Some(at_ms));
            }
            (Event::Goodbye(reason), Phase::Live { goodbye, .. }) => {
                *goodbye = Some(reason);
                self.goodbye = Some((reason, Some(now_ms)));
                self.says_goodbye(reason, now_ms);
            }
            (Event::Goodbye(reason), Phase::Attempting { goodbye, .. }) => {
                *goodbye = Some(reason);
                self.says_goodbye(reason, now_ms);
            }
            (Event::Ended(end), _) => self.ended(end, now_ms, &random),
            (Event::Sent(message), Phase::Live { watch, .. }) => watch.sent(&message, now_ms),
            (Event::Time, _) => self.time(now_ms, &random),
            (Event::Announced(addresses), _) => self.announced(addresses, now_ms),
            (Event::Polled(number), _) if self.poll.asks && number == self.poll.number => self.polled(now_ms),
            (Event::PollFailed { poll, unauthorized }, _) if self.poll.asks && poll == self.poll.number => {
                self.poll_failed(unauthorized, now_ms);
            }
            (Event::Close, _) => {
                self.release(true, now_ms);
                self.poll_stop();
                self.turn_at_ms = None;
                self.phase = Phase::Closed;
            }
            _ => {}
        }
        std::mem::take(&mut self.actions)
    }

    /// When [`Event::Time`] is due; `None`: nothing is waited for.
    pub(super) fn due_ms(&self) -> Option<u64> {
        let phase = match &self.phase {
            Phase::Attempting { until_ms, .. } => Some(*until_ms),
            Phase::Waiting { retry_at_ms } => Some(*retry_at_ms),
            Phase::Live { watch, .. } => Some(watch.due_ms()),
            Phase::Last { retry_at_ms } => *retry_at_ms,
            Phase::Idle | Phase::Closed => None,
        };
        [phase, self.turn_at_ms, self.poll.next_at_ms].into_iter().flatten().min()
    }

    /// When it is tried next; `None`: it is tried now, or never.
    pub(super) fn retry_at_ms(&self) -> Option<u64> {
        match self.phase {
            Phase::Waiting { retry_at_ms } => Some(retry_at_ms),
            _ => None,
        }
    }

    /// A poll is to be answered.
    pub(super) fn polls(&self) -> bool {
        self.poll.asks
    }

    /// Why it is away, for people.
    pub(super) fn why(&self) -> &Probe {
        &self.why
    }

    // Attempts.

    fn start_over(&mut self, now_ms: u64) {
        self.backoff = 0;
        self.again = false;
        self.release(true, now_ms);
        self.connect(now_ms);
    }

    /// Begins a round.
    fn connect(&mut self, now_ms: u64) {
        self.impostor = None;
        self.try_next(Round { rest: self.addresses.round().into(), ..Round::default() }, now_ms);
    }

    fn try_next(&mut self, mut round: Round, now_ms: u64) {
        self.address = round.rest.pop_front().unwrap_or_else(|| Address::new("", 0));
        let timeout_ms = if round.rest.is_empty() { HANDSHAKE_MS } else { HANDSHAKE_OF_MANY_MS };
        self.phase =
            Phase::Attempting { round: Box::new(round), until_ms: now_ms + timeout_ms, goodbye: None };
        self.actions.push(Action::Open(self.address.clone()));
    }

    fn connected(&mut self, channels: &[ChannelInfo], now_ms: u64) {
        self.poll_stop();
        (self.turn_at_ms, self.goodbye, self.answers_http) = (None, None, None);
        self.addresses.worked(&self.address);
        (self.tries, self.failures, self.refused) = (0, 0, 0);
        self.heard_ms = Some(now_ms);
        self.phase = Phase::Live { since_ms: now_ms, watch: Watch::new(channels, now_ms), goodbye: None };
        self.show_as(Shown::Live(self.address.clone()));
    }

    /// Closes the connection, if there is one.
    fn release(&mut self, close: bool, now_ms: u64) {
        match self.phase {
            Phase::Live { since_ms, .. } if now_ms.saturating_sub(since_ms) >= HEALTHY_AFTER_MS => {
                self.backoff = 0
            }
            Phase::Live { .. } | Phase::Attempting { .. } => {}
            _ => return,
        }
        if close {
            self.actions.push(Action::Close);
        }
        self.phase = Phase::Idle;
    }

    fn ended(&mut self, End { kind, why }: End, now_ms: u64, random: &impl Fn() -> f64) {
        let phase = self.phase.clone();
        let (round, goodbye, up_ms) = match phase {
            Phase::Attempting { round, goodbye, .. } => (Some(*round), goodbye, 0),
            Phase::Live { since_ms, goodbye, .. } => (None, goodbye, now_ms.saturating_sub(since_ms)),
            _ => return,
        };
        self.release(false, now_ms);
        match kind {
            EndKind::Closed { code, .. }
                if up_ms >= RESTART_AFTER_MS
                    && (goodbye == Some(Goodbye::Changed) || goodbye.is_none() && code == RESTART_CODE) =>
            {
                self.goodbye = None;
                self.show_as(Shown::Connecting);
                self.connect(now_ms);
            }
            EndKind::Closed { told, .. } => match goodbye.filter(|reason| *reason != Goodbye::Changed) {
                Some(reason) => self.left(reason, round, now_ms, random),
                None => self.lost(round, why, told, None, now_ms, random),
            },
            EndKind::Lost { told, blocked, retry_after_ms } => {
                if let Some(wait_ms) = retry_after_ms {
                    self.not_before_ms = self.not_before_ms.max(now_ms + wait_ms);
                }
                self.lost(round, why, told, blocked, now_ms, random);
            }
            EndKind::ToPair => self.refuse(round, Shown::ToPair, why, now_ms, random),
            EndKind::Incompatible(theirs) => {
                self.refuse(round, Shown::Incompatible(theirs), why, now_ms, random);
            }
            EndKind::WrongMachine(found) => {
                // Another machine says nothing about the right one.
                if found.is_none() && self.addresses.knows(&self.address) {
                    self.runs(now_ms);
                }
                self.impostor = Some(found);
                self.missed(round, why, true, now_ms, random);
            }
        }
    }

    /// The machine said goodbye, and closed the connection.
    fn left(&mut self, reason: Goodbye, round: Option<Round>, now_ms: u64, random: &impl Fn() -> f64) {
        let why = probe::ended(&self.address, reason);
        if reason == Goodbye::Unauthorized && round.is_some() && self.config.proven {
            self.refused += 1;
            if self.refused < REFUSALS {
                self.missed(round, why, true, now_ms, random);
                return;
            }
        }
        if is_last(reason) {
            let at_ms = round.is_none().then_some(now_ms);
            self.refuse(round, Shown::Ended { reason, at_ms }, why, now_ms, random);
            return;
        }
        if is_quiet(reason) {
            self.goodbye.get_or_insert((reason, None));
        }
        self.missed(round, why, true, now_ms, random);
    }

    fn lost(
        &mut self,
        round: Option<Round>,
        why: Probe,
        told: bool,
        blocked: Option<bool>,
        now_ms: u64,
        random: &impl Fn() -> f64,
    ) {
        let round = round.map(|round| {
            if blocked != Some(false) {
                self.failures += 1;
            }
            let blocked = match (round.blocked, blocked) {
                (known, None) => known,
                (known, Some(blocked)) => Some(blocked || known.unwrap_or(false)),
            };
            Round { blocked, ..round }
        });
        self.missed(round, why, told, now_ms, random);
    }

    /// This address failed: the next one, or a pause. `round` is `None` where a session broke, which begins a round of
    /// its own.
    fn missed(
        &mut self,
        round: Option<Round>,
        why: Probe,
        told: bool,
        now_ms: u64,
        random: &impl Fn() -> f64,
    ) {
        let Some(mut round) = round else {
            self.because(why, true, now_ms);
            self.wait(now_ms, random);
            return;
        };
        if round.why.is_none() || told && !round.told {
            (round.why, round.told) = (Some(why), told);
            round.known = self.addresses.knows(&self.address);
        }
        self.next(round, now_ms, random);
    }

    /// The other addresses are tried all the same: a refusal is unauthenticated. At an address that is only announced, it
    /// is ignored. In a session that was authenticated, it is the machine's.
    fn refuse(
        &mut self,
        round: Option<Round>,
        shown: Shown,
        why: Probe,
        now_ms: u64,
        random: &impl Fn() -> f64,
    ) {
        match round {
            None => self.end(shown, why, now_ms),
            Some(round) if self.addresses.knows(&self.address) => {
                let last = round.last.clone().or(Some((shown, why)));
                self.next(Round { last, ..round }, now_ms, random);
            }
            round => self.missed(round, why, true, now_ms, random),
        }
    }

    fn next(&mut self, round: Round, now_ms: u64, random: &impl Fn() -> f64) {
        if !round.rest.is_empty() {
            self.try_next(round, now_ms);
            return;
        }
        if let Some((shown, why)) = round.last {
            self.end(shown, why, now_ms);
            return;
        }
        if let Some(blocked) = round.blocked {
            self.answers_http = Some(blocked);
            if !blocked {
                self.failures = 0;
                self.poll_stop();
            }
        }
        if let Some(why) = round.why {
            self.because(why, round.known, now_ms);
        }
        self.wait(now_ms, random);
    }

    /// `why` it is away. A machine that runs again is not quiet any more; what an address says that is only announced
    /// proves nothing.
    fn because(&mut self, why: Probe, known: bool, now_ms: u64) {
        if known && why.diagnosis.is_running() {
            self.runs(now_ms);
        }
        self.why = why;
    }

    fn says_goodbye(&mut self, reason: Goodbye, now_ms: u64) {
        if is_quiet(reason) {
            self.leaving_ms = Some(now_ms);
        }
    }

    /// The machine was found running.
    fn runs(&mut self, now_ms: u64) {
        if self.leaving_ms.is_none_or(|at_ms| now_ms >= at_ms + LEAVING_MS) {
            self.goodbye = None;
        }
    }

    // Waiting.

    fn wait(&mut self, now_ms: u64, random: &impl Fn() -> f64) {
        self.tries += 1;
        let retry_at_ms = (now_ms + backoff_ms(self.backoff, random())).max(self.not_before_ms);
        self.backoff += 1;
        self.phase = Phase::Waiting { retry_at_ms };
        self.show(now_ms);
        if self.failures >= FAILED_UPGRADES && self.answers_http.unwrap_or(true) && !self.poll.runs {
            self.poll.runs = true;
            self.poll_now();
        }
    }

    fn end(&mut self, shown: Shown, why: Probe, now_ms: u64) {
        // It was no data: nothing that is shown can grow old from here.
        if shown == Shown::ToPair {
            self.heard_ms = None;
        }
        self.turn_at_ms = None;
        self.poll_stop();
        let retry_at_ms = ends_with_update(&shown).then_some(now_ms + VERSION_RETRY_MS);
        self.phase = Phase::Last { retry_at_ms };
        (self.why, self.goodbye, self.impostor) = (why, None, None);
        let same = match (&self.shown, &shown) {
            (Shown::Ended { reason: before, .. }, Shown::Ended { reason, .. }) => before == reason,
            (before, now) => before == now,
        };
        if !std::mem::take(&mut self.again) || !same {
            self.show_as(shown);
        }
    }

    fn announced(&mut self, addresses: Vec<Address>, now_ms: u64) {
        self.addresses.announced(addresses);
        if now_ms < self.not_before_ms {
            return;
        }
        let next_ms = self.hurried_ms.map_or(0, |hurried_ms| hurried_ms + HURRY_EVERY_MS);
        if now_ms < next_ms {
            // A wait ends no later than the next sign would be handled.
            if matches!(self.phase, Phase::Waiting { retry_at_ms } if retry_at_ms > next_ms) {
                self.phase = Phase::Waiting { retry_at_ms: next_ms };
                self.show(now_ms);
            }
            return;
        }
        self.hurried_ms = Some(now_ms);
        if matches!(self.phase, Phase::Live { .. }) {
            self.check(now_ms);
        } else {
            self.start_over(now_ms);
        }
    }

    fn time(&mut self, now_ms: u64, random: &impl Fn() -> f64) {
        if self.turn_at_ms.is_some_and(|at| now_ms >= at) {
            self.show(now_ms);
        }
        if self.poll.next_at_ms.is_some_and(|at| now_ms >= at) {
            self.poll_now();
        }
        match &self.phase {
            Phase::Waiting { retry_at_ms } if now_ms >= *retry_at_ms => self.connect(now_ms),
            Phase::Last { retry_at_ms: Some(retry_at_ms) } if now_ms >= *retry_at_ms => {
                self.again = true;
                self.connect(now_ms);
            }
            Phase::Attempting { until_ms, .. } if now_ms >= *until_ms => self.silent(now_ms, random),
            Phase::Live { watch, .. } if now_ms >= watch.due_ms() && watch.is_asked() => {
                self.silent(now_ms, random);
            }
            Phase::Live { watch, .. } if now_ms >= watch.due_ms() => self.check(now_ms),
            _ => {}
        }
    }

    fn silent(&mut self, now_ms: u64, random: &impl Fn() -> f64) {
        self.actions.push(Action::Close);
        let kind = EndKind::Lost { told: false, blocked: None, retry_after_ms: None };
        self.ended(End { kind, why: Probe::new(&self.address, Diagnosis::WentSilent) }, now_ms, random);
    }

    /// Pings now.
    fn check(&mut self, now_ms: u64) {
        if let Phase::Live { watch, .. } = &mut self.phase
            && !watch.is_asked()
        {
            watch.asked(now_ms);
            self.actions.push(Action::Ping);
        }
    }

    // What is shown.

    fn show_as(&mut self, shown: Shown) {
        self.shown = shown.clone();
        self.actions.push(Action::Show(shown));
    }

    /// Shows the state of a machine that is away.
    fn show(&mut self, now_ms: u64) {
        self.turn_at_ms = None;
        if self.poll.answers {
            return;
        }
        if let Some(found) = self.impostor.clone() {
            self.show_as(Shown::WrongMachine(found));
            return;
        }
        if let Some((reason, at_ms)) = self.goodbye.filter(|(reason, _)| is_quiet(*reason)) {
            if !matches!(self.shown, Shown::Ended { reason: shown, .. } if shown == reason) {
                self.show_as(Shown::Ended { reason, at_ms });
            }
            return;
        }
        let retry_at_ms = self.retry_at_ms().unwrap_or(now_ms);
        let (tries, heard_ms, seen_ms) = (self.tries, self.heard_ms, self.config.seen_ms);
        let absence = Absence { retry_at_ms, tries, heard_ms, seen_ms };
        self.show_as(absence.shown(now_ms));
        self.turn_at_ms = absence.turns_at_ms(now_ms);
    }

    // Without a WebSocket.

    fn poll_stop(&mut self) {
        self.poll = Poll { number: self.poll.number, ..Poll::default() };
    }

    fn poll_now(&mut self) {
        if self.poll.runs && !self.poll.asks {
            let number = self.poll.number + 1;
            self.poll = Poll { asks: true, next_at_ms: None, number, ..self.poll };
            self.actions.push(Action::Poll(number));
        }
    }

    fn polled(&mut self, now_ms: u64) {
        (self.turn_at_ms, self.goodbye) = (None, None);
        self.heard_ms = Some(now_ms);
        self.poll = Poll { asks: false, next_at_ms: Some(now_ms + POLL_MS), answers: true, ..self.poll };
        if self.shown != Shown::Polling {
            self.show_as(Shown::Polling);
        }
    }

    fn poll_failed(&mut self, unauthorized: bool, now_ms: u64) {
        let answered = self.poll.answers;
        self.poll_stop();
        if unauthorized {
            self.release(true, now_ms);
            self.end(Shown::ToPair, probe::ended(&self.address, Goodbye::Unauthorized), now_ms);
        } else if answered && matches!(self.phase, Phase::Waiting { .. }) {
            self.show(now_ms);
        }
    }
}
