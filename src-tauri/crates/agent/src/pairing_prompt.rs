//! State machine of `pair` while it waits in the terminal: states of sharing go in, the next prompt comes out.
//! No clock and no terminal: the time is a parameter.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use wire::limits::PAIRING_ANSWER;
use wire::sharing::{PairingRequest, Sharing, ViewerInfo};

/// Longest time between the end of a code that was used and the report of its result.
const AFTERMATH: Duration = Duration::from_secs(1);

/// Waits for a device.
#[derive(Debug)]
pub(crate) struct PairingPrompt {
    /// Ids of the devices that are not new.
    known: HashSet<String>,
    /// Ids of the requests that were answered here.
    answered: HashSet<String>,
    sharing: Sharing,
    /// Digits of the code that is shown.
    digits: String,
    /// How long it is valid.
    good_until: Option<Instant>,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    /// A code is shown, and is valid so long.
    Shown { until: Instant },
    /// The report has it no more; how long it would have been valid.
    Missing { until: Instant, since: Instant },
    /// A result is expected by then; else it is over for this reason.
    Expecting { until: Instant, why: Why },
    /// The owner is asked.
    Asking(PairingRequest),
    /// Nothing is waited for.
    Over,
}

/// What there is to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// These devices are paired: all is done.
    Paired(Vec<ViewerInfo>),
    /// Ask about this device.
    Ask(PairingRequest),
    /// The device that was asked about does not wait any more.
    NoLonger(PairingRequest),
    /// A device that does not use the code was not paired; the code is valid as before.
    Goes(Why),
    /// The code is not valid any more.
    Over(Why),
}

/// Why a code is not valid any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// Its time is over.
    Late,
    /// It was used, or another one is shown in its place.
    Gone,
    /// The device that used it was refused.
    Refused,
    /// The device that used it did not come back.
    NotBack,
}

impl PairingPrompt {
    /// Nothing is shown yet; the devices that `before` has are not new.
    pub(crate) fn new(before: Sharing) -> Self {
        let known = before.viewers.iter().map(|viewer| viewer.id.clone()).collect();
        let (answered, digits) = (HashSet::new(), String::new());
        Self { known, answered, sharing: before, digits, good_until: None, phase: Phase::Over }
    }

    /// The code that `sharing` has is shown from now on.
    pub(crate) fn show(&mut self, sharing: Sharing, now: Instant) {
        if let Some(invitation) = &sharing.invitation {
            let until = now + Duration::from_millis(invitation.left_ms);
            self.digits = invitation.digits.clone();
            self.good_until = Some(until);
            self.phase = Phase::Shown { until };
        }
        self.sharing = sharing;
    }

    /// Sets the present state of sharing.
    pub(crate) fn set_sharing(&mut self, sharing: Sharing) {
        self.sharing = sharing;
    }

    /// The device that is asked about.
    pub(crate) fn asking(&self) -> Option<&PairingRequest> {
        if let Phase::Asking(request) = &self.phase { Some(request) } else { None }
    }

    /// Whether nothing is waited for, so that a new code can be shown.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    /// Whether the code that is shown could still be used.
    pub(crate) fn is_good(&self) -> bool {
        self.sharing.invitation.as_ref().is_some_and(|invitation| invitation.digits == self.digits)
    }

    /// The question was answered.
    pub(crate) fn answer(&mut self, allow: bool, now: Instant) {
        let Phase::Asking(request) = &self.phase else { return };
        self.answered.insert(request.id.clone());
        self.phase = match allow {
            true => Phase::Expecting { until: now + PAIRING_ANSWER, why: Why::NotBack },
            false => Phase::Expecting { until: now, why: Why::Refused },
        };
    }

