//! Acting on a process of this machine. Only the window can: nothing here is reachable from the network.
//!
//! A process is meant by its id *and* its start, because ids are used again. On Linux the process is pinned first
//! (a pidfd stays with it even when its id is given to another), then its start is compared, then it is signalled:
//! between comparing and signalling no other process can take its id.

use tauri::State;
use wire::ErrorCode;
use wire::message::ErrorBody;
use wire::signal_reason::{Signal, SignalReason};

mod signal;
#[cfg(target_os = "linux")]
#[path = "process_signal/linux.rs"]
mod system;
#[cfg(not(target_os = "linux"))]
#[path = "process_signal/other.rs"]
mod system;

/// Whether the machine that is shown is a recorded one: its processes are not those of this computer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recorded(pub(crate) bool);

/// Sends `signal` to the process that has this id and was started then.
#[tauri::command]
pub(crate) async fn process_signal(
    pid: u32,
    started_at_ms: u64,
    signal: Signal,
    name: Option<String>,
    recorded: State<'_, Recorded>,
) -> Result<(), ErrorBody> {
    if recorded.0 {
        return Err(SignalReason::Recorded.into());
    }
    // A handful of system calls; still nothing for a thread that delivers frames.
    let sent = tauri::async_runtime::spawn_blocking(move || {
        refuse(pid, std::process::id(), signal)?;
        let sent = system::signal(pid, started_at_ms, signal);
        sent.map_err(|refused| refused.into_reason(pid, name, signal))
    });
    let sent = sent.await.map_err(|error| ErrorBody::new(ErrorCode::Internal, error.to_string()))?;
    Ok(sent?)
}

/// Processes that are never meant.
fn refuse(pid: u32, own: u32, signal: Signal) -> Result<(), SignalReason> {
    match pid {
        0 => Err(SignalReason::NoProcess),
        1 => Err(SignalReason::FirstProcess { signal }),
        pid if pid == own => Err(SignalReason::Ourselves),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use super::signal::Refused;
    use super::*;

    #[test]
    fn what_runs_everything_and_ourselves_are_refused() {
        for (pid, code) in [(0, ErrorCode::BadParams), (1, ErrorCode::Forbidden), (77, ErrorCode::Forbidden)]
        {
            let error = refuse(pid, 77, Signal::Kill).unwrap_err();
            assert_eq!(error.code(), code, "{error}");
            assert!(error.to_string().ends_with("Nothing was sent."), "{error}");
        }
        assert_eq!(refuse(78, 77, Signal::Kill), Ok(()));
    }

    #[test]
    fn refusals_name_the_process_and_its_owner() {
        let gone = Refused::Gone.into_reason(9, Some("ffmpeg".into()), Signal::Terminate);
        assert_eq!(gone.to_string(), "ffmpeg ended before it could be stopped. Nothing was sent.");
        let theirs = Refused::NotOurs { name: Some("postgres".into()), owner: Some("postgres".into()) };
        assert_eq!(
            theirs.into_reason(9, None, Signal::Stop).to_string(),
            "postgres belongs to postgres. Only postgres and root may pause it. Nothing was sent."
        );
        let unknown = Refused::NotOurs { name: None, owner: None };
        assert_eq!(
            unknown.into_reason(9, None, Signal::Kill).to_string(),
            "Process 9 belongs to somebody else. Nothing was sent."
        );
    }

    struct Sleeper(Child);

    impl Sleeper {
        fn start() -> (Self, u32, u64) {
            let child = Command::new("sleep").arg("600").spawn().unwrap();
            let pid = child.id();
            (Self(child), pid, sampling::process_started_at_ms(pid).unwrap())
        }
    }

    impl Drop for Sleeper {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    #[cfg(unix)]
    fn the_process_that_is_meant_ends_and_one_with_another_start_is_left_alone() {
        let (mut sleeper, pid, started_at_ms) = Sleeper::start();
        assert_eq!(system::signal(pid, started_at_ms + 60_000, Signal::Kill), Err(Refused::Gone));
        assert!(sleeper.0.try_wait().unwrap().is_none(), "it must still run");
        assert_eq!(system::signal(pid, started_at_ms, Signal::Terminate), Ok(()));
        assert!(!sleeper.0.wait().unwrap().success(), "ended by the signal");
        assert_eq!(system::signal(pid, started_at_ms, Signal::Terminate), Err(Refused::Gone));
    }
}
