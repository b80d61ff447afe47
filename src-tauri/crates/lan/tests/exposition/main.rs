//! `GET /metrics`, from outside: a real station on a recorded machine, real sockets, port 0. What a real
//! Prometheus makes of it is in `prometheus.rs`.
#![cfg(target_os = "linux")] // The recorded machines are Linux machines.

mod fixture;

use fixture::Fixture;

const OPEN_METRICS: &str = "Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n";

fn has(head: &str, line: &str) -> bool {
    head.lines().any(|it| it.eq_ignore_ascii_case(line))
}

#[tokio::test]
async fn the_format_is_negotiated_and_nothing_is_cached() {
    let fixture = Fixture::prepared("desktop-hwmon", |_| {}).await;
    fixture.next_tick().await;
    let (head, body) = fixture.metrics("").await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(has(&head, "content-type: text/plain; version=0.0.4; charset=utf-8"), "{head}");
    assert!(has(&head, "cache-control: no-store"), "{head}");
    assert!(has(&head, "vary: accept"), "{head}");
    assert!(body.contains("\nsystem_cpu_time_seconds_total{cpu=\"0\",state=\"user\"} 11\n"), "{body}");
    assert!(!body.contains("# EOF"), "{body}");
    let (head, body) = fixture.metrics(OPEN_METRICS).await;
    assert!(has(&head, "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8"), "{head}");
    assert!(has(&head, "cache-control: no-store"), "{head}");
    assert!(body.ends_with("\n# EOF\n"), "{body}");
}

#[tokio::test]
async fn a_page_of_another_origin_and_a_token_nobody_gave_get_nothing() {
    let fixture = Fixture::prepared("desktop-hwmon", |_| {}).await;
    fixture.next_tick().await;
    for (headers, status) in
        [("Origin: http://evil.test\r\n", "403"), ("Authorization: Bearer made-up\r\n", "401")]
    {
        let (head, body) = fixture.metrics(headers).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        assert!(!body.contains("system_"), "{body}");
    }
}

#[tokio::test]
async fn before_the_first_tick_it_is_unavailable_and_says_when_to_ask_again() {
    // A pipe that nobody writes to holds the first tick where it opens it.
    let pipe = |machine: &std::path::Path| {
        let path = machine.join("proc/loadavg");
        std::fs::remove_file(&path).expect("the recorded file");
        assert!(std::process::Command::new("mkfifo").arg(path).status().is_ok_and(|it| it.success()));
    };
    let fixture = Fixture::prepared("desktop-hwmon", pipe).await;
    let (head, body) = fixture.metrics("").await;
    assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
    assert!(has(&head, "retry-after: 1"), "{head}");
    assert!(body.contains(r#""code":"unavailable""#), "{body}");
    let path = fixture.file("proc/loadavg");
    // Opening waits for the reader, which is there; with both ends closed its read fails and the tick goes on.
    let writer = tokio::task::spawn_blocking(move || std::fs::OpenOptions::new().write(true).open(path));
    let file = writer.await.expect("no panic").expect("the pipe");
    std::fs::remove_file(fixture.file("proc/loadavg")).expect("the pipe");
    drop(file);
    fixture.next_tick().await;
    let (head, body) = fixture.metrics("").await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(!body.contains("system_cpu_load_average"), "unknown is absent: {body}");
}

#[tokio::test]
async fn a_device_that_is_gone_is_gone_from_the_next_answer() {
    let fixture = Fixture::prepared("desktop-hwmon", |_| {}).await;
    fixture.next_tick().await;
    let sda = "system_disk_io_time_seconds_total{device=\"sda\"}";
    let nvme = "system_disk_io_time_seconds_total{device=\"nvme0n1\"}";
    let (_, body) = fixture.metrics("").await;
    assert!(body.contains(sda) && body.contains(nvme), "{body}");
    let table = std::fs::read_to_string(fixture.file("proc/diskstats")).expect("the table");
    let without: String =
        table.lines().filter(|line| !line.contains("sda")).map(|line| format!("{line}\n")).collect();
    std::fs::write(fixture.file("proc/diskstats"), without).expect("the table");
    fixture.next_tick().await;
    let (_, body) = fixture.metrics("").await;
    assert!(!body.contains("\"sda\"") && body.contains(nvme), "{body}");
}
