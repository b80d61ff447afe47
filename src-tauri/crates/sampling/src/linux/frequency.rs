//! The cores' clock: cpufreq where the kernel scales it, else what `/proc/cpuinfo` says.

use wire::Metric;

use super::file::{self, Buffer, KeptFile};
use super::parse::{fraction, lines, unsigned, value_of};
use crate::Sources;
use crate::output::{Collector, Output, Tick};

/// Asking a core for its clock may wake it, so that many are asked each tick, in turn.
const POLICIES_EACH_TICK: usize = 8;

/// Reads `scaling_cur_freq` of some policies each tick; a policy is a group of cores with one clock.
#[derive(Debug)]
pub(crate) struct Frequency {
    sources: Sources,
    policies: Vec<Policy>,
    next: usize,
    buffer: Buffer,
    from_cpuinfo: Option<f64>,
}

#[derive(Debug)]
struct Policy {
    file: KeptFile,
    cores: f64,
    hertz: Option<f64>,
}

impl Frequency {
    pub(crate) fn new(sources: &Sources) -> Self {
        let dir = sources.path("sys/devices/system/cpu/cpufreq");
        let folders =
            std::fs::read_dir(&dir).map(|list| list.flatten().collect::<Vec<_>>()).unwrap_or_default();
        let policies =
            folders.iter().filter(|folder| folder.file_name().to_string_lossy().starts_with("policy"));
        let policies = policies.map(|folder| {
            let cores = file::text(folder.path().join("affected_cpus")).unwrap_or_default();
            let cores = cores.split_whitespace().count().max(1) as f64;
            Policy { file: KeptFile::new(folder.path().join("scaling_cur_freq")), cores, hertz: None }
        });
        Self {
            sources: sources.clone(),
            policies: policies.collect(),
            next: 0,
            buffer: Buffer::default(),
            from_cpuinfo: None,
        }
    }

    fn ask_some(&mut self) {
        // All of them the first time, so that the mean is one from the beginning.
        let first = self.policies.iter().all(|policy| policy.hertz.is_none());
        let count = if first { self.policies.len() } else { POLICIES_EACH_TICK.min(self.policies.len()) };
        for _ in 0..count {
            self.next = (self.next + 1) % self.policies.len();
            let policy = &mut self.policies[self.next];
            let kilohertz =
                policy.file.read(&mut self.buffer).ok().and_then(|bytes| unsigned(bytes.trim_ascii()));
            policy.hertz =
                kilohertz.filter(|kilohertz| *kilohertz > 0).map(|kilohertz| kilohertz as f64 * 1e3);
        }
    }

    fn mean(&self) -> Option<f64> {
        let told = || self.policies.iter().filter_map(|policy| Some((policy.hertz?, policy.cores)));
        let cores: f64 = told().map(|(_, cores)| cores).sum();
        (cores > 0.0).then(|| told().map(|(hertz, cores)| hertz * cores).sum::<f64>() / cores)
    }
}

impl Collector for Frequency {
    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) {
        self.ask_some();
        let mean = self.mean();
        if mean.is_none() && tick.slow {
            let cpuinfo =
                file::read(&self.sources.path("proc/cpuinfo"), &mut self.buffer).unwrap_or_default();
            self.from_cpuinfo = mean_of_cpuinfo(cpuinfo);
        }
        if let Some(hertz) = mean.or(self.from_cpuinfo) {
            out.readings.put_machine(Metric::CpuFrequency, Some(hertz));
        }
    }
}

fn mean_of_cpuinfo(cpuinfo: &[u8]) -> Option<f64> {
    let megahertz = lines(cpuinfo).filter_map(|line| fraction(value_of(line, "cpu MHz")?));
    let (sum, count) = megahertz.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0 && sum > 0.0).then(|| sum * 1e6 / count)
}
