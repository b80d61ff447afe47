//! The demo, from outside: recorded machines with real servers, which are marked as a demo.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use client::address::Address;
use client::stream;
use lan::demo::{DemoMachine, Fleet, Plan};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longest any single thing here may take.
const DEADLINE: Duration = Duration::from_secs(20);

fn plan(machines: usize) -> Plan {
    Plan { machines, first_port: 0, restless: false, interval_ms: None }
}

/// Body of a GET without a token.
async fn get(machine: &DemoMachine, path: &str) -> Value {
    let ask = async {
        let mut stream = TcpStream::connect(machine.address).await.expect("a machine");
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", machine.address);
        stream.write_all(request.as_bytes()).await.expect("asked");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("an answer");
        let answer = String::from_utf8(answer).expect("text");
        let (head, body) = answer.split_once("\r\n\r\n").expect("HTTP");
        assert!(head.contains(" 200 "), "{path} of {}: {head}", machine.name);
        serde_json::from_str(body).expect("JSON")
    };
    tokio::time::timeout(DEADLINE, ask).await.expect("an answer")
}

/// The snapshot, once there is one.
async fn snapshot(machine: &DemoMachine, fleet: &Fleet, at: usize) -> Value {
    first_tick(fleet, at).await;
    get(machine, "/api/v1/snapshot").await
}

async fn first_tick(fleet: &Fleet, at: usize) {
    let mut ticks = fleet.handle(at).expect("it is there").ticks();
    let tick = tokio::time::timeout(DEADLINE, ticks.wait_for(Option::is_some)).await;
    assert!(tick.is_ok_and(|tick| tick.is_ok()), "the first tick came");
}

#[tokio::test]
async fn every_machine_says_that_it_is_a_demo_wherever_it_says_what_it_is() {
    let fleet = Fleet::start(plan(12)).unwrap();
    let mut families = BTreeSet::new();
    for (at, machine) in fleet.machines().iter().enumerate() {
        assert!(machine.address.ip().is_loopback(), "{machine:?}");
        let body = snapshot(machine, &fleet, at).await;
        assert_eq!(body["machine"]["demo"], true, "{}", machine.name);
        assert_eq!(body["machine"]["id"], *machine.id);
        families.insert(body["machine"]["family"].as_str().unwrap().to_owned());
    }
    assert_eq!(families, ["linux", "macos", "windows"].map(str::to_owned).into());
    fleet.close().await;
}

#[tokio::test]
async fn the_token_opens_a_machine_and_the_machine_proves_itself() {
    let fleet = Fleet::start(plan(2)).unwrap();
    let [first, second] = fleet.machines() else { panic!("two machines") };
    let address = Address::here(first.address.port());
    let open = |machine: &DemoMachine, id: &str| {
        let (token_id, secret) = (machine.token_id.clone(), machine.secret.clone());
        let (id, address) = (id.to_owned(), address.clone());
        async move { stream::open(&address, &token_id, &secret, Some(&id)).await }
    };
    let stream = open(first, &first.id).await.unwrap();
    assert!(stream.connected().machine.demo);
    assert_eq!(stream.connected().scope, wire::Scope::Processes);
    assert!(open(first, &second.id).await.is_err(), "another machine was expected");
    assert!(open(second, &first.id).await.is_err(), "the token of another machine");
    fleet.close().await;
}

#[tokio::test]
async fn the_last_quarter_of_an_hour_is_there_at_once_and_goes_on_as_it_was() {
    let fleet = Fleet::start(plan(1)).unwrap();
    let machine = &fleet.machines()[0];
    let before = snapshot(machine, &fleet, 0).await["sampledAtMs"].as_u64().unwrap();
    let history = get(machine, "/api/v1/history?series=cpu.busy&points=1000").await;
    let times: Vec<u64> = serde_json::from_value(history["t"].clone()).unwrap();
    assert!(times.len() >= 890, "{} samples", times.len());
    assert!(times.is_sorted());
    assert!(times[times.len() - 1] >= before);
    // Up to the first tick and over it; a gap would hold a `null`.
    let column = &history["columns"]["cpu.busy"]["avg"];
    assert!(column.as_array().unwrap().iter().all(Value::is_number), "{column}");
    fleet.close().await;
}

#[tokio::test]
async fn the_same_machines_have_the_same_ids_each_time_and_leave_nothing_behind() {
    let ids = |fleet: &Fleet| fleet.machines().iter().map(|machine| machine.id.clone()).collect::<Vec<_>>();
    let fleet = Fleet::start(plan(3)).unwrap();
    let (first, data) = (ids(&fleet), fleet.handle(0).unwrap().data_dir().to_owned());
    assert!(data.join("access.json").exists());
    fleet.close().await;
    assert!(!data.exists() && !data.parent().unwrap().exists());
    let fleet = Fleet::start(plan(3)).unwrap();
    assert_eq!(ids(&fleet), first);
    drop(fleet);
}

#[tokio::test]
async fn some_machine_warns_and_one_is_in_need() {
    let fleet = Fleet::start(plan(12)).unwrap();
    let mut worst = BTreeSet::new();
    for at in 0..fleet.machines().len() {
        worst.insert(fleet.handle(at).unwrap().alerts().iter().map(|alert| alert.severity).max());
    }
    assert_eq!(worst, [None, Some(wire::Severity::Warning), Some(wire::Severity::Critical)].into());
    fleet.close().await;
}

#[tokio::test(start_paused = true)]
async fn one_machine_goes_to_sleep_and_comes_back_where_it_was() {
    let fleet = Fleet::start(Plan { restless: true, ..plan(12) }).unwrap();
    let at = fleet.machines().iter().position(|machine| machine.name == "pi-garage").unwrap();
    assert!(fleet.handle(at).is_some());
    tokio::time::sleep(Duration::from_secs(250)).await;
    assert!(fleet.handle(at).is_none(), "it sleeps");
    assert!(fleet.handle(at - 1).is_some(), "the others do not");
    tokio::time::sleep(Duration::from_secs(60)).await;
    let machine = fleet.machines()[at].clone();
    let handle = fleet.handle(at).unwrap();
    assert_eq!(handle.machine().id, machine.id);
    assert!(std::net::TcpStream::connect(machine.address).is_ok(), "at the same address");
    fleet.close().await;
}

/// In a build without optimisation. Where other tests take the time, that of our own counts.
#[tokio::test]
async fn two_hundred_machines_start_within_five_seconds_and_end_within_two() {
    let (began, used) = (Instant::now(), cpu_time());
    let fleet = Fleet::start(plan(200)).unwrap();
    for at in 0..200 {
        first_tick(&fleet, at).await;
    }
    let used = cpu_time().zip(used).map(|(now, before)| now - before);
    let started = began.elapsed().min(used.unwrap_or(Duration::MAX));
    let ids: BTreeSet<_> = fleet.machines().iter().map(|machine| &machine.id).collect();
    assert_eq!(ids.len(), 200);
    let (ending, used) = (Instant::now(), cpu_time());
    fleet.close().await;
    let used = cpu_time().zip(used).map(|(now, before)| now - before);
    let ended = ending.elapsed().min(used.unwrap_or(Duration::MAX));
    assert!(started < Duration::from_secs(5) && ended < Duration::from_secs(2), "{started:?}, {ended:?}");
}

/// User and system time of this process, where `/proc` tells: fields 14 and 15 of proc(5), in hundredths of a second.
fn cpu_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11).take(2);
    Some(Duration::from_millis(10 * fields.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>()))
}
