//! One process in detail.

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};
use wire::{ProcessDetail, ProcessKey};

use crate::output::{Collector, Output, Tick};
use crate::text::clean;

/// Answers `wanted.details`, each with a reading of its own.
#[derive(Debug)]
pub(crate) struct Details;

impl Collector for Details {
    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) {
        for key in &tick.wanted.details {
            out.details.push(read(*key, tick.now.wall_ms));
        }
    }
}

fn read((pid, started_at_ms): ProcessKey, now_ms: u64) -> ProcessDetail {
    let system = System::new().ok().map(|mut system| {
        let wanted = ProcessRefreshKind::nothing().with_cpu().with_memory().without_tasks();
        let wanted = wanted.with_exe(UpdateKind::Always).with_cwd(UpdateKind::Always);
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[Pid::from_u32(pid)]), true, wanted);
        system
    });
    let process = system.as_ref().and_then(|system| system.process(Pid::from_u32(pid)));
    let process = process.filter(|process| process.start_time() * 1000 == started_at_ms);
    let path = |path: &std::path::Path| clean(path.to_string_lossy().as_bytes());
    ProcessDetail {
        pid,
        started_at_ms,
        sampled_at_ms: now_ms,
        gone: process.is_none(),
        open_files: process.and_then(|process| u32::try_from(process.open_files()?).ok()),
        open_files_limit: process.and_then(|process| Some(process.open_files_limit()? as u64)),
        nice: None,
        cpu_time_ms: process.map(sysinfo::Process::accumulated_cpu_time),
        cgroup: None,
        executable: process.and_then(|process| process.exe().map(path)),
        working_directory: process.and_then(|process| process.cwd().map(path)),
        virtual_bytes: process.map(sysinfo::Process::virtual_memory),
        swap_bytes: None,
    }
}
