//! What this machine is: name, system, kernel, processor, and when it was started.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use wire::Machine;

use super::cgroup::Limits;
use super::file::{self, Buffer};
use super::parse::{kibibytes_of, lines, unsigned, value_of};
use super::virtualization;
use crate::Sources;
use crate::text::trimmed;

/// Names of ARM's own cores by their part number, which is all `/proc/cpuinfo` tells of them.
const ARM_PARTS: [(&str, &str); 12] = [
    ("0xd03", "Cortex-A53"),
    ("0xd04", "Cortex-A35"),
    ("0xd05", "Cortex-A55"),
    ("0xd07", "Cortex-A57"),
    ("0xd08", "Cortex-A72"),
    ("0xd09", "Cortex-A73"),
    ("0xd0a", "Cortex-A75"),
    ("0xd0b", "Cortex-A76"),
    ("0xd0c", "Neoverse N1"),
    ("0xd40", "Neoverse V1"),
    ("0xd49", "Neoverse N2"),
    ("0xd4f", "Neoverse V2"),
];

/// Everything but `id` and `version`. Cost: half a dozen small files, `/proc/cpuinfo` among them.
pub(crate) fn machine(sources: &Sources) -> Machine {
    let mut buffer = Buffer::default();
    let (cores, physical_cores, cpu_model) = file::read(&sources.path("proc/cpuinfo"), &mut buffer)
        .map(|bytes| (logical_cores(bytes), physical_cores(bytes), cpu_model(bytes)))
        .unwrap_or_default();
    let total = file::read(&sources.path("proc/meminfo"), &mut buffer).ok();
    let total = total.and_then(|bytes| kibibytes_of(bytes, "MemTotal")).unwrap_or(0);
    let limit = Limits::new(sources).memory(&mut buffer).memory_limit_bytes;
    Machine {
        id: String::new(),
        name: host_name(sources),
        os: system_name(sources),
        family: "linux".to_owned(),
        kernel: file::text(sources.path("proc/sys/kernel/osrelease")),
        arch: std::env::consts::ARCH.to_owned(),
        cores,
        physical_cores,
        cpu_model: cpu_model.or_else(|| file::text(sources.path("proc/device-tree/model"))),
        memory_total_bytes: limit.map_or(total, |limit| limit.min(total)),
        booted_at_ms: booted_at_ms(sources),
        virtualization: virtualization::detect(sources),
        version: String::new(),
        demo: false,
    }
}

/// Host name, for sentences too.
pub(crate) fn host_name(sources: &Sources) -> String {
    file::text(sources.path("proc/sys/kernel/hostname")).unwrap_or_else(|| "this machine".to_owned())
}

/// When the machine was started. Read once a process, because the kernel computes it from the wall clock, and
/// every process's `started_at_ms` stands on it: it must not move when the clock is set.
pub(crate) fn booted_at_ms(sources: &Sources) -> u64 {
    static LIVE: OnceLock<u64> = OnceLock::new();
    let read = || {
        let mut buffer = Buffer::default();
        let stat = file::read(&sources.path("proc/stat"), &mut buffer).ok();
        stat.and_then(|bytes| unsigned(value_of(bytes, "btime")?)).unwrap_or(0) * 1000
    };
    if sources.is_live() { *LIVE.get_or_init(read) } else { read() }
}

/// `PRETTY_NAME` of os-release(5).
fn system_name(sources: &Sources) -> String {
    let mut buffer = Buffer::default();
    for path in ["etc/os-release", "usr/lib/os-release"] {
        let Ok(bytes) = file::read(&sources.path(path), &mut buffer) else { continue };
        let quoted = lines(bytes).find_map(|line| line.strip_prefix(b"PRETTY_NAME="));
        if let Some(name) = quoted.and_then(trimmed) {
            return name.trim_matches(['"', '\'']).to_owned();
        }
    }
    "Linux".to_owned()
}

fn logical_cores(cpuinfo: &[u8]) -> u32 {
    let count = lines(cpuinfo).filter(|line| line.starts_with(b"processor")).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Pairs of socket and core; `None` on processors that tell no core numbers (ARM).
fn physical_cores(cpuinfo: &[u8]) -> Option<u32> {
    let mut pairs = BTreeSet::new();
    let mut socket = None;
    for line in lines(cpuinfo) {
        if let Some(value) = value_of(line, "physical id") {
            socket = unsigned(value);
        } else if let Some(value) = value_of(line, "core id") {
            pairs.insert((socket, unsigned(value)?));
        }
    }
    (!pairs.is_empty()).then(|| u32::try_from(pairs.len()).ok())?
}

fn cpu_model(cpuinfo: &[u8]) -> Option<String> {
    if let Some(name) = value_of(cpuinfo, "model name").and_then(trimmed) {
        return Some(name.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    let part = value_of(cpuinfo, "CPU part").and_then(trimmed)?;
    ARM_PARTS.iter().find(|(number, _)| *number == part).map(|(_, name)| format!("ARM {name}"))
}
