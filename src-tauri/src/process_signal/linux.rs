//! Linux: a pidfd pins the process, so that its id cannot be given to another while it is compared.

use std::fs;

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open, pidfd_send_signal};

use wire::signal_reason::{Signal, SignalFailure};

use super::signal::Refused;

/// Pins, compares, signals.
pub(super) fn signal(pid: u32, started_at_ms: u64, signal: Signal) -> Result<(), Refused> {
    let raw = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or(Refused::Gone)?;
    let pinned = pidfd_open(raw, PidfdFlags::empty()).map_err(|errno| refused(errno, pid))?;
    if sampling::process_started_at_ms(pid) != Some(started_at_ms) || has_ended(pid) {
        return Err(Refused::Gone);
    }
    pidfd_send_signal(&pinned, number(signal)).map_err(|errno| refused(errno, pid))
}

const fn number(signal: Signal) -> rustix::process::Signal {
    match signal {
        Signal::Terminate => rustix::process::Signal::TERM,
        Signal::Kill => rustix::process::Signal::KILL,
        Signal::Stop => rustix::process::Signal::STOP,
        Signal::Continue => rustix::process::Signal::CONT,
    }
}

fn refused(errno: Errno, pid: u32) -> Refused {
    match errno {
        // EINVAL: the id is a thread's by now.
        Errno::SRCH | Errno::INVAL => Refused::Gone,
        Errno::PERM => Refused::NotOurs { name: name(pid), owner: owner(pid) },
        Errno::NOSYS => Refused::Unable(SignalFailure::OldKernel),
        errno => Refused::Unable(SignalFailure::Other { detail: errno.to_string() }),
    }
}

/// A process that ended keeps its id until its parent takes notice; a signal to it succeeds and does nothing.
fn has_ended(pid: u32) -> bool {
    // Z and X, see proc_pid_status(5).
    field(pid, "State:").is_none_or(|state| state == "Z" || state == "X")
}

/// First word of a line of `/proc/<pid>/status`.
fn field(pid: u32, key: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next().map(str::to_owned)
}

fn name(pid: u32) -> Option<String> {
    Some(fs::read_to_string(format!("/proc/{pid}/comm")).ok()?.trim_end().to_owned())
}

/// Who a process runs as: a name, or "user 1001" where `/etc/passwd` does not know it.
fn owner(pid: u32) -> Option<String> {
    // The first of four is the real one, see proc_pid_status(5).
    let id = field(pid, "Uid:")?;
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    Some(user(&passwd, &id).map_or_else(|| format!("user {id}"), str::to_owned))
}

/// The name of a user id in the text of `/etc/passwd`, see passwd(5).
fn user<'a>(passwd: &'a str, id: &str) -> Option<&'a str> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == id).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_id() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nada:x:1000:1000::/home/ada:/bin/sh\nbroken\n";
        assert_eq!(user(passwd, "0"), Some("root"));
        assert_eq!(user(passwd, "1000"), Some("ada"));
        assert_eq!(user(passwd, "100"), None);
    }
}
