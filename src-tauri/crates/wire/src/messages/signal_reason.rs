//! Why the window did not signal a process: sentences in plain English.

use std::fmt;

use crate::signal_reason::{Signal, SignalFailure, SignalReason};

impl fmt::Display for SignalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignalReason::Recorded => f.write_str("These are the processes of a recorded machine.")?,
            SignalReason::NoProcess => f.write_str("No process has the id 0.")?,
            SignalReason::FirstProcess { signal } => {
                write!(f, "Process 1 runs everything else. Sightline does not {} it.", verb(*signal))?;
            }
            SignalReason::Ourselves => {
                f.write_str("This is Sightline itself. Close its window to end it.")?;
            }
            SignalReason::Gone { pid, name, signal } => {
                write!(f, "{} ended before it could be {}.", called(*pid, name), done(*signal))?;
            }
            SignalReason::NotOurs { pid, name, owner, signal } => {
                let (name, verb) = (called(*pid, name), verb(*signal));
                match owner.as_deref() {
                    Some("root") => write!(f, "{name} belongs to root. Only root may {verb} it.")?,
                    Some(owner) => {
                        write!(f, "{name} belongs to {owner}. Only {owner} and root may {verb} it.")?;
                    }
                    None => write!(f, "{name} belongs to somebody else.")?,
                }
            }
            SignalReason::Unable { pid, name, signal, cause } => {
                write!(f, "{} could not be {}: {cause}.", called(*pid, name), done(*signal))?;
            }
        }
        f.write_str(" Nothing was sent.")
    }
}

impl fmt::Display for SignalFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SignalFailure::OldKernel => "this needs Linux 5.3 or newer",
            SignalFailure::NoSuchSignal => "this system has no such signal",
            SignalFailure::Other { detail } => detail,
        })
    }
}

fn called(pid: u32, name: &Option<String>) -> String {
    name.as_ref().filter(|name| !name.is_empty()).map_or_else(|| format!("Process {pid}"), Clone::clone)
}

/// "before it could be …"
const fn done(signal: Signal) -> &'static str {
    match signal {
        Signal::Terminate | Signal::Kill => "stopped",
        Signal::Stop => "paused",
        Signal::Continue => "resumed",
    }
}

/// "only root may … it"
const fn verb(signal: Signal) -> &'static str {
    match signal {
        Signal::Terminate | Signal::Kill => "stop",
        Signal::Stop => "pause",
        Signal::Continue => "resume",
    }
}