    /// When there is something to do even without another report.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Shown { until } | Phase::Expecting { until, .. } => Some(until),
            Phase::Missing { since, .. } => Some(since + AFTERMATH),
            Phase::Asking(_) | Phase::Over => None,
        }
    }

    /// The next step; to be called until there is none.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Next> {
        let new: Vec<_> =
            self.sharing.viewers.iter().filter(|viewer| !self.known.contains(&viewer.id)).cloned().collect();
        if !new.is_empty() {
            self.known.extend(new.iter().map(|viewer| viewer.id.clone()));
            self.phase = Phase::Over;
            return Some(Next::Paired(new));
        }
        if let Phase::Asking(request) = &self.phase {
            if self.sharing.requests.contains(request) {
                return None;
            }
            let request = request.clone();
            self.answered.insert(request.id.clone());
            self.phase =
                self.as_before().unwrap_or(Phase::Expecting { until: now + AFTERMATH, why: Why::Gone });
            return Some(Next::NoLonger(request));
        }
        if let Some(request) =
            self.sharing.requests.iter().find(|request| !self.answered.contains(&request.id))
        {
            self.phase = Phase::Asking(request.clone());
            return Some(Next::Ask(request.clone()));
        }
        match self.phase {
            Phase::Shown { until } if until <= now => self.end(Why::Late),
            Phase::Shown { until } if !self.is_good() => {
                self.phase = Phase::Missing { until, since: now };
                None
            }
            // The report is from before the code.
            Phase::Missing { until, .. } if self.is_good() => {
                self.phase = Phase::Shown { until };
                None
            }
            Phase::Missing { since, .. } if since + AFTERMATH <= now => self.end(Why::Gone),
            Phase::Expecting { until, why } if until <= now => match self.as_before() {
                Some(phase) => {
                    self.phase = phase;
                    Some(Next::Goes(why))
                }
                None => self.end(why),
            },
            _ => None,
        }
    }

    /// The code is shown as before, where it is: a device whose digits were compared did not use it up.
    fn as_before(&self) -> Option<Phase> {
        self.good_until.filter(|_| self.is_good()).map(|until| Phase::Shown { until })
    }

    fn end(&mut self, why: Why) -> Option<Next> {
        self.phase = Phase::Over;
        Some(Next::Over(why))
    }
}

#[cfg(test)]
mod tests {
    use wire::Scope;
    use wire::sharing::{Invitation, ViewerKind};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn showing(digits: &str) -> Sharing {
        let invitation = Invitation {
            link: None,
            qr: Vec::new(),
            digits: digits.to_owned(),
            digits_paused_ms: 0,
            scope: Scope::View,
            arguments: false,
            lasts_ms: 300_000,
            left_ms: 300_000,
        };
        Sharing { invitation: Some(invitation), ..Sharing::default() }
    }

    fn request(id: &str) -> PairingRequest {
        let (name, client) = ("Phone".to_owned(), "Safari on iPhone".to_owned());
        PairingRequest {
            id: id.to_owned(),
            name,
            client,
            address: "192.168.1.64".to_owned(),
            scope: Scope::View,
            arguments: false,
            compare: None,
        }
    }

    fn viewer(id: &str) -> ViewerInfo {
        ViewerInfo {
            id: id.to_owned(),
            name: "Phone".to_owned(),
            kind: ViewerKind::Browser,
            client: "Safari on iPhone".to_owned(),
            address: None,
            scope: Scope::View,
            arguments: false,
            paired_at_ms: 0,
            last_seen_at_ms: None,
            connected: 0,
        }
    }

    fn begun(now: Instant) -> PairingPrompt {
        let mut prompt = PairingPrompt::new(Sharing { viewers: vec![viewer("old")], ..Sharing::default() });
        prompt.show(Sharing { viewers: vec![viewer("old")], ..showing("417902") }, now);
        assert_eq!(prompt.next(now), None);
        prompt
    }

    #[test]
    fn who_types_the_digits_is_asked_about_and_is_paired_after_a_yes() {
        let now = Instant::now();
        let mut prompt = begun(now);
        let asked =
            Sharing { requests: vec![request("r")], viewers: vec![viewer("old")], ..Sharing::default() };
        prompt.set_sharing(asked.clone());
        assert_eq!(prompt.next(now), Some(Next::Ask(request("r"))));
        assert_eq!(prompt.next(now), None, "asked once");
        prompt.answer(true, now);
        assert_eq!(prompt.next(now), None, "the list is older than the answer");
        prompt.set_sharing(Sharing { viewers: vec![viewer("old"), viewer("new")], ..Sharing::default() });
        assert_eq!(prompt.next(now), Some(Next::Paired(vec![viewer("new")])));
        assert!(prompt.is_over());
    }

