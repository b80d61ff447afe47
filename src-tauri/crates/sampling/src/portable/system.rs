//! CPU, load, memory and uptime.

use std::time::Duration;

use sysinfo::System;
use wire::{FaultReason, Metric};

use crate::output::{Collector, Output, Tick};

/// Busy share of all cores and of each; `sysinfo` tells no split.
#[derive(Debug, Default)]
pub(crate) struct Cpu {
    system: Option<System>,
    labels: Vec<(String, String)>,
    read_at: Option<Duration>,
}

impl Collector for Cpu {
    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) {
        if self.system.is_none() {
            self.system = System::new().ok();
        }
        let Some(system) = &mut self.system else {
            return out.faults.put("cpu", FaultReason::NOT_ON_THIS_SYSTEM);
        };
        system.refresh_cpu_usage();
        // A share is over the time between two readings; over a suspend it says nothing.
        let before = self.read_at.replace(tick.clock.at);
        let known = before.and_then(|at| tick.clock.seconds_since(at)).is_some();
        let share = |percent: f32| known.then(|| f64::from(percent / 100.0).min(1.0));
        out.readings.put_machine(Metric::CpuBusy, share(system.global_cpu_usage()));
        if self.labels.len() != system.cpus().len() {
            let label = |at: usize| (at.to_string(), format!("Core {at}"));
            self.labels = (0..system.cpus().len()).map(label).collect();
        }
        for (cpu, (device, label)) in system.cpus().iter().zip(&self.labels) {
            out.readings.put(Metric::CoreBusy, device, label, share(cpu.usage()));
        }
        if tick.slow {
            system.refresh_cpu_frequency();
        }
        let told =
            || system.cpus().iter().map(|cpu| cpu.frequency() as f64 * 1e6).filter(|hertz| *hertz > 0.0);
        let count = told().count() as f64;
        out.readings.put_machine(Metric::CpuFrequency, (count > 0.0).then(|| told().sum::<f64>() / count));
    }
}

/// Load averages, which Windows does not have, and uptime.
#[derive(Debug)]
pub(crate) struct Load;

impl Collector for Load {
    fn collect(&mut self, _: &Tick<'_>, out: &mut Output<'_>) {
        if !cfg!(windows)
            && let Ok(load) = System::load_average()
        {
            out.readings.put_machine(Metric::Load1, Some(load.one));
            out.readings.put_machine(Metric::Load5, Some(load.five));
            out.readings.put_machine(Metric::Load15, Some(load.fifteen));
        }
        out.readings.put_machine(Metric::Uptime, System::uptime().ok().map(|seconds| seconds as f64));
    }
}

/// Memory and swap.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    system: Option<System>,
}

impl Collector for Memory {
    fn collect(&mut self, _: &Tick<'_>, out: &mut Output<'_>) {
        if self.system.is_none() {
            self.system = System::new().ok();
        }
        let Some(system) = &mut self.system else {
            return out.faults.put("memory", FaultReason::NOT_ON_THIS_SYSTEM);
        };
        system.refresh_memory();
        let (total, available) = (system.total_memory(), system.available_memory());
        for (metric, bytes) in [
            (Metric::MemoryTotal, total),
            (Metric::MemoryUsed, total.saturating_sub(available)),
            (Metric::MemoryAvailable, available),
            (Metric::MemoryFree, system.free_memory()),
            (Metric::SwapTotal, system.total_swap()),
            (Metric::SwapUsed, system.used_swap()),
        ] {
            out.readings.put_machine(metric, (total > 0).then_some(bytes as f64));
        }
    }
}
