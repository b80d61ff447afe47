//! What this machine is.

use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};
use wire::Machine;

use crate::Sources;
use crate::text::clean;

/// Everything but `id` and `version`.
pub(crate) fn machine(_: &Sources) -> Machine {
    let wanted = RefreshKind::nothing()
        .with_cpu(CpuRefreshKind::nothing())
        .with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(wanted).ok();
    let cpus = system.as_ref().map(System::cpus).unwrap_or_default();
    let text = |text: Result<String, sysinfo::Error>| text.ok().map(|text| clean(text.as_bytes()));
    let model = cpus.first().map(|cpu| clean(cpu.brand().trim().as_bytes()));
    Machine {
        id: String::new(),
        name: text(System::host_name()).unwrap_or_else(|| "this machine".to_owned()),
        os: text(System::long_os_version()).unwrap_or_else(|| std::env::consts::OS.to_owned()),
        family: std::env::consts::OS.to_owned(),
        kernel: text(System::kernel_version()),
        arch: std::env::consts::ARCH.to_owned(),
        cores: u32::try_from(cpus.len()).unwrap_or(u32::MAX),
        physical_cores: System::physical_core_count().ok().and_then(|count| u32::try_from(count).ok()),
        cpu_model: model.filter(|model| !model.is_empty()),
        memory_total_bytes: system.as_ref().map_or(0, System::total_memory),
        booted_at_ms: System::boot_time().unwrap_or(0) * 1000,
        virtualization: None,
        version: String::new(),
        demo: false,
    }
}
