//! A real Prometheus scrapes the server, and its own tool checks the text. Run by `cargo xtask test`, which knows
//! where they are; by hand: `SIGHTLINE_PROMETHEUS=<folder> cargo test -p sightline-lan --test prometheus`.
#![cfg(target_os = "linux")] // The recorded machines are Linux machines.

mod fixture;

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use fixture::{DEADLINE, Fixture, get};
use serde_json::Value;

/// What the made-up interface receives a second.
const RECEIVED_PER_S: f64 = 1e6;

/// How often the made-up interface counts on.
const COUNTING: Duration = Duration::from_millis(20);

/// A program of the package `prometheus`: in `SIGHTLINE_PROMETHEUS`, else on `PATH`.
fn program(name: &str) -> PathBuf {
    std::env::var_os("SIGHTLINE_PROMETHEUS")
        .map_or_else(|| name.into(), |folder| PathBuf::from(folder).join(name))
}

/// A running Prometheus that scrapes one server every second.
struct Prometheus {
    child: Child,
    address: SocketAddr,
    _data: tempfile::TempDir,
}

impl Prometheus {
    async fn of(server: SocketAddr) -> Self {
        let data = tempfile::tempdir().expect("a temporary directory");
        let config = data.path().join("prometheus.yml");
        let text = format!(
            "global: {{scrape_interval: 1s, scrape_timeout: 1s}}\n\
             scrape_configs: [{{job_name: sightline, static_configs: [{{targets: ['{server}']}}]}}]\n"
        );
        std::fs::write(&config, text).expect("its configuration");
        let mut child = Command::new(program("prometheus"))
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", data.path().join("data").display()))
            .arg("--web.listen-address=127.0.0.1:0")
            .stderr(Stdio::piped())
            .spawn()
            .expect("Prometheus is here: cargo xtask test fetches it");
        let mut log = BufReader::new(child.stderr.take().expect("its log")).lines();
        // It says which port it was given.
        let address = log.by_ref().find_map(|line| {
            let line = line.ok().filter(|line| line.contains("Listening on"))?;
            line.split_once("address=")?.1.split_whitespace().next()?.parse().ok()
        });
        // Its log must be read on, or it would wait for us.
        std::thread::spawn(move || log.for_each(drop));
        let prometheus = Self { child, address: address.expect("it listens"), _data: data };
        // It listens before it can answer.
        let begun = Instant::now();
        while !get(prometheus.address, "/-/ready", "").await.0.starts_with("HTTP/1.1 200 ") {
            assert!(begun.elapsed() < DEADLINE, "it never was ready");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        prometheus
    }

    async fn ask(&self, path: &str) -> Value {
        let (_, body) = get(self.address, path, "").await;
        // It sends chunks where the answer is long.
        let json = &body[body.find('{').expect("JSON")..=body.rfind('}').expect("JSON")];
        serde_json::from_str(json).expect("JSON")
    }

    /// Values of an instant query, by the text of their labels.
    async fn query(&self, query: &str) -> Vec<(Value, f64)> {
        let encoded: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let answer = self.ask(&format!("/api/v1/query?query={encoded}")).await;
        assert_eq!(answer["status"], "success", "{answer}");
        let results = answer["data"]["result"].as_array().expect("a vector");
        let number = |result: &Value| result["value"][1].as_str().and_then(|text| text.parse().ok());
        results.iter().map(|it| (it["metric"].clone(), number(it).expect("a number"))).collect()
    }

    /// Asks until the answer satisfies.
    async fn until(&self, query: &str, satisfies: impl Fn(&[(Value, f64)]) -> bool) -> Vec<(Value, f64)> {
        let begun = Instant::now();
        loop {
            let answer = self.query(query).await;
            if satisfies(&answer) {
                return answer;
            }
            assert!(begun.elapsed() < DEADLINE, "{query} stayed at {answer:?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What `promtool check metrics` has against this text.
fn complaints(text: &str) -> String {
    let mut tool = Command::new(program("promtool"))
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is here: cargo xtask test fetches it");
    tool.stdin.take().expect("its input").write_all(text.as_bytes()).expect("it reads");
    let output = tool.wait_with_output().expect("it ends");
    let said = [output.stdout, output.stderr].concat();
    format!("{}{}", String::from_utf8_lossy(&said), if output.status.success() { "" } else { "it failed" })
}

#[tokio::test]
async fn promtool_finds_nothing_against_the_text_of_any_machine() {
    for machine in ["desktop-hwmon", "raspberry-pi", "container-limits", "many-core"] {
        let fixture = Fixture::prepared(machine, |_| {}).await;
        fixture.next_tick().await;
        let (_, text) = fixture.metrics("").await;
        assert!(text.lines().count() > 50, "{text}");
        assert_eq!(complaints(&text), "", "{machine}");
    }
    assert_ne!(complaints("bad_name 1\n"), "", "it does look");
}

#[tokio::test]
async fn prometheus_scrapes_makes_rates_and_forgets_a_device_that_is_gone() {
    let counted = |machine: &Path| std::fs::write(machine.join("proc/net/dev"), net_dev(0)).expect("a file");
    let fixture = Fixture::prepared("desktop-hwmon", counted).await;
    let begun = Instant::now();
    let (stop, stopped) = mpsc::channel::<()>();
    let path = fixture.file("proc/net/dev");
    let counting = std::thread::spawn(move || {
        let file = std::fs::OpenOptions::new().write(true).open(path).expect("the file");
        while stopped.recv_timeout(COUNTING) == Err(RecvTimeoutError::Timeout) {
            let bytes = (begun.elapsed().as_secs_f64() * RECEIVED_PER_S) as u64;
            // In place and always as long, so that no reader meets half of it.
            file.write_all_at(net_dev(bytes).as_bytes(), 0).expect("the file");
        }
    });
    fixture.next_tick().await;
    let prometheus = Prometheus::of(fixture.address()).await;

    prometheus.until("up{job='sightline'}", |up| up.first().is_some_and(|(_, up)| *up == 1.0)).await;
    let targets = prometheus.ask("/api/v1/targets").await;
    assert_eq!(targets["data"]["activeTargets"][0]["lastError"], "", "{targets}");
    // Units are known from OpenMetrics alone.
    let unit = prometheus.ask("/api/v1/targets/metadata?metric=system_disk_io_time_seconds").await;
    assert_eq!(unit["data"][0]["unit"], "seconds", "{unit}");
    assert_eq!(unit["data"][0]["type"], "counter", "{unit}");

    let eight = |answer: &[(Value, f64)]| answer.first().is_some_and(|(_, count)| *count >= 8.0);
    prometheus.until("count_over_time(up[1m])", eight).await;
    let rate = "rate(system_network_io_bytes_total{device='eth0',direction='receive'}[10s])";
    let rate = prometheus.query(rate).await;
    // The server samples every second and Prometheus scrapes every second, out of step: a sample more or less.
    let [(_, rate)] = rate.as_slice() else { panic!("one interface: {rate:?}") };
    assert!((0.6 * RECEIVED_PER_S..1.4 * RECEIVED_PER_S).contains(rate), "{rate}");

    let busy = "system_disk_io_time_seconds_total";
    assert_eq!(prometheus.query(busy).await.len(), 3);
    let table = std::fs::read_to_string(fixture.file("proc/diskstats")).expect("the table");
    let without: String =
        table.lines().filter(|line| !line.contains("sda")).map(|line| format!("{line}\n")).collect();
    std::fs::write(fixture.file("proc/diskstats"), without).expect("the table");
    // Long before the five minutes for which Prometheus believes a value that merely stops coming.
    let left = prometheus.until(busy, |disks| disks.len() == 2).await;
    assert!(left.iter().all(|(labels, _)| labels["device"] != "sda"), "{left:?}");
    let sda = prometheus.query("count_over_time(system_disk_io_time_seconds_total{device='sda'}[1m])").await;
    assert!(sda.first().is_some_and(|(_, count)| *count >= 1.0), "what was is still known: {sda:?}");

    drop(stop);
    assert!(counting.join().is_ok(), "counting did not fail");
}

/// `/proc/net/dev` with one interface that received `bytes`; always as long.
fn net_dev(bytes: u64) -> String {
    format!(
        "Inter-|   Receive                                                |  Transmit\n \
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n\
         eth0: {bytes:020} 10 0 0 0 0 0 0 1000 10 0 0 0 0 0 0\n"
    )
}