    #[test]
    fn a_code_that_was_used_is_not_called_ended_before_its_user_is_there() {
        let now = Instant::now();
        let mut prompt = begun(now);
        prompt.set_sharing(Sharing { viewers: vec![viewer("old")], ..Sharing::default() });
        assert_eq!(prompt.next(now), None);
        assert_eq!(prompt.deadline(), Some(now + AFTERMATH));
        prompt.set_sharing(Sharing { viewers: vec![viewer("old"), viewer("app")], ..Sharing::default() });
        assert_eq!(prompt.next(now), Some(Next::Paired(vec![viewer("app")])));
    }

    #[test]
    fn every_end_has_its_reason() {
        let now = Instant::now();
        let mut late = begun(now);
        assert_eq!(late.next(now + 299 * SECOND), None);
        assert_eq!(late.next(now + 300 * SECOND), Some(Next::Over(Why::Late)));
        let mut replaced = begun(now);
        replaced.set_sharing(Sharing { viewers: vec![viewer("old")], ..showing("000000") });
        assert_eq!(replaced.next(now), None);
        assert_eq!(replaced.next(now + AFTERMATH), Some(Next::Over(Why::Gone)));
        for (allow, wait, why) in
            [(false, Duration::ZERO, Why::Refused), (true, PAIRING_ANSWER, Why::NotBack)]
        {
            let mut prompt = begun(now);
            let waiting =
                Sharing { requests: vec![request("r")], viewers: vec![viewer("old")], ..Sharing::default() };
            prompt.set_sharing(waiting);
            assert_eq!(prompt.next(now), Some(Next::Ask(request("r"))));
            prompt.answer(allow, now);
            assert_eq!(prompt.next(now + wait), Some(Next::Over(why)));
            assert!(prompt.is_over() && prompt.next(now + wait).is_none());
        }
    }

    #[test]
    fn a_device_that_did_without_the_code_does_not_use_it_up() {
        let now = Instant::now();
        let later = now + 100 * SECOND;
        let asks = PairingRequest { compare: Some("418302".to_owned()), ..request("r") };
        let told = Sharing { viewers: vec![viewer("old")], ..showing("417902") };
        let asked = Sharing { requests: vec![asks.clone()], ..told.clone() };
        for (allow, wait, why) in
            [(false, Duration::ZERO, Why::Refused), (true, PAIRING_ANSWER, Why::NotBack)]
        {
            let mut prompt = begun(now);
            prompt.set_sharing(asked.clone());
            assert_eq!(prompt.next(now), Some(Next::Ask(asks.clone())));
            prompt.set_sharing(told.clone());
            prompt.answer(allow, later);
            assert_eq!(prompt.next(later + wait), Some(Next::Goes(why)));
            assert_eq!(prompt.next(later + wait), None);
            assert_eq!(prompt.next(now + 300 * SECOND), Some(Next::Over(Why::Late)), "no longer than before");
        }
        let mut prompt = begun(now);
        prompt.set_sharing(asked);
        assert_eq!(prompt.next(now), Some(Next::Ask(asks.clone())));
        prompt.set_sharing(told);
        assert_eq!(prompt.next(later), Some(Next::NoLonger(asks)));
        assert_eq!((prompt.next(later), prompt.deadline()), (None, Some(now + 300 * SECOND)));
    }

    #[test]
    fn what_is_told_from_before_the_code_does_not_end_it() {
        let now = Instant::now();
        let mut prompt = begun(now);
        prompt.set_sharing(Sharing { viewers: vec![viewer("old")], ..showing("111111") });
        assert_eq!(prompt.next(now), None);
        prompt.set_sharing(Sharing { viewers: vec![viewer("old")], ..showing("417902") });
        assert_eq!(prompt.next(now), None);
        assert!(prompt.is_good());
        assert_eq!(prompt.next(now + AFTERMATH), None);
        assert_eq!(prompt.next(now + 300 * SECOND), Some(Next::Over(Why::Late)));
    }

    #[test]
    fn a_question_that_was_answered_elsewhere_is_not_asked_any_more() {
        let now = Instant::now();
        let mut prompt = begun(now);
        let mut told = Sharing { viewers: vec![viewer("old")], ..showing("417902") };
        told.requests = vec![request("r"), request("s")];
        prompt.set_sharing(told.clone());
        assert_eq!(prompt.next(now), Some(Next::Ask(request("r"))));
        told.requests.remove(0);
        prompt.set_sharing(told);
        assert_eq!(prompt.next(now), Some(Next::NoLonger(request("r"))));
        assert_eq!(prompt.next(now), Some(Next::Ask(request("s"))), "the next in line");
    }
}
