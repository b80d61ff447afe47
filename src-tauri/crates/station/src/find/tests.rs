//! What is found on a made-up machine, and how queries that cannot be read are refused. The language itself is tested in
//! `wire` (`golden/queries.jsonl`).

use std::sync::Arc;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::json;
use wire::limits::{FIND_CHARS, FIND_TERMS};
use wire::{Facts, Filesystem, Metric, Process, ProcessState, ProcessTable, Series, SeriesSet, Snapshot};

use super::*;

const GIB: u64 = 1 << 30;
const NOW: u64 = 10_000;

fn process(pid: u32, name: &str, cpu: Option<f64>, memory_bytes: u64, user: &str, command: &str) -> Process {
    Process {
        pid,
        started_at_ms: 1,
        parent_pid: None,
        name: name.into(),
        state: ProcessState::Running,
        cpu_ratio: cpu,
        memory_bytes,
        read_bytes_per_s: None,
        write_bytes_per_s: None,
        threads: 1,
        user: user.into(),
        command: command.into(),
    }
}

fn filesystem(mount: &str) -> Filesystem {
    let text = |it: &str| it.to_owned();
    let (device, mount, kind, source) = (text(mount), text(mount), text("ext4"), text("/dev/sda1"));
    Filesystem { device, mount, kind, source, disk: None, stalled: false }
}

/// A machine `nas-01` with 8 GiB, busy to 62 %, half of its memory used, `/` full to 95 % and `/home` to 40 %.
fn tick(processes: Vec<Process>) -> Tick {
    let numbers = [
        (Metric::CpuBusy, "", 0.62),
        (Metric::MemoryUsed, "", 4.0 * GIB as f64),
        (Metric::MemoryTotal, "", 8.0 * GIB as f64),
        (Metric::FsUsed, "/", 95.0),
        (Metric::FsTotal, "/", 100.0),
        (Metric::FsUsed, "/home", 40.0),
        (Metric::FsTotal, "/home", 100.0),
    ];
    let series = numbers.map(|(metric, device, _)| Series {
        id: metric.id(device),
        metric: metric.definition().name.into(),
        device: device.into(),
        label: String::new(),
        unit: metric.definition().unit,
    });
    let facts = Facts { filesystems: vec![filesystem("/"), filesystem("/home")], ..Facts::default() };
    let snapshot = Snapshot {
        sampled_at_ms: NOW,
        series: Arc::new(SeriesSet { generation: 0, series: series.to_vec() }),
        values: numbers.map(|(_, _, value)| Some(value)).to_vec(),
        totals: vec![None; numbers.len()],
        facts: Arc::new(facts),
        faults: [].into(),
        processes: Some(Arc::new(ProcessTable { sampled_at_ms: NOW - 3_000, processes })),
        details: Vec::new(),
    };
    let machine = wire::Machine {
        id: "id".into(),
        name: "nas-01".into(),
        os: String::new(),
        family: "linux".into(),
        kernel: None,
        arch: String::new(),
        cores: 4,
        physical_cores: None,
        cpu_model: None,
        memory_total_bytes: 8 * GIB,
        booted_at_ms: 0,
        virtualization: None,
        version: String::new(),
        demo: false,
    };
    Tick::after(None, snapshot, &Arc::new(machine))
}

fn usual() -> Tick {
    tick(vec![
        process(1, "systemd", Some(0.0), 12 << 20, "root", "/sbin/init"),
        process(20, "ffmpeg", Some(3.5), GIB / 2, "ana", "ffmpeg -i holiday.mkv"),
        process(21, "FFmpeg-probe", None, 1 << 20, "ben", "ffprobe x"),
        process(30, "firefox", Some(0.5), 3 * GIB, "ana", "/usr/lib/firefox --profile canary"),
        process(31, "kworker/0:1", Some(0.02), 0, "root", ""),
    ])
}

fn ask(tick: &Tick, commands: Commands, query: &str, limit: usize) -> Result<Findings, ErrorBody> {
    find(tick, commands, &FindQuery { query: query.to_owned(), limit }, NOW)
}

/// In a line: the machine, its processes, its disks.
fn told(found: &Findings) -> String {
    let processes = found.processes.iter().map(|it| it.name.clone());
    let disks = found.disks.iter().map(|it| it.mount.clone());
    let machine = found.machine.then(|| "machine".to_owned());
    let more = (found.more > 0).then(|| format!("+{}", found.more));
    machine.into_iter().chain(processes).chain(more).chain(disks).collect::<Vec<_>>().join(" ")
}

fn check(commands: Commands, queries: &[&str], expected: &Expect) {
    let tick = usual();
    let line = |query: &&str| match ask(&tick, commands, query, 10) {
        Ok(found) => format!("{query} → {}\n", told(&found)),
        Err(error) => format!("{query} → {:?}: {}\n", error.code, json!(error.query)),
    };
    expected.assert_eq(&queries.iter().map(line).collect::<String>());
}

