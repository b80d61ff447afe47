//! Recorded machines: small trees in the shape of `/proc`, `/sys` and `/etc`, sampled twice, a second apart.
//! `tick-1` holds only what changed since `tick-0`. Their numbers were chosen so that the rates are plain.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // All of it is tests.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use expect_test::{Expect, expect};
use sampling::{Now, Sampler, Sources, Wanted};
use testing::Recording;
use wire::{Commands, Facts, Snapshot};

fn sampler(recording: &Recording) -> Sampler {
    Sampler::new(Sources::recorded(recording.path()), Duration::from_secs(1))
}

fn at(second: u64) -> Now {
    Now {
        wall_ms: 1_700_000_000_000 + 93_784_250 + second * 1000,
        monotonic: Duration::from_secs(1000 + second),
    }
}

fn with_processes() -> Wanted {
    Wanted { processes: true, details: Vec::new() }
}

fn two_ticks(name: &str) -> (Snapshot, Snapshot) {
    let recording = Recording::begin(name);
    let mut sampler = sampler(&recording);
    let first = sampler.sample(at(0), &with_processes());
    recording.advance();
    (first, sampler.sample(at(1), &with_processes()))
}

fn check_values(snapshot: &Snapshot, skip: &str, expect: Expect) {
    let mut table = String::new();
    for (series, value) in snapshot.series.series.iter().zip(&snapshot.values) {
        if skip.is_empty() || !series.id.starts_with(skip) {
            let value = value.map_or("-".to_owned(), |value| value.to_string());
            writeln!(table, "{:38} {:16} {value}", series.id, series.label).unwrap();
        }
    }
    for fault in snapshot.faults.iter() {
        writeln!(table, "fault {}: {}", fault.source, fault.message).unwrap();
    }
    expect.assert_eq(&table);
}

/// Totals, in the second tick, of what has one.
fn check_totals(snapshot: &Snapshot, expect: Expect) {
    let mut table = String::new();
    for (series, total) in snapshot.series.series.iter().zip(&snapshot.totals) {
        if let Some(total) = total {
            let whole = total.whole.map_or(String::new(), |whole| format!(" of {whole}"));
            writeln!(table, "{:38} {}{whole}", series.id, total.count).unwrap();
        }
    }
    expect.assert_eq(&table);
}

fn check_facts(facts: &Facts, expect: Expect) {
    let mut table = String::new();
    for d in &facts.disks {
        writeln!(table, "disk {} {} {:?} {} {:?}", d.device, d.name, d.model, d.kind, d.size_bytes).unwrap();
    }
    for f in &facts.filesystems {
        writeln!(table, "fs {:?} {} {} on {:?} stalled={}", f.mount, f.kind, f.source, f.disk, f.stalled)
            .unwrap();
    }
    for i in &facts.interfaces {
        let (up, speed) = (i.up, i.link_bits_per_s);
        writeln!(
            table,
            "net {} {} {} {:?} {speed:?} up={up:?} default={}",
            i.device, i.name, i.kind, i.addresses, i.default_route
        )
        .unwrap();
    }
    for s in &facts.sensors {
        writeln!(
            table,
            "{} {} {:?} {} {:?} {:?}",
            s.kind, s.device, s.label, s.chip, s.high_celsius, s.critical_celsius
        )
        .unwrap();
    }
    writeln!(table, "no sensors: {:?}", facts.sensors_absent_because).unwrap();
    expect.assert_eq(&table);
}

fn check_processes(snapshot: &Snapshot, expect: Expect) {
    let mut table = String::new();
    for p in &snapshot.processes.as_ref().unwrap().processes {
        writeln!(
            table,
            "{} {} parent={:?} {:?} {:?} cpu={:?} mem={} read={:?} write={:?} threads={} {:?}",
            p.pid,
            p.started_at_ms,
            p.parent_pid,
            p.name,
            p.state,
            p.cpu_ratio,
            p.memory_bytes,
            p.read_bytes_per_s,
            p.write_bytes_per_s,
            p.threads,
            p.command.shown(Commands::Whole).unwrap()
        )
        .unwrap();
    }
    expect.assert_eq(&table);
}

