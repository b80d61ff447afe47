//! What a failed attempt to open a session means for the link.

use wire::diagnosis::{Diagnosis, Probe};
use wire::limits::TEXT_CHARS;
use wire::text::harmless;
use wire::{Goodbye, PROTOCOL};

use super::state::{End, EndKind, Event};
use crate::address::Address;
use crate::probe;
use crate::stream::{Lost, OpenError};
use crate::tls::TlsTrouble;

/// The close code of a session that does not begin (RFC 6455).
const POLICY: u16 = 1008;

/// The events of a failed attempt, for [`super::machine`].
pub(super) fn events_of(error: &OpenError) -> Vec<Event> {
    let why = probe::of(error);
    let goodbye = match error {
        OpenError::Unauthorized(_) => Some(Goodbye::Unauthorized),
        OpenError::Revoked(_) => Some(Goodbye::Revoked),
        OpenError::Ended { reason, .. } => Some(*reason),
        _ => None,
    };
    if let Some(reason) = goodbye {
        let end = End { kind: EndKind::Closed { code: POLICY, told: true }, why };
        return vec![Event::Goodbye(reason), Event::Ended(end)];
    }
    let lost = |told, blocked| EndKind::Lost { told, blocked: Some(blocked), retry_after_ms: None };
    let kind = match error {
        OpenError::ToPair { .. } => EndKind::ToPair,
        OpenError::Older { protocol, .. } => EndKind::Incompatible(protocol.unwrap_or(PROTOCOL - 1)),
        OpenError::Newer { protocol, .. } => EndKind::Incompatible(protocol.unwrap_or(PROTOCOL + 1)),
        OpenError::WrongMachine { found, .. } => EndKind::WrongMachine(Some(found.clone())),
        OpenError::Impostor(_) | OpenError::Tls { trouble: TlsTrouble::OtherKey, .. } => {
            EndKind::WrongMachine(None)
        }
        OpenError::Refused { retry_after, .. } => {
            let retry_after_ms = retry_after.map(|wait| wait.as_millis() as u64);
            EndKind::Lost { told: true, blocked: Some(false), retry_after_ms }
        }
        error if is_blocked(error) => lost(true, true),
        OpenError::Unreachable(_) => lost(false, false),
        _ => lost(true, false),
    };
    vec![Event::Ended(End { kind, why })]
}

/// Whether something answers, and only the WebSocket fails.
pub(super) fn is_blocked(error: &OpenError) -> bool {
    matches!(error, OpenError::NotSightline(_) | OpenError::Silent(_) | OpenError::Blocked { .. })
}

/// The events of a session with the machine at `address` that was lost.
pub(super) fn events_of_lost(address: &Address, lost: Lost) -> Vec<Event> {
    let kind = EndKind::Closed { code: POLICY, told: true };
    let why = match &lost {
        Lost::Goodbye(reason) => probe::ended(address, *reason),
        Lost::Silent => Probe::new(address, Diagnosis::WentSilent),
        lost => {
            let detail = harmless(&lost.to_string(), TEXT_CHARS).into_owned();
            Probe::new(address, Diagnosis::Lost { detail })
        }
    };
    let ended = Event::Ended(End { kind, why });
    match lost {
        Lost::Goodbye(reason) => vec![Event::Goodbye(reason), ended],
        _ => vec![ended],
    }
}

/// A machine without an address.
pub(super) fn nowhere() -> Probe {
    Probe::new("", Diagnosis::NoAddress)
}
