//! What can be done to a process, and why nothing was.

use serde::Deserialize;
use wire::ErrorCode;
use wire::message::ErrorBody;

/// What can be done to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Signal {
    /// Ask it to end.
    Terminate,
    /// End it without asking.
    Kill,
    /// Pause it.
    Stop,
    /// Resume it.
    Continue,
}

impl Signal {
    /// "before it could be …"
    pub(super) const fn done(self) -> &'static str {
        match self {
            Signal::Terminate | Signal::Kill => "stopped",
            Signal::Stop => "paused",
            Signal::Continue => "resumed",
        }
    }

    /// "only root may … it"
    pub(super) const fn verb(self) -> &'static str {
        match self {
            Signal::Terminate | Signal::Kill => "stop",
            Signal::Stop => "pause",
            Signal::Continue => "resume",
        }
    }
}

/// Why nothing was sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The process that was meant is not there any more; another one may have its id.
    Gone,
    /// It belongs to somebody else.
    NotOurs {
        /// Its name.
        name: Option<String>,
        /// Whose it is.
        owner: Option<String>,
    },
    /// The system cannot do it safely.
    Unable(String),
}

impl Refused {
    /// The sentence for people; `name` is what the page calls the process.
    pub(super) fn into_error(self, pid: u32, name: Option<&str>, signal: Signal) -> ErrorBody {
        let called = |found: Option<String>| {
            let name = found.or_else(|| name.map(str::to_owned)).filter(|name| !name.is_empty());
            name.unwrap_or_else(|| format!("Process {pid}"))
        };
        match self {
            Refused::Gone => ErrorBody::new(
                ErrorCode::NotFound,
                format!("{} ended before it could be {}. Nothing was sent.", called(None), signal.done()),
            ),
            Refused::NotOurs { name, owner } => {
                let (name, verb) = (called(name), signal.verb());
                let message = match owner.as_deref() {
                    Some("root") => {
                        format!("{name} belongs to root. Only root may {verb} it. Nothing was sent.")
                    }
                    Some(owner) => {
                        format!(
                            "{name} belongs to {owner}. Only {owner} and root may {verb} it. Nothing was sent."
                        )
                    }
                    None => format!("{name} belongs to somebody else. Nothing was sent."),
                };
                ErrorBody::new(ErrorCode::Forbidden, message)
            }
            Refused::Unable(why) => ErrorBody::new(
                ErrorCode::Unavailable,
                format!("{} could not be {}: {why}. Nothing was sent.", called(None), signal.done()),
            ),
        }
    }
}
