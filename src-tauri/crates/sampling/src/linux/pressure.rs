//! Pressure stall information: Documentation/accounting/psi.rst. Kernels before 4.20, and those built or booted
//! without it, have none; that is no fault.

use std::io;

use wire::{Metric, Total};

use super::file::{Buffer, KeptFile, not_read};
use super::parse::{fraction, lines, unsigned, words};
use crate::Sources;
use crate::output::{Collector, Output, Tick};
use crate::rate::Counted;

/// EOPNOTSUPP: what opening or reading says where pressure is switched off at boot.
const NOT_SUPPORTED: i32 = 95;

/// Reads `/proc/pressure/{cpu,io,memory}`.
#[derive(Debug)]
pub(crate) struct Pressure {
    parts: Vec<Part>,
    buffer: Buffer,
}

#[derive(Debug)]
struct Part {
    file: KeptFile,
    some: Metric,
    full: Option<Metric>,
    absent: bool,
}

impl Pressure {
    pub(crate) fn new(sources: &Sources) -> Self {
        let part = |name, some, full| {
            let path = sources.path("proc/pressure").join(name);
            Part { file: KeptFile::new(path), some, full, absent: false }
        };
        let parts = vec![
            part("cpu", Metric::PressureCpu, None),
            part("io", Metric::PressureIo, Some(Metric::PressureIoFull)),
            part("memory", Metric::PressureMemory, Some(Metric::PressureMemoryFull)),
        ];
        Self { parts, buffer: Buffer::default() }
    }
}

impl Collector for Pressure {
    fn collect(&mut self, _: &Tick<'_>, out: &mut Output<'_>) {
        for part in self.parts.iter_mut().filter(|part| !part.absent) {
            match part.file.read(&mut self.buffer) {
                Ok(bytes) => {
                    out.readings.put_machine_counted(part.some, stall(bytes, b"some"));
                    if let Some(full) = part.full {
                        out.readings.put_machine_counted(full, stall(bytes, b"full"));
                    }
                }
                Err(err) if absent(&err) => part.absent = true,
                Err(err) => {
                    out.faults.put("pressure", not_read(&err));
                    out.readings.put_machine(part.some, None);
                    if let Some(full) = part.full {
                        out.readings.put_machine(full, None);
                    }
                }
            }
        }
    }
}

fn absent(err: &io::Error) -> bool {
    err.kind() == io::ErrorKind::NotFound || err.raw_os_error() == Some(NOT_SUPPORTED)
}

/// Of the line that begins with `kind`: `avg10` as a ratio, and `total` (microseconds) in seconds.
fn stall(bytes: &[u8], kind: &[u8]) -> Counted {
    let line = lines(bytes).find(|line| words(line).next() == Some(kind)).unwrap_or_default();
    let field = |name: &[u8]| words(line).find_map(|word| word.strip_prefix(name));
    let percent = field(b"avg10=").and_then(fraction);
    let microseconds = field(b"total=").and_then(unsigned);
    Counted {
        rate: percent.map(|percent| (percent / 100.0).min(1.0)),
        total: microseconds.map(|us| Total { count: us as f64 / 1e6, whole: None }),
    }
}
