//! Linux, straight from the kernel's files: one file a subject.
//!
//! In reading order:
//! - [`file`], [`parse`]: how a file of the kernel is read, every tick, without allocating.
//! - [`cpu`], [`frequency`], [`load`], [`pressure`], [`memory`] with [`cgroup`]: the machine as a whole.
//! - [`disks`] with [`block`], [`filesystems`] with [`mounts`] and [`probing`], [`network`] with [`interface`],
//!   [`sensors`] with [`chips`]: its devices. The first of each reads numbers, the others look up what they are.
//! - [`processes`] with [`proc_dir`], [`stat`] and [`users`], then [`details`], [`port`] and [`self_usage`].
//! - [`identity`], [`virtualization`]: what changes only when the machine does.

mod block;
mod cgroup;
mod chips;
mod cpu;
mod details;
mod disks;
mod file;
mod filesystems;
mod frequency;
mod identity;
mod interface;
mod load;
mod memory;
mod mounts;
mod network;
mod page;
mod parse;
mod port;
mod pressure;
mod probing;
mod proc_dir;
mod processes;
mod self_usage;
mod sensors;
mod stat;
mod users;
mod virtualization;

pub(crate) use identity::machine;
pub(crate) use port::port_holder;
pub(crate) use processes::process_started_at_ms;

use crate::Sources;
use crate::output::Part;

/// Every collector, in the order of the series.
pub(crate) fn collectors(sources: &Sources) -> Vec<Part> {
    fn part<C: crate::output::Collector + 'static>(
        name: &'static str,
        sources: &Sources,
        make: fn(&Sources) -> C,
    ) -> Part {
        let sources = sources.clone();
        Part::new(name, move || make(&sources))
    }
    vec![
        part("cpu", sources, cpu::Cpu::new),
        part("cpu frequency", sources, frequency::Frequency::new),
        part("cpu quota", sources, cgroup::Throttling::new),
        part("load", sources, load::Load::new),
        part("pressure", sources, pressure::Pressure::new),
        part("memory", sources, memory::Memory::new),
        part("disks", sources, disks::Disks::new),
        part("filesystems", sources, filesystems::Filesystems::new),
        part("network", sources, network::Network::new),
        part("sensors", sources, sensors::Sensors::new),
        part("processes", sources, processes::Processes::new),
        part("details", sources, details::Details::new),
        part("own", sources, self_usage::SelfUsage::new),
    ]
}
