//! The same subjects through `sysinfo`, for macOS and Windows. Tested on Linux too, so that it stays whole.
//!
//! What `sysinfo` does not tell is not there: no split of CPU time, no pressure, no link state of a driver, no
//! count of threads. In reading order: [`machine`], [`system`] (CPU, memory, load), [`disks`],
//! [`filesystems`], [`network`], [`sensors`], [`processes`], [`details`].
#![cfg_attr(all(test, target_os = "linux"), allow(dead_code))] // On Linux only its tests use it.

mod details;
mod disks;
mod filesystems;
mod machine;
mod network;
mod processes;
mod sensors;
mod system;

pub(crate) use machine::machine;
pub(crate) use processes::process_started_at_ms;

use wire::sharing_problem::PortHolder;

use crate::Sources;
use crate::output::Part;

/// Every collector, in the order of the series.
pub(crate) fn collectors(_: &Sources) -> Vec<Part> {
    vec![
        Part::new("cpu", system::Cpu::default),
        Part::new("load", || system::Load),
        Part::new("memory", system::Memory::default),
        Part::new("disks", disks::Disks::default),
        Part::new("filesystems", filesystems::Filesystems::default),
        Part::new("network", network::Network::default),
        Part::new("sensors", sensors::Sensors::default),
        Part::new("processes", processes::Processes::default),
        Part::new("details", || details::Details),
    ]
}

/// These systems tell who holds a port only to programs with more rights than we ask for.
pub(crate) fn port_holder(_port: u16) -> Option<PortHolder> {
    None
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::{Now, Sampler, Wanted};
    use crate::{Sources, portable};

    #[test]
    fn every_subject_is_read_and_this_test_is_in_the_table() {
        let interval = Duration::from_secs(1);
        let mut sampler = Sampler::with(portable::collectors(&Sources::live()), Sources::live(), interval);
        let own = std::process::id();
        let started = portable::process_started_at_ms(own).unwrap();
        let wanted = Wanted { processes: true, details: vec![(own, started), (own, 1)] };
        let mut snapshot = None;
        for second in 0..3 {
            let now = Now { wall_ms: 1_700_000_000_000, monotonic: Duration::from_secs(second) };
            snapshot = Some(sampler.sample(now, &wanted));
        }
        let snapshot = snapshot.unwrap();
        assert!(snapshot.faults.is_empty(), "{:?}", snapshot.faults);
        assert!(snapshot.value("memory.total").unwrap() > 0.0);
        assert!(snapshot.value("uptime").unwrap() > 0.0);
        let table = snapshot.processes.as_ref().unwrap();
        assert!(table.processes.is_sorted_by_key(|process| process.pid));
        let process = table.processes.iter().find(|process| process.pid == own).unwrap();
        assert_eq!(process.started_at_ms, started);
        assert!(process.memory_bytes > 0 && process.cpu_ratio.is_some());
        assert!(!snapshot.details[0].gone && snapshot.details[1].gone);
        let machine = portable::machine(&Sources::live());
        assert!(machine.cores > 0 && machine.booted_at_ms > 0);
    }
}
