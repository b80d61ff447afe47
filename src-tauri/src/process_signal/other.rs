//! macOS and Windows: compare, then signal. The gap between the two is as short as it can be made.

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, Users};

use wire::signal_reason::{Signal, SignalFailure};

use super::signal::Refused;

/// Compares and signals.
pub(super) fn signal(pid: u32, started_at_ms: u64, signal: Signal) -> Result<(), Refused> {
    let id = Pid::from_u32(pid);
    let mut system = System::new();
    let about = ProcessRefreshKind::nothing().with_user(sysinfo::UpdateKind::Always).without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[id]), true, about);
    let process = system.process(id).ok_or(Refused::Gone)?;
    if sampling::process_started_at_ms(pid) != Some(started_at_ms) {
        return Err(Refused::Gone);
    }
    match process.kill_with(number(signal)) {
        Some(true) => Ok(()),
        Some(false) => {
            let owner = process.user_id().and_then(|id| {
                Users::new_with_refreshed_list().get_user_by_id(id).map(|user| user.name().to_owned())
            });
            Err(Refused::NotOurs { name: Some(process.name().to_string_lossy().into_owned()), owner })
        }
        None => Err(Refused::Unable(SignalFailure::NoSuchSignal)),
    }
}

const fn number(signal: Signal) -> sysinfo::Signal {
    match signal {
        // Windows knows one way to end a process, and sysinfo calls it Kill.
        Signal::Terminate if cfg!(windows) => sysinfo::Signal::Kill,
        Signal::Terminate => sysinfo::Signal::Term,
        Signal::Kill => sysinfo::Signal::Kill,
        Signal::Stop => sysinfo::Signal::Stop,
        Signal::Continue => sysinfo::Signal::Continue,
    }
}
