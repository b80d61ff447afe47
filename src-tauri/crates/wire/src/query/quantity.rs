//! Numbers with their units, and how a measured value is compared with them.

use serde::Serialize;

use super::fields::{Field, Kind, Operator};

/// What is measured, in which unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Measure {
    /// Share of CPU; 1 is what 100 % means there.
    CpuRatio,
    /// Bytes of memory.
    MemoryBytes,
    /// Share of the machine's memory.
    MemoryRatio,
    /// Used share of a filesystem.
    DiskRatio,
    /// Bytes read and written a second.
    IoBytesPerS,
    /// Bytes read a second.
    ReadBytesPerS,
    /// Bytes written a second.
    WriteBytesPerS,
    /// Bytes received and sent a second.
    NetBytesPerS,
    /// Degrees Celsius.
    TemperatureCelsius,
    /// Milliseconds since the start.
    AgeMs,
    /// Process id.
    Pid,
    /// Process id of the parent.
    ParentPid,
    /// Threads.
    Threads,
}

/// A number that a measured one is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Comparison {
    operator: Operator,
    value: f64,
    /// Half of the last digit that was written: what "equal" means for a measured value. 0 where values are whole.
    tolerance: f64,
}

/// Why a value is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    Unreadable,
    NeedsUnit,
}

impl Comparison {
    /// Reads what is written after the operator; tells what has to be measured for it.
    pub(super) fn read(field: Field, operator: Operator, written: &str) -> Result<(Measure, Self), Refused> {
        let (number, decimals, unit) = split(written).ok_or(Refused::Unreadable)?;
        let kind = field.kind();
        let (factor, is_share) = factor(kind, &unit).ok_or(Refused::Unreadable)?;
        if kind == Kind::Count && decimals > 0 {
            return Err(Refused::Unreadable);
        }
        if kind == Kind::Memory && unit.is_empty() && number > 100.0 {
            return Err(Refused::NeedsUnit);
        }
        let tolerance = if kind == Kind::Count { 0.0 } else { factor * 10f64.powi(-(decimals as i32)) / 2.0 };
        let measure = match field {
            Field::Mem if is_share => Measure::MemoryRatio,
            Field::Mem => Measure::MemoryBytes,
            Field::Disk => Measure::DiskRatio,
            Field::Io => Measure::IoBytesPerS,
            Field::Read => Measure::ReadBytesPerS,
            Field::Write => Measure::WriteBytesPerS,
            Field::Net => Measure::NetBytesPerS,
            Field::Temp => Measure::TemperatureCelsius,
            Field::Started => Measure::AgeMs,
            Field::Pid => Measure::Pid,
            Field::Ppid => Measure::ParentPid,
            Field::Threads => Measure::Threads,
            _ => Measure::CpuRatio,
        };
        Ok((measure, Self { operator, value: number * factor, tolerance }))
    }

    /// Whether it holds of `measured`.
    pub(super) fn holds(&self, measured: f64) -> bool {
        let equal = if self.tolerance == 0.0 {
            measured == self.value
        } else {
            (measured - self.value).abs() < self.tolerance
        };
        match self.operator {
            Operator::More => measured > self.value,
            Operator::AtLeast => measured >= self.value,
            Operator::Less => measured < self.value,
            Operator::AtMost => measured <= self.value,
            Operator::Differs => !equal,
            Operator::Contains | Operator::Exactly | Operator::Matches => equal,
        }
    }
}

/// A number, how many decimals were written, and the unit behind it in small letters. `None` where it is no number.
fn split(written: &str) -> Option<(f64, usize, String)> {
    /// More digits than any amount has.
    const WHOLE: usize = 15;
    const DECIMALS: usize = 9;
    let digits = |text: &str| text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    let (whole, rest) = written.split_at(digits(written));
    let (decimals, rest) = match rest.strip_prefix(['.', ',']) {
        Some(behind) => {
            let (decimals, rest) = behind.split_at(digits(behind));
            (Some(decimals), rest)
        }
        None => (None, rest),
    };
    if whole.len() > WHOLE || decimals.is_some_and(|it| it.is_empty() || it.len() > DECIMALS) {
        return None;
    }
    if whole.is_empty() && decimals.is_none() {
        return None;
    }
    let decimals = decimals.unwrap_or_default();
    let number = format!("{whole}.{decimals}0").parse().ok()?;
    Some((number, decimals.len(), rest.trim_start_matches(' ').to_ascii_lowercase()))
}

/// How much a unit of `kind` is, and whether it is a share of the machine's memory.
fn factor(kind: Kind, unit: &str) -> Option<(f64, bool)> {
    const MIN_MS: f64 = 60e3;
    let amount = |factor: f64| Some((factor, false));
    match (kind, unit) {
        (Kind::Count | Kind::Temperature, "") | (Kind::Temperature, "c" | "°c") => amount(1.0),
        (Kind::Percent, "" | "%") => amount(0.01),
        (Kind::Memory, "" | "%") => Some((0.01, true)),
        (Kind::Memory, unit) => amount(bytes(unit, 1024.0)?),
        (Kind::Rate, "") => amount(1e6),
        (Kind::Rate, unit) => amount(bytes(unit.strip_suffix("/s").unwrap_or(unit), 1000.0)?),
        (Kind::Age, "s" | "sec") => amount(1e3),
        (Kind::Age, "" | "m" | "min") => amount(MIN_MS),
        (Kind::Age, "h") => amount(60.0 * MIN_MS),
        (Kind::Age, "d") => amount(24.0 * 60.0 * MIN_MS),
        (Kind::Age, "w") => amount(7.0 * 24.0 * 60.0 * MIN_MS),
        _ => None,
    }
}

/// How many bytes a unit is; a letter alone is a power of `base`.
fn bytes(unit: &str, base: f64) -> Option<f64> {
    if unit == "b" {
        return Some(1.0);
    }
    let (letter, rest) = unit.split_at_checked(1)?;
    let base = match rest {
        "" => base,
        "b" => 1000.0,
        "ib" => 1024.0,
        _ => return None,
    };
    let power = ["k", "m", "g", "t"].iter().position(|it| *it == letter)?;
    Some(base.powi(power as i32 + 1))
}

/// Whether `unit` is one of `kind` even with a space before it. A letter alone is not: it could be a word.
pub(super) fn stands_alone(kind: Kind, unit: &str) -> bool {
    unit == "%" && matches!(kind, Kind::Percent | Kind::Memory)
        || unit.chars().count() > 1 && factor(kind, &unit.to_ascii_lowercase()).is_some()
}
