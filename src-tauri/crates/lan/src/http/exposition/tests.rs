//! The whole answer for recorded machines, in both formats. `UPDATE_EXPECT=1 cargo test -p sightline-lan` writes
//! the golden answers anew.
#![cfg(target_os = "linux")] // The recorded machines are Linux machines.

use std::sync::Arc;
use std::time::Duration;

use expect_test::{ExpectFile, expect_file};
use sampling::{Now, Sampler, Sources, Wanted};
use station::Tick;
use testing::Recording;
use wire::Machine;

use super::text::Format;
use super::{Cache, encode};

/// The second tick of a recorded machine.
fn recorded(name: &str) -> Tick {
    let recording = Recording::begin(name);
    let mut sampler = Sampler::new(Sources::recorded(recording.path()), Duration::from_secs(1));
    let machine = Machine { id: "8d5f7c1e".to_owned(), version: "0.1.0".to_owned(), ..sampler.machine() };
    let wanted = Wanted { processes: true, ..Wanted::default() };
    let mut sample = |second| {
        let wall_ms = 1_700_000_000_000 + second * 1000;
        sampler.sample(Now { wall_ms, monotonic: Duration::from_secs(second) }, &wanted)
    };
    let machine = Arc::new(machine);
    let first = Tick::after(None, sample(1), &machine);
    recording.advance();
    Tick::after(Some(&first), sample(2), &machine)
}

fn check(name: &str, format: Format, expected: ExpectFile) {
    expected.assert_eq(&encode(&recorded(name), format));
}

#[test]
fn a_desktop_in_prometheus_text() {
    check("desktop-hwmon", Format::Prometheus, expect_file!["golden/desktop.prometheus.txt"]);
}

#[test]
fn a_desktop_in_openmetrics() {
    check("desktop-hwmon", Format::OpenMetrics, expect_file!["golden/desktop.openmetrics.txt"]);
}

#[test]
fn a_raspberry_pi_tells_that_its_supply_is_too_weak() {
    check("raspberry-pi", Format::Prometheus, expect_file!["golden/raspberry-pi.prometheus.txt"]);
}

#[test]
fn a_container_tells_its_quota_and_what_could_not_be_read() {
    check("container-limits", Format::OpenMetrics, expect_file!["golden/container.openmetrics.txt"]);
}

#[test]
fn a_tick_is_encoded_once_for_each_format() {
    let tick = recorded("raspberry-pi");
    let cache = Cache::default();
    let first = cache.get(&tick, Format::Prometheus);
    assert_eq!(first.as_ptr(), cache.get(&tick, Format::Prometheus).as_ptr());
    assert_ne!(first, cache.get(&tick, Format::OpenMetrics));
    assert_eq!(first.as_ptr(), cache.get(&tick, Format::Prometheus).as_ptr(), "one format leaves the other");
    let next = Tick::after(Some(&tick), tick.snapshot.clone(), &tick.machine);
    assert_ne!(first.as_ptr(), cache.get(&next, Format::Prometheus).as_ptr());
}

#[test]
fn disks_and_interfaces_go_by_name_and_not_by_serial_number_or_address() {
    let text = encode(&recorded("desktop-hwmon"), Format::Prometheus);
    for private in ["a4:34:d9", "naa.50014ee20a1b2c3d", "2001:db8"] {
        assert!(!text.contains(private), "{private}");
    }
}

#[test]
fn odd_names_twins_and_a_mount_that_does_not_answer_spoil_nothing() {
    let mut snapshot = recorded("desktop-hwmon").snapshot;
    let facts = Arc::make_mut(&mut snapshot.facts);
    facts.filesystems[0].mount = "/odd\"} 1\n\\name".to_owned();
    facts.filesystems[1].stalled = true;
    let set = Arc::make_mut(&mut snapshot.series);
    for series in set.series.iter_mut().filter(|series| series.label == "sda") {
        series.label = "nvme0n1".to_owned();
    }
    let machine = recorded("desktop-hwmon").machine;
    let text = encode(&Tick::after(None, snapshot, &machine), Format::Prometheus);
    assert!(text.contains(r#"{device="/dev/dm-0",mountpoint="/odd\"} 1\n\\name",type="ext4"}"#), "{text}");
    assert!(!text.contains("/boot/efi"), "its numbers are old: {text}");
    assert!(
        text.contains("\nsystem_disk_io_time_seconds_total{device=\"nvme0n1\"} 0.71\n"),
        "the first: {text}"
    );
    assert!(text.ends_with("\nsightline_exposition_dropped_samples 5\n"), "{text}");
}

#[test]
fn a_number_that_is_unknown_is_absent_and_not_zero() {
    let mut snapshot = recorded("desktop-hwmon").snapshot;
    snapshot.values.fill(None);
    snapshot.totals.fill(None);
    let machine = recorded("desktop-hwmon").machine;
    let text = encode(&Tick::after(None, snapshot, &machine), Format::OpenMetrics);
    assert!(!text.contains("system_") && !text.contains("hw_temperature_celsius{"), "{text}");
    assert!(text.contains("target_info{") && text.ends_with("# EOF\n"), "{text}");
}
