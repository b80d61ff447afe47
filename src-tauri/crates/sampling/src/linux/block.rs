//! Which block devices are disks a person would count, and what they are: `/sys/block`.
//!
//! Shown: NVMe, SATA, USB, SD cards, virtual disks. Not shown: what lies on another device and would be counted
//! twice (dm, md), what is memory (ram, zram), what is a file (loop), and drives without a medium.

use std::collections::BTreeSet;
use std::path::Path;

use wire::Disk;

use super::file::{number, text};
use crate::Sources;

/// Names of devices that are no disk.
const NOT_DISKS: [&str; 7] = ["loop", "ram", "zram", "sr", "fd", "zd", "mtdblock"];
/// `/sys/block/<name>/size` counts in these, whatever the disk's own sectors.
const SECTOR_BYTES: u64 = 512;

/// The disks among `names`, in their order. Devices mapped onto others are shown only where nothing else is.
pub(crate) fn disks(sources: &Sources, names: &[String]) -> Vec<Disk> {
    let root = sources.path("sys/block");
    let (mapped, plain): (Vec<_>, Vec<_>) = names
        .iter()
        .filter(|name| !is_other(name))
        .map(|name| (name.as_str(), root.join(name.replace('/', "!"))))
        .filter(|(_, dir)| {
            dir.exists() && number(dir.join("hidden")) != Some(1) && size_bytes(dir) != Some(0)
        })
        .partition(|(name, dir)| is_mapped(name, dir));
    let shown = if plain.is_empty() { mapped } else { plain };
    let mut taken = BTreeSet::new();
    shown.into_iter().map(|(name, dir)| disk(name, &dir, &mut taken)).collect()
}

fn is_other(name: &str) -> bool {
    let numbered = |kind: &str| {
        name.strip_prefix(kind).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    // Boot and replay-protected areas of an eMMC are parts of the same chip.
    let area = name.starts_with("mmcblk") && (name.contains("boot") || name.contains("rpmb"));
    area || NOT_DISKS.iter().any(|kind| numbered(kind))
}

fn is_mapped(name: &str, dir: &Path) -> bool {
    let on_others = std::fs::read_dir(dir.join("slaves")).is_ok_and(|mut slaves| slaves.next().is_some());
    on_others || name.starts_with("dm-") || name.starts_with("md")
}

fn disk(name: &str, dir: &Path, taken: &mut BTreeSet<String>) -> Disk {
    let keys = ["serial", "device/serial", "wwid", "device/wwid"];
    let device = keys
        .iter()
        .filter_map(|file| text(dir.join(file)))
        .map(|key| key.split_whitespace().collect::<Vec<_>>().join("-"))
        // Two namespaces of one NVMe drive share its serial number; makers of sticks number them all 0.
        .find(|key| key.chars().any(|c| c.is_alphanumeric() && c != '0') && !taken.contains(key))
        .unwrap_or_else(|| name.to_owned());
    taken.insert(device.clone());
    Disk {
        device,
        name: name.to_owned(),
        model: model(dir),
        kind: kind(name, dir).to_owned(),
        size_bytes: size_bytes(dir),
    }
}

fn size_bytes(dir: &Path) -> Option<u64> {
    u64::try_from(number(dir.join("size"))?).ok().map(|sectors| sectors * SECTOR_BYTES)
}

fn model(dir: &Path) -> Option<String> {
    let model = text(dir.join("device/model")).or_else(|| text(dir.join("device/name")))?;
    match text(dir.join("device/vendor")).filter(|vendor| is_maker(vendor)) {
        Some(vendor) if !model.starts_with(&vendor) => Some(format!("{vendor} {model}")),
        _ => Some(model),
    }
}

/// SATA drives say `ATA`, and PCI devices a number, where the maker should stand.
fn is_maker(vendor: &str) -> bool {
    vendor != "ATA" && !vendor.starts_with("0x")
}

fn kind(name: &str, dir: &Path) -> &'static str {
    let virtual_names = ["vd", "xvd", "nbd", "rbd"];
    if name.starts_with("nvme") {
        return "nvme";
    }
    if name.starts_with("mmcblk") {
        return "card";
    }
    if virtual_names.iter().any(|prefix| name.starts_with(prefix)) || is_virtual(dir) {
        return "virtual";
    }
    if std::fs::canonicalize(dir).is_ok_and(|path| path.to_string_lossy().contains("/usb")) {
        return "usb";
    }
    match number(dir.join("queue/rotational")) {
        Some(0) => "ssd",
        Some(1) => "hdd",
        _ => "disk",
    }
}

/// A disk that a hypervisor makes up, attached as if it were SCSI.
fn is_virtual(dir: &Path) -> bool {
    let says = |file| text(dir.join(file)).unwrap_or_default();
    let (vendor, model) = (says("device/vendor"), says("device/model"));
    ["QEMU", "VMware", "VBOX", "Msft", "Google"]
        .iter()
        .any(|name| vendor.starts_with(name) || model.starts_with(name))
}