#[test]
fn a_desktop_gives_every_rate_in_its_second_tick() {
    let (_, snapshot) = two_ticks("desktop-hwmon");
    check_values(
        &snapshot,
        "",
        expect![[r#"
            cpu.busy                               CPU              0.375
            cpu.user                               user             0.275
            cpu.system                             system           0.1
            cpu.iowait                             iowait           0.025
            cpu.steal                              steal            0
            cpu.core.0.busy                        Core 0           0.9
            cpu.core.0.user                        Core 0           0.6
            cpu.core.0.system                      Core 0           0.3
            cpu.core.0.iowait                      Core 0           0.1
            cpu.core.0.steal                       Core 0           0
            cpu.core.1.busy                        Core 1           0
            cpu.core.1.user                        Core 1           0
            cpu.core.1.system                      Core 1           0
            cpu.core.1.iowait                      Core 1           0
            cpu.core.1.steal                       Core 1           0
            cpu.core.2.busy                        Core 2           0.6
            cpu.core.2.user                        Core 2           0.5
            cpu.core.2.system                      Core 2           0.1
            cpu.core.2.iowait                      Core 2           0
            cpu.core.2.steal                       Core 2           0
            cpu.core.3.busy                        Core 3           0
            cpu.core.3.user                        Core 3           0
            cpu.core.3.system                      Core 3           0
            cpu.core.3.iowait                      Core 3           0
            cpu.core.3.steal                       Core 3           0
            cpu.contextSwitches                    Context switches 4000
            cpu.frequency                          Clock            1675000000
            load.1                                 Load 1 min       0.6
            load.5                                 Load 5 min       0.58
            load.15                                Load 15 min      0.59
            uptime                                 up               93785
            pressure.cpu                           CPU pressure     0.125
            pressure.io                            I/O pressure     0.042
            pressure.ioFull                        I/O stall        0.031
            pressure.memory                        memory pressure  0
            pressure.memoryFull                    memory stall     0
            memory.total                           total            16384000000
            memory.used                            used             7270400000
            memory.available                       available        9113600000
            memory.free                            free             921600000
            memory.cached                          cached           8499200000
            swap.total                             swap             4096000000
            swap.used                              swap used        614400000
            swap.in                                swapped in       40960
            swap.out                               swapped out      409600
            disk.naa.50014ee20a1b2c3d.read         sda              4096
            disk.naa.50014ee20a1b2c3d.write        sda              0
            disk.naa.50014ee20a1b2c3d.readOps      sda              1
            disk.naa.50014ee20a1b2c3d.writeOps     sda              0
            disk.naa.50014ee20a1b2c3d.busy         sda              0.01
            disk.sdb.read                          sdb              0
            disk.sdb.write                         sdb              0
            disk.sdb.readOps                       sdb              0
            disk.sdb.writeOps                      sdb              0
            disk.sdb.busy                          sdb              0
            disk.S4EWNX0R123456.read               nvme0n1          20480000
            disk.S4EWNX0R123456.write              nvme0n1          10240000
            disk.S4EWNX0R123456.readOps            nvme0n1          500
            disk.S4EWNX0R123456.writeOps           nvme0n1          100
            disk.S4EWNX0R123456.busy               nvme0n1          0.5
            fs./.total                             /                500000000000
            fs./.used                              /                200000000000
            fs./.available                         /                275000000000
            fs./boot/efi.total                     /boot/efi        500000000
            fs./boot/efi.used                      /boot/efi        6000000
            fs./boot/efi.available                 /boot/efi        494000000
            fs./mnt/big disk.total                 /mnt/big disk    4000000000000
            fs./mnt/big disk.used                  /mnt/big disk    1000000000000
            fs./mnt/big disk.available             /mnt/big disk    3000000000000
            fs./mnt/nas.total                      /mnt/nas         8000000000000
            fs./mnt/nas.used                       /mnt/nas         1000000000000
            fs./mnt/nas.available                  /mnt/nas         7000000000000
            net.a4:34:d9:11:22:33.rx               wlp2s0           1250000
            net.a4:34:d9:11:22:33.tx               wlp2s0           100000
            net.a4:34:d9:11:22:33.errors           wlp2s0           1
            net.a4:34:d9:11:22:33.drops            wlp2s0           2
            net.docker0.rx                         docker0          -
            net.docker0.tx                         docker0          -
            net.docker0.errors                     docker0          0
            net.docker0.drops                      docker0          0
            net.70:85:c2:aa:bb:cc.rx               enp3s0           0
            net.70:85:c2:aa:bb:cc.tx               enp3s0           0
            net.70:85:c2:aa:bb:cc.errors           enp3s0           0
            net.70:85:c2:aa:bb:cc.drops            enp3s0           0
            net.wg0.rx                             wg0              -
            net.wg0.tx                             wg0              0
            net.wg0.errors                         wg0              0
            net.wg0.drops                          wg0              0
            net.veth1a2b.rx                        veth1a2b         2000
            net.veth1a2b.tx                        veth1a2b         0
            net.veth1a2b.errors                    veth1a2b         0
            net.veth1a2b.drops                     veth1a2b         0
            net.lo.rx                              lo               0
            net.lo.tx                              lo               0
            net.lo.errors                          lo               0
            net.lo.drops                           lo               0
            sensor.acpitz-temp1.temperature        Board            27.8
            sensor.coretemp-temp1.temperature      CPU package      72.5
            sensor.coretemp-temp2.temperature      CPU core 0       60
            sensor.coretemp-temp3.temperature      CPU core 1       59
            sensor.nct6775-temp1.temperature       SYSTIN           34
            sensor.nct6775-temp2.temperature       AUXTIN0          -
            sensor.nvme-S4EWNX0R123456-temp1.temperature NVMe Composite   41.85
            sensor.nct6775-fan1.fan                Rear fan         -
            sensor.nct6775-fan2.fan                nct6775 fan2     0
            process.count                          processes        6
            process.threads                        threads          34
        "#]],
    );
}

#[test]
fn totals_are_what_the_kernel_counts_unrounded_and_known_before_there_is_a_rate() {
    let (first, second) = two_ticks("desktop-hwmon");
    check_totals(
        &second,
        expect![[r#"
        cpu.busy                               59.65 of 3700.15
        cpu.user                               41.1 of 3700.15
        cpu.system                             18.55 of 3700.15
        cpu.iowait                             8.1 of 3700.15
        cpu.steal                              0 of 3700.15
        cpu.core.0.busy                        17.4 of 920.5
        cpu.core.0.user                        11.6 of 920.5
        cpu.core.0.system                      5.8 of 920.5
        cpu.core.0.iowait                      3.1 of 920.5
        cpu.core.0.steal                       0 of 920.5
        cpu.core.1.busy                        17.5 of 921.5
        cpu.core.1.user                        12 of 921.5
        cpu.core.1.system                      5.5 of 921.5
        cpu.core.1.iowait                      3 of 921.5
        cpu.core.1.steal                       0 of 921.5
        cpu.core.2.busy                        13.7 of 925.1
        cpu.core.2.user                        9.5 of 925.1
        cpu.core.2.system                      4.2 of 925.1
        cpu.core.2.iowait                      1 of 925.1
        cpu.core.2.steal                       0 of 925.1
        cpu.core.3.busy                        11.05 of 933.05
        cpu.core.3.user                        8 of 933.05
        cpu.core.3.system                      3.05 of 933.05
        cpu.core.3.iowait                      1 of 933.05
        cpu.core.3.steal                       0 of 933.05
        cpu.contextSwitches                    1004000
        pressure.cpu                           0.000001
        pressure.io                            0.000001
        pressure.ioFull                        0.000001
        pressure.memory                        0.000001
        pressure.memoryFull                    0.000001
        swap.in                                4136960
        swap.out                               8601600
        disk.naa.50014ee20a1b2c3d.read         4100096
        disk.naa.50014ee20a1b2c3d.write        2048000
        disk.naa.50014ee20a1b2c3d.readOps      101
        disk.naa.50014ee20a1b2c3d.writeOps     50
        disk.naa.50014ee20a1b2c3d.busy         0.71
        disk.sdb.read                          20480
        disk.sdb.write                         0
        disk.sdb.readOps                       5
        disk.sdb.writeOps                      0
        disk.sdb.busy                          0.01
        disk.S4EWNX0R123456.read               225280000
        disk.S4EWNX0R123456.write              163840000
        disk.S4EWNX0R123456.readOps            5500
        disk.S4EWNX0R123456.writeOps           3100
        disk.S4EWNX0R123456.busy               2.5
        net.a4:34:d9:11:22:33.rx               901250000
        net.a4:34:d9:11:22:33.tx               80100000
        net.a4:34:d9:11:22:33.errors           3
        net.a4:34:d9:11:22:33.drops            8
        net.docker0.rx                         0
        net.docker0.tx                         0
        net.docker0.errors                     0
        net.docker0.drops                      0
        net.70:85:c2:aa:bb:cc.rx               0
        net.70:85:c2:aa:bb:cc.tx               0
        net.70:85:c2:aa:bb:cc.errors           0
        net.70:85:c2:aa:bb:cc.drops            0
        net.wg0.rx                             10000
        net.wg0.tx                             100
        net.wg0.errors                         0
        net.wg0.drops                          0
        net.veth1a2b.rx                        3000
        net.veth1a2b.tx                        2000
        net.veth1a2b.errors                    0
        net.veth1a2b.drops                     0
        net.lo.rx                              5000
        net.lo.tx                              5000
        net.lo.errors                          0
        net.lo.drops                           0
    "#]],
    );
    assert_eq!(first.totals.len(), first.values.len());
    for id in ["cpu.busy", "disk.S4EWNX0R123456.read", "net.a4:34:d9:11:22:33.rx", "swap.in", "pressure.io"] {
        let (before, after) = (first.total(id).unwrap(), second.total(id).unwrap());
        assert!(after >= before, "{id}: {before} then {after}");
    }
    assert_eq!(second.total("memory.used"), None);
    assert_eq!(second.total("no such series"), None);
}

#[test]
fn a_container_counts_the_periods_in_which_it_was_throttled() {
    let (_, snapshot) = two_ticks("container-limits");
    let at = snapshot.series.position("cpu.throttled").unwrap();
    let total = snapshot.totals[at].unwrap();
    assert_eq!((total.count, total.whole), (15.0, Some(110.0)));
}

#[test]
fn a_supply_that_is_too_weak_is_a_fact_where_a_chip_watches_it() {
    let (first, second) = two_ticks("raspberry-pi");
    assert_eq!(first.facts.undervolted, Some(false));
    assert_eq!(second.facts.undervolted, Some(true));
    let recording = Recording::begin("raspberry-pi");
    let mut sampler = sampler(&recording);
    sampler.sample(at(0), &Wanted::default());
    recording.write("sys/class/hwmon/hwmon0/in0_lcrit_alarm", "");
    assert_eq!(sampler.sample(at(1), &Wanted::default()).facts.undervolted, None);
    let (desktop, _) = two_ticks("desktop-hwmon");
    assert_eq!(desktop.facts.undervolted, None);
}

#[test]
fn a_desktop_tells_its_disks_mounts_interfaces_and_sensors() {
    let (snapshot, _) = two_ticks("desktop-hwmon");
    check_facts(
        &snapshot.facts,
        expect![[r#"
            disk naa.50014ee20a1b2c3d sda Some("WDC WD40EFRX-68N") hdd Some(4000787030016)
            disk sdb sdb Some("SanDisk Ultra Fit") usb Some(31457280000)
            disk S4EWNX0R123456 nvme0n1 Some("Samsung SSD 970 EVO Plus 500GB") nvme Some(512110190592)
            fs "/" ext4 /dev/dm-0 on Some("S4EWNX0R123456") stalled=false
            fs "/boot/efi" vfat /dev/nvme0n1p1 on Some("S4EWNX0R123456") stalled=false
            fs "/mnt/big disk" xfs /dev/sda1 on Some("naa.50014ee20a1b2c3d") stalled=false
            fs "/mnt/nas" nfs4 nas:/export on None stalled=false
            net a4:34:d9:11:22:33 wlp2s0 wifi ["2001:db8::42", "fe80::211:2233:4455:6677"] None up=Some(true) default=true
            net docker0 docker0 bridge [] Some(10000000000) up=Some(true) default=false
            net 70:85:c2:aa:bb:cc enp3s0 ethernet [] None up=Some(false) default=false
            net wg0 wg0 tunnel [] None up=Some(true) default=false
            net veth1a2b veth1a2b virtual [] Some(10000000000) up=Some(true) default=false
            net lo lo loopback ["::1"] None up=Some(true) default=false
            temperature acpitz-temp1 "Board" acpitz None Some(119.0)
            temperature coretemp-temp1 "CPU package" coretemp Some(100.0) Some(100.0)
            temperature coretemp-temp2 "CPU core 0" coretemp None None
            temperature coretemp-temp3 "CPU core 1" coretemp None None
            temperature nct6775-temp1 "SYSTIN" nct6775 None None
            temperature nct6775-temp2 "AUXTIN0" nct6775 None None
            temperature nvme-S4EWNX0R123456-temp1 "NVMe Composite" nvme Some(84.85) Some(84.85)
            fan nct6775-fan1 "Rear fan" nct6775 None None
            fan nct6775-fan2 "nct6775 fan2" nct6775 None None
            no sensors: None
        "#]],
    );
}

#[test]
fn the_first_tick_has_no_rates() {
    let (snapshot, _) = two_ticks("desktop-hwmon");
    for id in
        ["cpu.busy", "cpu.contextSwitches", "disk.S4EWNX0R123456.read", "net.a4:34:d9:11:22:33.rx", "swap.in"]
    {
        assert_eq!(snapshot.value(id), None, "{id}");
        assert!(snapshot.series.position(id).is_some(), "{id}");
    }
}

#[test]
fn processes_have_rates_and_a_reused_pid_is_another_process() {
    let (first, second) = two_ticks("desktop-hwmon");
    let table = first.processes.as_ref().unwrap();
    assert!(table.processes.iter().all(|p| p.cpu_ratio.is_none()), "nothing to compare with yet");
    check_processes(
        &second,
        expect![[r#"
            1 1700000000020 parent=None "systemd" Sleeping cpu=Some(0.0) mem=12288000 read=Some(0.0) write=Some(0.0) threads=1 "/sbin/init splash"
            2 1700000000020 parent=None "kthreadd" Sleeping cpu=Some(0.0) mem=0 read=None write=None threads=1 ""
            17 1700000000030 parent=Some(2) "kworker/0:1" Idle cpu=Some(0.05) mem=0 read=None write=None threads=1 ""
            812 1700000500000 parent=Some(1) "Web (Content) x" Running cpu=Some(1.0) mem=450560000 read=Some(1000000.0) write=Some(500000.0) threads=28 "/usr/lib/firefox -contentproc --token •••"
            900 1700000510000 parent=Some(812) "defunct" Zombie cpu=Some(0.0) mem=0 read=None write=None threads=1 ""
            1200 1700000937800 parent=Some(1) "new" Blocked cpu=None mem=81920 read=None write=None threads=2 "new --password=•••"
        "#]],
    );
}

#[test]
fn the_set_of_series_and_the_facts_are_shared_while_they_stay_the_same() {
    let (first, second) = two_ticks("desktop-hwmon");
    assert!(std::sync::Arc::ptr_eq(&first.series, &second.series));
    assert!(std::sync::Arc::ptr_eq(&first.facts, &second.facts));
    assert_eq!(first.values.len(), first.series.series.len());
}

#[test]
fn a_raspberry_pi_has_a_thermal_zone_and_no_pressure() {
    let (_, snapshot) = two_ticks("raspberry-pi");
    check_values(
        &snapshot,
        "cpu.core",
        expect![[r#"
            cpu.busy                               CPU              0.15
            cpu.user                               user             0.125
            cpu.system                             system           0.025
            cpu.iowait                             iowait           0
            cpu.steal                              steal            0
            cpu.contextSwitches                    Context switches 100
            cpu.frequency                          Clock            1500000000
            load.1                                 Load 1 min       0.1
            load.5                                 Load 5 min       0.05
            load.15                                Load 15 min      0.01
            uptime                                 up               1002
            memory.total                           total            3977601024
            memory.used                            used             905601024
            memory.available                       available        3072000000
            memory.free                            free             2048000000
            memory.cached                          cached           1013760000
            swap.total                             swap             104853504
            swap.used                              swap used        0
            swap.in                                swapped in       0
            swap.out                               swapped out      0
            disk.0x1a2b3c4d.read                   mmcblk0          0
            disk.0x1a2b3c4d.write                  mmcblk0          409600
            disk.0x1a2b3c4d.readOps                mmcblk0          0
            disk.0x1a2b3c4d.writeOps               mmcblk0          10
            disk.0x1a2b3c4d.busy                   mmcblk0          0.9
            fs./.total                             /                31000000000
            fs./.used                              /                9000000000
            fs./.available                         /                20000000000
            fs./boot/firmware.total                /boot/firmware   530000000
            fs./boot/firmware.used                 /boot/firmware   80000000
            fs./boot/firmware.available            /boot/firmware   450000000
            net.dc:a6:32:01:02:03.rx               eth0             12350
            net.dc:a6:32:01:02:03.tx               eth0             1000
            net.dc:a6:32:01:02:03.errors           eth0             0
            net.dc:a6:32:01:02:03.drops            eth0             0
            net.dc:a6:32:01:02:04.rx               wlan0            0
            net.dc:a6:32:01:02:04.tx               wlan0            0
            net.dc:a6:32:01:02:04.errors           wlan0            0
            net.dc:a6:32:01:02:04.drops            wlan0            0
            net.lo.rx                              lo               0
            net.lo.tx                              lo               0
            net.lo.errors                          lo               0
            net.lo.drops                           lo               0
            sensor.cpu-thermal.temperature         CPU              51.12
            process.count                          processes        0
            process.threads                        threads          0
        "#]],
    );
    check_facts(
        &snapshot.facts,
        expect![[r#"
            disk 0x1a2b3c4d mmcblk0 Some("SC32G") card Some(31914983424)
            fs "/" ext4 /dev/mmcblk0p2 on Some("0x1a2b3c4d") stalled=false
            fs "/boot/firmware" vfat /dev/mmcblk0p1 on None stalled=false
            net dc:a6:32:01:02:03 eth0 ethernet [] Some(1000000000) up=Some(true) default=true
            net dc:a6:32:01:02:04 wlan0 wifi [] None up=Some(false) default=false
            net lo lo loopback [] None up=Some(true) default=false
            temperature cpu-thermal "CPU" cpu-thermal None Some(110.0)
            no sensors: None
        "#]],
    );
}

#[test]
fn a_container_is_as_large_as_its_limits() {
    let (_, snapshot) = two_ticks("container-limits");
    check_values(
        &snapshot,
        "net",
        expect![[r#"
            cpu.busy                               CPU              0.3
            cpu.user                               user             0.2
            cpu.system                             system           0.05
            cpu.iowait                             iowait           0
            cpu.steal                              steal            0.05
            cpu.core.0.busy                        Core 0           0.6
            cpu.core.0.user                        Core 0           0.4
            cpu.core.0.system                      Core 0           0.1
            cpu.core.0.iowait                      Core 0           0
            cpu.core.0.steal                       Core 0           0.1
            cpu.core.1.busy                        Core 1           0
            cpu.core.1.user                        Core 1           0
            cpu.core.1.system                      Core 1           0
            cpu.core.1.iowait                      Core 1           0
            cpu.core.1.steal                       Core 1           0
            cpu.contextSwitches                    Context switches 100
            cpu.throttled                          Throttled        0.5
            load.1                                 Load 1 min       1
            load.5                                 Load 5 min       1
            load.15                                Load 15 min      1
            uptime                                 up               5000
            memory.total                           total            536870912
            memory.used                            used             350000000
            memory.available                       available        186870912
            memory.free                            free             86870912
            memory.cached                          cached           150000000
            swap.total                             swap             0
            swap.used                              swap used        0
            fs./.total                             /                100000000000
            fs./.used                              /                60000000000
            fs./.available                         /                40000000000
            fs./data.total                         /data            100000000000
            fs./data.used                          /data            60000000000
            fs./data.available                     /data            40000000000
            process.count                          processes        0
            process.threads                        threads          0
            fault disks: Disk activity cannot be read: this kernel does not offer it.
        "#]],
    );
    check_facts(
        &snapshot.facts,
        expect![[r#"
        fs "/" overlay overlay on None stalled=false
        fs "/data" ext4 /dev/sda1 on None stalled=false
        net eth0 eth0 virtual [] Some(10000000000) up=Some(true) default=false
        net lo lo loopback [] None up=None default=false
        no sensors: Some("3f2a9c is a container; the sensors of its host are not shown to it.")
    "#]],
    );
}

#[test]
fn a_server_with_128_threads_names_each_of_them() {
    let (_, snapshot) = two_ticks("many-core");
    check_values(
        &snapshot,
        "cpu.core",
        expect![[r#"
        cpu.busy                               CPU              0.0296
        cpu.user                               user             0.0296
        cpu.system                             system           0
        cpu.iowait                             iowait           0
        cpu.steal                              steal            0
        cpu.contextSwitches                    Context switches 1000
        load.1                                 Load 1 min       64.2
        load.5                                 Load 5 min       60.1
        load.15                                Load 15 min      55
        uptime                                 up               100
        memory.total                           total            540672000000
        memory.used                            used             28672000000
        memory.available                       available        512000000000
        memory.free                            free             409600000000
        memory.cached                          cached           96153600000
        swap.total                             swap             0
        swap.used                              swap used        0
        process.count                          processes        0
        process.threads                        threads          0
    "#]],
    );
    assert_eq!(snapshot.value("cpu.core.127.busy"), Some(0.01));
    assert_eq!(snapshot.value("cpu.core.6.busy"), Some(0.06));
    assert_eq!(snapshot.series.series.iter().filter(|s| s.metric == "cpu.core.busy").count(), 128);
}

#[test]
fn machines_are_told_apart() {
    let mut table = String::new();
    for name in ["desktop-hwmon", "raspberry-pi", "container-limits", "many-core"] {
        let m = sampler(&Recording::begin(name)).machine();
        writeln!(
            table,
            "{} | {} | {:?} | {} cores, {:?} physical | {:?} | {} | {} | {:?}",
            m.name,
            m.os,
            m.kernel,
            m.cores,
            m.physical_cores,
            m.cpu_model,
            m.memory_total_bytes,
            m.booted_at_ms,
            m.virtualization
        )
        .unwrap();
    }
    expect![[r#"
        workbench | Debian GNU/Linux 12 (bookworm) | Some("6.1.0-28-amd64") | 4 cores, Some(2) physical | Some("Intel(R) Core(TM) i5-7200U CPU @ 2.50GHz") | 16384000000 | 1700000000000 | None
        pi | Debian GNU/Linux 12 (bookworm) | Some("6.6.31+rpt-rpi-v8") | 4 cores, None physical | Some("ARM Cortex-A72") | 3977601024 | 1700000000000 | None
        3f2a9c | Alpine Linux v3.20 | Some("5.15.0-1064-azure") | 2 cores, None physical | Some("AMD EPYC 7763 64-Core Processor") | 536870912 | 1700000000000 | Some("docker")
        big | Ubuntu 24.04 LTS | Some("6.8.0") | 128 cores, Some(64) physical | Some("AMD EPYC 7742 64-Core Processor") | 540672000000 | 1700000000000 | None
    "#]].assert_eq(&table);
}

#[test]
fn a_wall_clock_that_jumps_an_hour_either_way_gives_no_spike() {
    for jump_ms in [3_600_000i64, -3_600_000] {
        let recording = Recording::begin("desktop-hwmon");
        let mut sampler = sampler(&recording);
        sampler.sample(at(0), &with_processes());
        recording.advance();
        let now = Now { wall_ms: at(1).wall_ms.saturating_add_signed(jump_ms), ..at(1) };
        let jumped = sampler.sample(now, &with_processes());
        let (_, straight) = two_ticks("desktop-hwmon");
        assert_eq!(jumped.values, straight.values);
        let rows = |s: &Snapshot| s.processes.as_ref().unwrap().processes.clone();
        assert_eq!(rows(&jumped), rows(&straight));
    }
}

#[test]
fn a_suspend_of_eight_hours_is_a_gap_and_not_a_spike() {
    let recording = Recording::begin("desktop-hwmon");
    let mut sampler = sampler(&recording);
    sampler.sample(at(0), &with_processes());
    recording.advance();
    let after = sampler.sample(at(8 * 3600), &with_processes());
    assert_eq!(after.value("cpu.busy"), None);
    assert_eq!(after.value("net.a4:34:d9:11:22:33.rx"), None);
    assert!(after.total("net.a4:34:d9:11:22:33.rx").is_some(), "what was counted is still known");
    assert!(after.processes.unwrap().processes.iter().all(|p| p.cpu_ratio.is_none()));
    assert_eq!(after.series.position("cpu.busy"), Some(0), "the series stays");
}

#[test]
fn a_sensor_that_vanishes_is_a_gap_and_is_back_within_two_ticks() {
    let recording = Recording::begin("desktop-hwmon");
    let mut sampler = sampler(&recording);
    let mut tick = |second| sampler.sample(at(second), &Wanted::default());
    let id = "sensor.nct6775-temp1.temperature";
    let first = tick(0);
    assert_eq!(first.value(id), Some(34.0));
    let (here, away) =
        (recording.path().join("sys/class/hwmon/hwmon3"), recording.path().join("hwmon3-unplugged"));
    // The kernel answers ENODEV on an open file of a device that is gone; an emptied file is as unreadable.
    recording.write("sys/class/hwmon/hwmon3/temp1_input", "");
    fs::rename(&here, &away).unwrap();
    for second in 1..20 {
        let gone = tick(second);
        assert_eq!(gone.value(id), None);
        assert_eq!(gone.series.generation, first.series.generation, "a gap, not another set");
    }
    fs::rename(&away, recording.path().join("sys/class/hwmon/hwmon9")).unwrap();
    recording.write("sys/class/hwmon/hwmon9/temp1_input", "35000");
    tick(20);
    assert_eq!(tick(21).value(id), Some(35.0));
}

#[test]
fn a_disk_that_is_unplugged_and_plugged_in_again_has_the_same_series_and_no_spike() {
    let recording = Recording::begin("desktop-hwmon");
    let mut sampler = sampler(&recording);
    let mut tick = |second| sampler.sample(at(second), &Wanted::default());
    let id = "disk.naa.50014ee20a1b2c3d.read";
    let path = recording.path().join("proc/diskstats");
    let with = fs::read_to_string(&path).unwrap();
    let without: String =
        with.lines().filter(|line| !line.contains("sda")).map(|line| format!("{line}\n")).collect();
    assert!(tick(0).series.position(id).is_some());
    recording.write("proc/diskstats", &without);
    assert!(tick(1).series.position(id).is_none());
    recording.write("proc/diskstats", &with);
    let back = tick(2);
    assert!(back.series.position(id).is_some());
    assert_eq!(back.value(id), None);
    assert_eq!(tick(3).value(id), Some(0.0));
    assert_eq!(back.total(id), tick(4).total(id), "the kernel's own count, from the first reading on");
}

#[test]
fn what_cannot_be_read_is_a_fault_and_the_rest_goes_on() {
    let recording = Recording::begin("desktop-hwmon");
    fs::remove_file(recording.path().join("proc/stat")).unwrap();
    let snapshot = sampler(&recording).sample(at(0), &Wanted::default());
    assert_eq!(snapshot.faults.iter().map(|f| f.source.as_str()).collect::<Vec<_>>(), ["cpu"]);
    assert!(snapshot.value("memory.used").is_some());
}

#[test]
fn an_empty_machine_is_all_unknown_and_nothing_panics() {
    let empty = tempfile::tempdir().unwrap();
    let mut sampler = Sampler::new(Sources::recorded(empty.path()), Duration::from_secs(1));
    for second in 0..3 {
        let snapshot = sampler.sample(at(second), &with_processes());
        assert!(snapshot.faults.iter().all(|fault| !fault.message.contains("bug")), "{:?}", snapshot.faults);
    }
    let _ = sampler.machine();
}