#[test]
fn what_matches_is_found() {
    let queries = [
        "ffmpeg",
        "NAS",
        "nas-01",
        "holiday",
        "name:ffm",
        "name=\"fire\"",
        "kworker/0:1",
        "cpu>50",
        "cpu > 49.9 %",
        "cpu>=350",
        "cpu<1",
        "cpu=2",
        "cpu>70",
        "mem>2GB",
        "mem>2GiB",
        "mem>3g",
        "mem>=3GiB",
        "mem<1MB",
        "mem=3GB",
        "mem>50",
        "mem>=50%",
        "mem>30",
        "mem > 2 GiB",
        "mem > 2 GB ana",
        "disk>90",
        "disk<50",
        "disk=95",
        "nas disk>90",
        "home disk>10",
        "cpu>50 disk>90",
        "cpu>70 disk>90",
        "ffmpeg disk>90",
        "host:nas",
        "host:forge",
        "host:nas ffmpeg",
        "host:forge ffmpeg",
        "host:nas cpu>50",
        "machine=NAS-01",
        "user:ana",
        "user=ana cpu>100",
        "owner:nobody",
        "pid:30",
        "pid>=30",
        "pid=3",
        "cpu>10 and name:f",
        "\"and\"",
        "nothing like it",
        "ffmpeg or firefox",
        "not ffmpeg",
        "cpu>50 or disk>90",
        "not host:nas",
        "command~^ff(m|p)",
        "state:running name:sys",
        "started>5s name:sys",
        "os:linux",
        "temp>0",
        "io>0",
        "nas and (mem>40% or root)",
    ];
    check(
        Commands::Whole,
        &queries,
        &expect![[r#"
            ffmpeg → ffmpeg FFmpeg-probe
            NAS → machine
            nas-01 → machine
            holiday → ffmpeg
            name:ffm → ffmpeg FFmpeg-probe
            name="fire" → firefox
            kworker/0:1 → kworker/0:1
            cpu>50 → machine ffmpeg
            cpu > 49.9 % → machine ffmpeg firefox
            cpu>=350 → ffmpeg
            cpu<1 → systemd
            cpu=2 → kworker/0:1
            cpu>70 → ffmpeg
            mem>2GB → firefox
            mem>2GiB → firefox
            mem>3g → 
            mem>=3GiB → firefox
            mem<1MB → kworker/0:1
            mem=3GB → firefox
            mem>50 → 
            mem>=50% → machine
            mem>30 → machine firefox
            mem > 2 GiB → firefox
            mem > 2 GB ana → firefox
            disk>90 → /
            disk<50 → /home
            disk=95 → /
            nas disk>90 → /
            home disk>10 → /home
            cpu>50 disk>90 → /
            cpu>70 disk>90 → 
            ffmpeg disk>90 → 
            host:nas → machine
            host:forge → 
            host:nas ffmpeg → ffmpeg FFmpeg-probe
            host:forge ffmpeg → 
            host:nas cpu>50 → machine ffmpeg
            machine=NAS-01 → machine
            user:ana → ffmpeg firefox
            user=ana cpu>100 → ffmpeg
            owner:nobody → 
            pid:30 → firefox
            pid>=30 → firefox kworker/0:1
            pid=3 → 
            cpu>10 and name:f → ffmpeg firefox
            "and" → 
            nothing like it → 
            ffmpeg or firefox → ffmpeg firefox FFmpeg-probe
            not ffmpeg → machine firefox kworker/0:1 systemd
            cpu>50 or disk>90 → machine ffmpeg
            not host:nas → 
            command~^ff(m|p) → ffmpeg FFmpeg-probe
            state:running name:sys → systemd
            started>5s name:sys → systemd
            os:linux → machine
            temp>0 → 
            io>0 → 
            nas and (mem>40% or root) → machine
        "#]],
    );
}

#[test]
fn what_cannot_be_read_is_a_code_and_a_place() {
    let queries = [
        "",
        "   ",
        "and",
        "nmae=x",
        "hsot:nas",
        "frobnicate>3",
        ">5",
        "cpu>",
        "cpu:",
        "cpu>lots",
        "cpu>5GB",
        "mem>2XB",
        "mem>2GBs",
        "disk>1.2.3",
        "pid:1.5",
        "pid:x",
        "cpu~5",
        "name>x",
        "host<3",
        "tag:x",
        "mem>500",
        "name~(",
        "a or",
        "not",
        "\"open",
        "\"\"",
        "cpu>-5",
    ];
    check(
        Commands::Whole,
        &queries,
        &expect![[r#"
             → BadParams: {"from":0,"problem":{"code":"empty"},"to":0,"unfinished":false}
                → BadParams: {"from":0,"problem":{"code":"empty"},"to":3,"unfinished":false}
            and → BadParams: {"from":0,"problem":{"before":"and","code":"missingBefore"},"to":3,"unfinished":false}
            nmae=x → BadParams: {"from":0,"problem":{"code":"unknownField","meant":"name","word":"nmae"},"to":4,"unfinished":false}
            hsot:nas → BadParams: {"from":0,"problem":{"code":"unknownField","meant":"host","word":"hsot"},"to":4,"unfinished":false}
            frobnicate>3 → BadParams: {"from":0,"problem":{"code":"unknownField","meant":null,"word":"frobnicate"},"to":10,"unfinished":false}
            >5 → BadParams: {"from":0,"problem":{"code":"missingField","operator":">"},"to":1,"unfinished":false}
            cpu> → BadParams: {"from":4,"problem":{"after":"cpu>","code":"missingValue"},"to":4,"unfinished":true}
            cpu: → BadParams: {"from":4,"problem":{"after":"cpu:","code":"missingValue"},"to":4,"unfinished":true}
            cpu>lots → BadParams: {"from":4,"problem":{"code":"badValue","field":"cpu","kind":"percent","value":"lots"},"to":8,"unfinished":false}
            cpu>5GB → BadParams: {"from":4,"problem":{"code":"badValue","field":"cpu","kind":"percent","value":"5GB"},"to":7,"unfinished":false}
            mem>2XB → BadParams: {"from":4,"problem":{"code":"badValue","field":"mem","kind":"memory","value":"2XB"},"to":7,"unfinished":false}
            mem>2GBs → BadParams: {"from":4,"problem":{"code":"badValue","field":"mem","kind":"memory","value":"2GBs"},"to":8,"unfinished":false}
            disk>1.2.3 → BadParams: {"from":5,"problem":{"code":"badValue","field":"disk","kind":"percent","value":"1.2.3"},"to":10,"unfinished":false}
            pid:1.5 → BadParams: {"from":4,"problem":{"code":"badValue","field":"pid","kind":"count","value":"1.5"},"to":7,"unfinished":false}
            pid:x → BadParams: {"from":4,"problem":{"code":"badValue","field":"pid","kind":"count","value":"x"},"to":5,"unfinished":false}
            cpu~5 → BadParams: {"from":3,"problem":{"code":"wrongOperator","field":"cpu","operator":"~"},"to":4,"unfinished":false}
            name>x → BadParams: {"from":4,"problem":{"code":"wrongOperator","field":"name","operator":">"},"to":5,"unfinished":false}
            host<3 → BadParams: {"from":4,"problem":{"code":"wrongOperator","field":"host","operator":"<"},"to":5,"unfinished":false}
            tag:x → BadParams: {"from":0,"problem":{"code":"fieldElsewhere","field":"tag","instead":"host"},"to":3,"unfinished":false}
            mem>500 → BadParams: {"from":4,"problem":{"code":"needsUnit","value":"500"},"to":7,"unfinished":false}
            name~( → BadParams: {"from":5,"problem":{"code":"badPattern","what":"group"},"to":6,"unfinished":false}
            a or → BadParams: {"from":4,"problem":{"after":"or","code":"missingAfter"},"to":4,"unfinished":true}
            not → BadParams: {"from":3,"problem":{"after":"not","code":"missingAfter"},"to":3,"unfinished":true}
            "open → BadParams: {"from":0,"problem":{"code":"unclosedQuote"},"to":5,"unfinished":true}
            "" → BadParams: {"from":0,"problem":{"code":"emptyQuote"},"to":2,"unfinished":false}
            cpu>-5 → BadParams: {"from":4,"problem":{"code":"badValue","field":"cpu","kind":"percent","value":"-5"},"to":6,"unfinished":false}
        "#]],
    );
}

#[test]
fn scope_view_sees_names_and_no_more() {
    let queries = [
        "ffmpeg",
        "holiday",
        "canary",
        "/sbin",
        "ana",
        "user:ana",
        "owner:nobody",
        "cpu>50 user:ana",
        "not user:ana",
        "command~x",
    ];
    check(
        Commands::Hidden,
        &queries,
        &expect![[r#"
            ffmpeg → ffmpeg FFmpeg-probe
            holiday → 
            canary → 
            /sbin → 
            ana → 
            user:ana → Forbidden: {"from":0,"problem":{"code":"hidden","field":"user"},"to":8,"unfinished":false}
            owner:nobody → Forbidden: {"from":0,"problem":{"code":"hidden","field":"user"},"to":12,"unfinished":false}
            cpu>50 user:ana → Forbidden: {"from":0,"problem":{"code":"hidden","field":"user"},"to":15,"unfinished":false}
            not user:ana → Forbidden: {"from":0,"problem":{"code":"hidden","field":"user"},"to":12,"unfinished":false}
            command~x → Forbidden: {"from":0,"problem":{"code":"hidden","field":"command"},"to":9,"unfinished":false}
        "#]],
    );
    let found = ask(&usual(), Commands::Hidden, "firefox", 10).expect("an answer");
    assert_eq!(found.processes[0].user, None);
    let found = ask(&usual(), Commands::Whole, "canary", 10).expect("an answer");
    assert_eq!(found.processes[0].user.as_deref(), Some("ana"));
}

#[test]
fn of_a_command_line_without_arguments_the_program_is_found() {
    for (query, found) in [
        ("command:firefox", 1),
        ("command:canary", 0),
        ("holiday", 0),
        ("command~profile", 0),
        ("user:ana", 2),
    ] {
        let answer = ask(&usual(), Commands::Programs, query, 10).expect("an answer");
        assert_eq!(answer.processes.len(), found, "{query}");
    }
}

#[test]
fn the_age_of_the_table_is_told_and_nothing_is_found_before_the_first() {
    assert_eq!(ask(&usual(), Commands::Hidden, "x", 1).expect("an answer").table_age_ms, Some(3_000));
    let mut early = usual();
    early.snapshot.processes = None;
    let found = ask(&early, Commands::Hidden, "cpu>50", 10).expect("an answer");
    assert_eq!((found.table_age_ms, found.machine, found.processes.len()), (None, true, 0));
}

#[test]
fn answers_and_queries_are_bounded() {
    let many = (0..500).map(|pid| process(pid, "many", Some(f64::from(pid)), 0, "x", "")).collect();
    let tick = tick(many);
    let found = ask(&tick, Commands::Hidden, "many", usize::MAX).expect("an answer");
    assert_eq!((found.processes.len(), found.more), (FINDINGS, 450));
    assert_eq!(found.processes[0].pid, 499, "most CPU first");
    let found = ask(&tick, Commands::Hidden, "many", 0).expect("an answer");
    assert_eq!((found.processes.len(), found.more), (0, 500));
    assert!(ask(&tick, Commands::Hidden, &"x".repeat(FIND_CHARS), 1).is_ok());
    assert!(ask(&tick, Commands::Hidden, &"x".repeat(FIND_CHARS + 1), 1).is_err());
    assert!(ask(&tick, Commands::Hidden, &"x ".repeat(FIND_TERMS), 1).is_ok());
    assert!(ask(&tick, Commands::Hidden, &"x ".repeat(FIND_TERMS + 1), 1).is_err());
}

/// Queries that mostly can be understood, of words that occur in names, users and command lines.
fn queries() -> impl Strategy<Value = String> {
    let term = prop_oneof![
        4 => "[a-c]{1,3}",
        2 => "(name|process):[a-c]{1,2}",
        1 => "(user|owner)[:=][a-c]",
        2 => "(cpu|mem|pid)(>|<|>=|=)[0-9]{1,2}",
        1 => "(or|not|and)",
        1 => "(name|command|user)~[a-c.]",
        1 => "[a-c<>=:~!\"%é]{0,4}",
    ];
    proptest::collection::vec(term, 1..4).prop_map(|terms| terms.join(" "))
}

proptest! {
    /// Whatever is typed, and whatever the hidden texts are: to scope `view` the answer is the same.
    #[test]
    fn a_viewer_cannot_tell_one_hidden_text_from_another(
        query in queries(),
        users in ("[a-c]{0,4}", "[a-c]{0,4}"),
        commands in ("[a-c ]{0,9}", "[a-c ]{0,9}"),
    ) {
        let machine = |user: &str, command: &str| tick(vec![
            process(1, "abc", Some(0.3), GIB, user, command),
            process(2, "b", Some(0.3), GIB, user, command),
        ]);
        let one = ask(&machine(&users.0, &commands.0), Commands::Hidden, &query, 1);
        let other = ask(&machine(&users.1, &commands.1), Commands::Hidden, &query, 1);
        prop_assert_eq!(one, other);
    }

    /// The same where the programs are seen, of their arguments.
    #[test]
    fn who_sees_programs_cannot_tell_one_argument_from_another(
        query in queries(),
        arguments in ("[a-c ]{0,9}", "[a-c ]{0,9}"),
    ) {
        let machine = |arguments: &str| tick(vec![process(1, "b", Some(0.3), GIB, "a", &format!("/bin/abc {arguments}"))]);
        let one = ask(&machine(&arguments.0), Commands::Programs, &query, 1);
        let other = ask(&machine(&arguments.1), Commands::Programs, &query, 1);
        prop_assert_eq!(one, other);
    }
}
