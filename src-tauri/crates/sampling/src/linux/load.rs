//! Load averages and uptime.

use wire::Metric;

use super::file::{Buffer, KeptFile, not_read};
use super::parse::{fraction, words};
use crate::Sources;
use crate::output::{Collector, Output, Tick};

/// Reads `/proc/loadavg` and `/proc/uptime`.
#[derive(Debug)]
pub(crate) struct Load {
    average: KeptFile,
    uptime: KeptFile,
    buffer: Buffer,
}

impl Load {
    pub(crate) fn new(sources: &Sources) -> Self {
        Self {
            average: KeptFile::new(sources.path("proc/loadavg")),
            uptime: KeptFile::new(sources.path("proc/uptime")),
            buffer: Buffer::default(),
        }
    }
}

impl Collector for Load {
    fn collect(&mut self, _: &Tick<'_>, out: &mut Output<'_>) {
        match self.average.read(&mut self.buffer) {
            Ok(bytes) => {
                let mut fields = words(bytes);
                for metric in [Metric::Load1, Metric::Load5, Metric::Load15] {
                    out.readings.put_machine(metric, fields.next().and_then(fraction));
                }
            }
            Err(err) => out.faults.put("load", not_read(&err)),
        }
        let uptime = self.uptime.read(&mut self.buffer).ok();
        out.readings
            .put_machine(Metric::Uptime, uptime.and_then(|bytes| words(bytes).next().and_then(fraction)));
    }
}
