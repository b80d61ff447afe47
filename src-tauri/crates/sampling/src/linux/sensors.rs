//! Temperatures and fans, from hwmon: Documentation/hwmon/sysfs-interface.rst. Small boards without it have
//! thermal zones. A sensor that vanishes is a gap for a while, and is back as soon as its file is.

use std::time::{Duration, Instant};

use wire::sensors_absent::SensorsAbsent;
use wire::{Metric, Sensor};

use super::chips::{self, Channel};
use super::file::{Buffer, KeptFile};
use super::parse::signed;
use super::{identity, virtualization};
use crate::Sources;
use crate::output::{Collector, Output, Tick};

/// A sensor that is gone this long is not coming back.
const GONE_FOR_GOOD: Duration = Duration::from_secs(600);
/// Reading some chips means talking to firmware or a drive; one that takes this long …
const SLOW_READ: Duration = Duration::from_millis(3);
/// … is read no more often than this.
const SLOW_EVERY: Duration = Duration::from_secs(10);
/// What no sensor of a computer can mean: drivers say such things for a channel without a probe.
const BELIEVABLE_CELSIUS: std::ops::RangeInclusive<f64> = -60.0..=250.0;
const BELIEVABLE_RPM: f64 = 50_000.0;
/// Sensors shown at most; the largest servers have a few hundred.
const MOST_SENSORS: usize = 1024;

/// Reads one file a sensor and tick, each kept open; and that of the supply's alarm, where there is one.
#[derive(Debug)]
pub(crate) struct Sensors {
    sources: Sources,
    probes: Vec<Probe>,
    buffer: Buffer,
    listing: Vec<String>,
    /// The alarm of a board that watches its supply.
    undervoltage: Option<KeptFile>,
    undervolted: Option<bool>,
}

#[derive(Debug)]
struct Probe {
    facts: Sensor,
    metric: Metric,
    file: KeptFile,
    missing_since: Option<Duration>,
    read_again_at: Duration,
    value: Option<f64>,
}

impl Sensors {
    pub(crate) fn new(sources: &Sources) -> Self {
        Self {
            sources: sources.clone(),
            probes: Vec::new(),
            buffer: Buffer::default(),
            listing: Vec::new(),
            undervoltage: None,
            undervolted: None,
        }
    }

    fn read_supply(&mut self, out: &mut Output<'_>) {
        let alarm = self.undervoltage.as_mut().and_then(|file| file.read(&mut self.buffer).ok());
        let undervolted = alarm.and_then(|bytes| signed(bytes.trim_ascii())).map(|alarm| alarm != 0);
        if undervolted != self.undervolted {
            self.undervolted = undervolted;
            out.facts.edit(|facts| facts.undervolted = undervolted);
        }
    }

    /// Looks for chips anew; what is gone stays as a gap for a while.
    fn look_up(&mut self, at: Duration, out: &mut Output<'_>) {
        let mut before = std::mem::take(&mut self.probes);
        for channel in chips::channels(&self.sources).into_iter().take(MOST_SENSORS) {
            let same = before.iter().position(|probe| probe.is(&channel));
            let mut probe = match same {
                Some(at) => before.remove(at),
                None => Probe::new(&channel),
            };
            // The chip may have come back under another number.
            if probe.missing_since.is_some() || probe.facts != channel.facts {
                probe.file = KeptFile::new(channel.input);
                probe.facts = channel.facts;
            }
            self.probes.push(probe);
        }
        before.retain_mut(|probe| at.saturating_sub(*probe.missing_since.get_or_insert(at)) < GONE_FOR_GOOD);
        self.probes.append(&mut before);
        // A place of its own for each, so that one that vanished leaves its gap where it was.
        self.probes.sort_by(|a, b| order(&a.facts).cmp(&order(&b.facts)));
        let sensors: Vec<_> = self.probes.iter().map(|probe| probe.facts.clone()).collect();
        let absent = sensors.is_empty().then(|| why_absent(&self.sources));
        out.facts.edit(|facts| {
            facts.sensors = sensors;
            facts.set_sensors_absent(absent, || identity::host_name(&self.sources));
        });
        self.undervoltage = chips::undervoltage_alarm(&self.sources).map(KeptFile::new);
    }
}

impl Collector for Sensors {
    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) {
        let at = tick.now.monotonic;
        let missing = self.probes.iter().any(|probe| probe.missing_since.is_some());
        if tick.slow || missing {
            let listing = chips::listing(&self.sources);
            // Looking at every label and limit is dear, and they stay the same while the chips do.
            if listing != self.listing || (tick.slow && (missing || self.probes.is_empty())) {
                self.listing = listing;
                self.look_up(at, out);
            }
        }
        self.read_supply(out);
        for probe in &mut self.probes {
            if at >= probe.read_again_at {
                let begun = Instant::now();
                probe.read(at, &mut self.buffer);
                // Only hardware is slow to answer: a recorded file that took long was held up by other programs.
                if self.sources.is_live() && begun.elapsed() > SLOW_READ {
                    probe.read_again_at = at + SLOW_EVERY;
                }
            }
            out.readings.put(probe.metric, &probe.facts.device, &probe.facts.label, probe.value);
        }
    }
}

impl Probe {
    fn new(channel: &Channel) -> Self {
        Self {
            facts: channel.facts.clone(),
            metric: if channel.facts.kind == "fan" { Metric::Fan } else { Metric::Temperature },
            file: KeptFile::new(channel.input.clone()),
            missing_since: None,
            read_again_at: Duration::ZERO,
            value: None,
        }
    }

    fn is(&self, channel: &Channel) -> bool {
        self.facts.device == channel.facts.device && self.facts.kind == channel.facts.kind
    }

    fn read(&mut self, at: Duration, buffer: &mut Buffer) {
        let raw = self.file.read(buffer).ok().and_then(|bytes| signed(bytes.trim_ascii()));
        self.missing_since = if raw.is_none() { self.missing_since.or(Some(at)) } else { None };
        self.value = raw.and_then(|raw| match self.metric {
            // Temperatures come in thousandths of a degree, fans in turns a minute.
            Metric::Temperature => {
                Some(raw as f64 / 1000.0).filter(|celsius| BELIEVABLE_CELSIUS.contains(celsius))
            }
            _ => Some(raw as f64).filter(|rpm| (0.0..=BELIEVABLE_RPM).contains(rpm)),
        });
    }
}

/// Temperatures before fans, then by chip, then as a person counts: `temp2` before `temp10`.
fn order(sensor: &Sensor) -> (bool, &str, u64) {
    let stem = sensor.device.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = sensor.device[stem.len()..].parse().unwrap_or(0);
    (sensor.kind == "fan", stem, number)
}

/// Why there are none.
fn why_absent(sources: &Sources) -> SensorsAbsent {
    match virtualization::detect(sources).as_deref() {
        Some("wsl") => SensorsAbsent::Wsl,
        Some(_) if virtualization::in_container(sources) => SensorsAbsent::Container,
        Some(_) => SensorsAbsent::VirtualMachine,
        None => SensorsAbsent::NotOffered,
    }
}
