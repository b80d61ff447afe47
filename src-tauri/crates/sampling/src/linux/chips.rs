//! The sensor chips there are, and their channels: `/sys/class/hwmon`, else `/sys/class/thermal`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use wire::Sensor;

use super::file::{number, text};
use crate::Sources;

/// Channels one chip has at most, by the kernel's own numbering.
const MOST_CHANNELS: usize = 256;

/// One thing that is measured.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) facts: Sensor,
    /// The file that says it.
    pub(crate) input: PathBuf,
}

/// Names of the chips' folders: when they change, a chip came or went.
pub(crate) fn listing(sources: &Sources) -> Vec<String> {
    let mut names = entries(&sources.path("sys/class/hwmon"));
    names.extend(entries(&sources.path("sys/class/thermal")));
    names
}

/// Every channel, chip by chip. Thermal zones only where hwmon has no temperature: they say the same again.
pub(crate) fn channels(sources: &Sources) -> Vec<Channel> {
    let mut channels = Vec::new();
    for (dir, name, count) in named(&sources.path("sys/class/hwmon"), "hwmon", "name") {
        chip(&dir, &name, count, &mut channels);
    }
    if !channels.iter().any(|channel| channel.facts.kind == "temperature") {
        for (dir, name, count) in named(&sources.path("sys/class/thermal"), "thermal_zone", "type") {
            zone(&dir, name, count, &mut channels);
        }
    }
    channels
}

/// The file that says whether a Raspberry Pi's supply is too weak: `1` or `0`. The firmware is asked for it every
/// 2 s by the kernel's own driver: Documentation/hwmon/raspberrypi-hwmon.rst.
pub(crate) fn undervoltage_alarm(sources: &Sources) -> Option<PathBuf> {
    let chips = named(&sources.path("sys/class/hwmon"), "hwmon", "name");
    chips.into_iter().find(|(_, name, _)| name == "rpi_volt").map(|(dir, ..)| dir.join("in0_lcrit_alarm"))
}

/// Folders in `dir` that begin with `prefix`, with what `file` in them says, and how many say the same.
fn named(dir: &Path, prefix: &str, file: &str) -> Vec<(PathBuf, String, usize)> {
    let folders = entries(dir).into_iter().filter(|name| name.starts_with(prefix)).map(|name| dir.join(name));
    let named: Vec<_> = folders.filter_map(|path| text(path.join(file)).map(|name| (path, name))).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (_, name) in &named {
        *counts.entry(name).or_default() += 1;
    }
    named.iter().map(|(path, name)| (path.clone(), name.clone(), counts[name.as_str()])).collect()
}

/// Sorted as a person counts: `hwmon2` before `hwmon10`.
fn entries(dir: &Path) -> Vec<String> {
    let Ok(list) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut names: Vec<_> = list.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_by_key(|name| (name.len(), name.clone()));
    names
}

fn chip(dir: &Path, chip: &str, count: usize, channels: &mut Vec<Channel>) {
    let key = key(dir, chip, count);
    let inputs =
        |dir: &Path| entries(dir).into_iter().filter(|name| name.ends_with("_input")).collect::<Vec<_>>();
    // Old drivers keep their files one folder down.
    let dir = if inputs(dir).is_empty() { dir.join("device") } else { dir.to_path_buf() };
    for input in inputs(&dir).iter().take(MOST_CHANNELS) {
        let stem = input.trim_end_matches("_input");
        let kind = match stem.trim_end_matches(|c: char| c.is_ascii_digit()) {
            "temp" => "temperature",
            "fan" => "fan",
            _ => continue,
        };
        let file = |ending: &str| dir.join(format!("{stem}_{ending}"));
        let celsius = |ending: &str| limit(number(file(ending))).filter(|_| kind == "temperature");
        channels.push(Channel {
            facts: Sensor {
                device: format!("{key}-{stem}"),
                kind: kind.to_owned(),
                label: label(chip, stem, text(file("label")), dir.join("device/model")),
                chip: chip.to_owned(),
                high_celsius: celsius("max"),
                critical_celsius: celsius("crit"),
            },
            input: dir.join(input),
        });
    }
}

fn zone(dir: &Path, kind: String, count: usize, channels: &mut Vec<Channel>) {
    let trip = |wanted: &str| {
        let of_kind =
            |at: &usize| text(dir.join(format!("trip_point_{at}_type"))).is_some_and(|kind| kind == wanted);
        (0..12).find(of_kind).and_then(|at| limit(number(dir.join(format!("trip_point_{at}_temp")))))
    };
    channels.push(Channel {
        facts: Sensor {
            device: key(dir, &kind, count),
            kind: "temperature".to_owned(),
            label: zone_label(&kind),
            chip: kind,
            high_celsius: trip("hot").or_else(|| trip("passive")),
            critical_celsius: trip("critical"),
        },
        input: dir.join("temp"),
    });
}

/// What stays the same over restarts: the chip's name; with a serial number where the chip is part of a drive,
/// and with its place on the bus where there are two of a kind.
fn key(dir: &Path, chip: &str, count: usize) -> String {
    let chip = chip.split_whitespace().collect::<Vec<_>>().join("-");
    let device = dir.join("device");
    let serial = text(device.join("serial")).or_else(|| text(device.join("wwid")));
    let place = || Some(std::fs::canonicalize(&device).ok()?.file_name()?.to_string_lossy().into_owned());
    let number = || dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match serial {
        Some(serial) => format!("{chip}-{}", serial.split_whitespace().collect::<Vec<_>>().join("-")),
        None if count > 1 => format!("{chip}-{}", place().unwrap_or_else(number)),
        None => chip,
    }
}

/// Thousandths of a degree; 0 and the impossible mean that the chip knows no limit.
fn limit(raw: Option<i64>) -> Option<f64> {
    raw.map(|raw| raw as f64 / 1000.0).filter(|celsius| (1.0..=200.0).contains(celsius))
}

/// The chip's own label first; it names what is measured, the chip only what measures.
fn label(chip: &str, stem: &str, own: Option<String>, model: PathBuf) -> String {
    let part = match chip {
        "coretemp" | "k10temp" | "zenpower" | "cpu_thermal" => "CPU",
        "nvme" => "NVMe",
        "drivetemp" => "Drive",
        "amdgpu" | "radeon" | "nouveau" | "i915" | "xe" => "GPU",
        "iwlwifi_1" | "ath10k_hwmon" | "ath11k_hwmon" | "mt7921_phy0" => "Wi-Fi",
        "acpitz" => "Board",
        _ => chip,
    };
    match own {
        Some(own) if own == "Package id 0" => "CPU package".to_owned(),
        Some(own) if own.starts_with("Package id ") => own.replace("Package id", "CPU package"),
        Some(own) if own == "Tctl" || own == "Tdie" => format!("CPU {own}"),
        Some(own) if own.starts_with("Core ") => format!("CPU core {}", own.trim_start_matches("Core ")),
        Some(own) if matches!(part, "NVMe" | "GPU" | "Drive") => format!("{part} {own}"),
        Some(own) => own,
        None => match text(model) {
            Some(model) if matches!(part, "NVMe" | "Drive") => format!("{part} {model}"),
            _ if stem == "temp1" => part.to_owned(),
            _ => format!("{part} {stem}"),
        },
    }
}

fn zone_label(kind: &str) -> String {
    match kind {
        "cpu-thermal" | "cpu_thermal" | "x86_pkg_temp" => "CPU".to_owned(),
        "gpu-thermal" | "gpu_thermal" => "GPU".to_owned(),
        "acpitz" => "Board".to_owned(),
        _ => kind.to_owned(),
    }
}
