//! T13: paths that lead out of what the page is made of. There is nothing to lead out of: its files are in the
//! program. The system is asked, too, which files the agent opened meanwhile.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::agent::Agent;
use crate::ask::{Ask, HERE, exchange};
use crate::fixture::DEADLINE;
use crate::owner::{STREAM, stream};

/// Where the files lie that are wanted, from somewhere below the root of this machine.
const WANTED: [&str; 6] = [
    "etc/passwd",
    "etc/shadow",
    "proc/self/environ",
    "root/.ssh/id_ed25519",
    "Windows/win.ini",
    "owner.token",
];

/// Two hundred ways and more to ask for files that are not the page's.
fn paths(data_dir: &str) -> Vec<String> {
    let ups = [
        "../",
        "..%2f",
        "%2e%2e/",
        "%2e%2e%2f",
        ".%2e/",
        "%252e%252e%252f",
        "..%255c",
        "..\\",
        "..%5c",
        "..;/",
        "..%00/",
        "....//",
        "..%c0%af",
        "..%ef%bc%8f",
        "%uff0e%uff0e/",
        "..%u2215",
    ];
    let mut paths = Vec::new();
    for wanted in WANTED {
        for up in ups {
            paths.push(format!("/{}{wanted}", up.repeat(8)));
            paths.push(format!("/assets/{}{wanted}", up.repeat(8)));
        }
        paths.push(format!("//{wanted}"));
        paths.push(format!("/%2f{wanted}"));
        paths.push(format!("/{wanted}%00.html"));
        paths.push(format!("/file:///{wanted}"));
        paths.push(format!("/\\\\127.0.0.1\\share\\{}", wanted.replace('/', "\\")));
        paths.push(format!("/%5c%5c127.0.0.1%5cshare%5c{wanted}"));
        paths.push(format!("//127.0.0.1/share/{wanted}"));
        paths.push(format!("/C:/{wanted}"));
        paths.push(format!("/C:%5c{wanted}"));
        paths.push(format!("/assets/%2e/{wanted}::$DATA"));
    }
    paths.push(format!("{data_dir}/owner.token"));
    paths.push(format!("/{data_dir}/owner.token"));
    paths.extend(
        ["/.git/config", "/.env", "/index.html/../../owner.token", "/CON", "/aux.html"].map(str::to_owned),
    );
    paths
}

/// A program that tells which files another one opens. `None` where it may not look at it, and then the
/// test is skipped.
struct Trace {
    child: Child,
    told: tempfile::NamedTempFile,
}

impl Trace {
    fn of(agent: &Agent) -> Option<Self> {
        let told = tempfile::NamedTempFile::new().expect("a temporary file");
        let child = Command::new("strace")
            .args(["-f", "-qq", "-y", "-s", "4096", "-e", "trace=open,openat,openat2,creat", "-o"])
            .arg(told.path())
            .args(["-p", &agent.pid().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = child else {
            testing::skip("strace");
            return None;
        };
        let begun = Instant::now();
        while !is_traced(agent.pid()) {
            assert!(begun.elapsed() < DEADLINE, "strace does not begin");
            if child.try_wait().expect("it is ours").is_some() {
                testing::skip("the right to look at other programs by strace");
                return None;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(Self { child, told })
    }

    /// What was opened, or tried, until the agent ended.
    fn opened(mut self) -> BTreeSet<String> {
        drop(self.child.wait());
        let told = std::fs::read_to_string(self.told.path()).expect("what it told");
        told.lines().filter_map(path_of).collect()
    }
}

/// The path that a line tells of: `… openat(5</proc>, "1/stat", …`.
fn path_of(line: &str) -> Option<String> {
    let (before, rest) = line.split_once('"')?;
    let (path, _) = rest.split_once('"')?;
    let folder =
        before.split_once('<').and_then(|(_, it)| it.split_once('>')).map_or("", |(folder, _)| folder);
    Some(if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") })
}

/// Whether every thread of it is looked at.
fn is_traced(pid: u32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).expect("it runs");
    threads.flatten().all(|thread| {
        let status = std::fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        status.lines().any(|line| line.strip_prefix("TracerPid:").is_some_and(|tracer| tracer.trim() != "0"))
    })
}

#[tokio::test]
async fn no_path_leads_to_a_file() {
    let agent = Agent::start("warn", &json!({})).ticking().await;
    let secret = agent.owner_token();
    let data_dir = agent.data_dir().display().to_string();
    let trace = Trace::of(&agent);
    let paths = paths(&data_dir);
    assert!(paths.len() >= 200, "{}", paths.len());
    for path in &paths {
        // One that no library would send, and one below a route that has parts to fill in.
        for path in [path.clone(), format!("/api/metrics{path}"), format!("/api/v1/devices{path}/ws")] {
            let request = Ask::get(&path).bytes(agent.address);
            let answer = exchange(HERE, agent.address, &request).await.expect("an answer");
            assert!([400, 404].contains(&answer.status()), "{path}: {answer:?}");
            let body = answer.body();
            assert!(!body.contains("root:") && !body.contains(&secret), "{path}: {answer:?}");
        }
    }
    println!("{} paths lead nowhere", 3 * paths.len());
    // Somebody looks on, so that it opens what it always does: the files of every process.
    let mut raw = stream(&Ask::get(STREAM).upgrade(), agent.address).await;
    raw.send_json(&json!({"type": "subscribe", "channels": ["processes"]})).await;
    for _ in 0..3 {
        raw.recv_type("frame").await;
    }
    drop(agent.end());
    let Some(trace) = trace else { return };
    let opened = trace.opened();
    assert!(opened.iter().any(|path| path.starts_with("/proc/")), "it was looked at: {opened:?}");
    // Of /etc the names of users, which the table of processes shows, and the time zone.
    let may = [
        "/proc/",
        "/sys/",
        "/etc/passwd",
        "/etc/group",
        "/etc/nsswitch.conf",
        "/etc/localtime",
        "/run/udev/",
    ];
    let allowed = |path: &str| {
        path.starts_with(&data_dir)
            || may.iter().any(|it| path.starts_with(it))
            || ["/proc", "/sys"].contains(&path)
    };
    let beyond: Vec<_> = opened.iter().filter(|path| !allowed(path)).collect();
    assert!(beyond.is_empty(), "it opened {beyond:?}");
    for wanted in WANTED.iter().filter(|it| **it != "etc/passwd") {
        assert!(!opened.iter().any(|path| path.ends_with(wanted)), "it opened {wanted}");
    }
}
