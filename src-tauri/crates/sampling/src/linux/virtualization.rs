//! What this machine runs inside: a container, a virtual machine, WSL, or nothing. Told from files alone; no
//! program is run. The words are those of `systemd-detect-virt`, which looks at the same places.

use super::file::{self, Buffer};
use super::parse::value_of;
use crate::Sources;

/// DMI texts and the hypervisors that write them.
const VENDORS: [(&str, &str); 14] = [
    ("KVM", "kvm"),
    ("OpenStack", "kvm"),
    ("Amazon EC2", "amazon"),
    ("QEMU", "qemu"),
    ("VMware", "vmware"),
    ("VMW", "vmware"),
    ("innotek GmbH", "oracle"),
    ("VirtualBox", "oracle"),
    ("Oracle Corporation", "oracle"),
    ("Xen", "xen"),
    ("Bochs", "bochs"),
    ("Parallels", "parallels"),
    ("Google Compute Engine", "google"),
    ("Hyper-V", "microsoft"),
];
/// Words in the path of the first process's control group, and the engines that write them.
const ENGINES: [(&str, &str); 5] = [
    ("kubepods", "kubernetes"),
    ("libpod", "podman"),
    ("docker", "docker"),
    ("containerd", "containerd"),
    ("lxc", "lxc"),
];

/// `docker`, `kvm`, `wsl`, …; `None` on bare metal, or where it cannot be told.
pub(crate) fn detect(sources: &Sources) -> Option<String> {
    container(sources).or_else(|| virtual_machine(sources))
}

/// Whether this is a container, whose limits then matter more than the machine's size.
pub(crate) fn in_container(sources: &Sources) -> bool {
    container(sources).is_some()
}

fn container(sources: &Sources) -> Option<String> {
    if sources.path("run/.containerenv").exists() {
        return Some("podman".to_owned());
    }
    let word = |path| file::text(sources.path(path));
    let named = word("run/systemd/container").or_else(|| word("run/host/container-manager"));
    if let Some(name) = named.filter(|name| name != "wsl") {
        return Some(name);
    }
    let groups = word("proc/1/cgroup").unwrap_or_default();
    if let Some((_, name)) = ENGINES.iter().find(|(mark, _)| groups.contains(mark)) {
        return Some((*name).to_owned());
    }
    sources.path(".dockerenv").exists().then(|| "docker".to_owned())
}

fn virtual_machine(sources: &Sources) -> Option<String> {
    let release = file::text(sources.path("proc/sys/kernel/osrelease")).unwrap_or_default().to_lowercase();
    if release.contains("microsoft") {
        return Some("wsl".to_owned());
    }
    for name in ["product_name", "sys_vendor", "board_vendor", "bios_vendor", "product_version"] {
        let text = file::text(sources.path("sys/class/dmi/id").join(name)).unwrap_or_default();
        if text == "Virtual Machine" {
            return Some("microsoft".to_owned());
        }
        if let Some((_, name)) = VENDORS.iter().find(|(mark, _)| text.starts_with(mark)) {
            return Some((*name).to_owned());
        }
    }
    if file::text(sources.path("sys/hypervisor/type")).is_some_and(|text| text == "xen") {
        // The host of a Xen machine is called its first domain, and sees the real sensors.
        let features = file::text(sources.path("proc/xen/capabilities")).unwrap_or_default();
        return (!features.contains("control_d")).then(|| "xen".to_owned());
    }
    let mut buffer = Buffer::default();
    let cpuinfo = file::read(&sources.path("proc/cpuinfo"), &mut buffer).ok()?;
    let flags = value_of(cpuinfo, "flags")?;
    flags.split(|b| *b == b' ').any(|flag| flag == b"hypervisor").then(|| "vm".to_owned())
}
