//! Files of ours that are somebody else's to change, that people write mistakes into, or that cannot be written: nothing
//! is opened by them, and what is revoked is out all the same.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use lan::{Server, ServerConfig};
use serde_json::{Value, json};
use station::Station;
use tokio::time::timeout;

use crate::ask::Ask;
use crate::fixture::{DEADLINE, Fixture, start_station};
use crate::owner::{Owner, STREAM, stream};

/// What another program revoked is out within this; under load, a little later.
const WITHIN: Duration = Duration::from_millis(3000);

async fn second(data_dir: &Path) -> (Station, Server) {
    let station = start_station(data_dir).await;
    let (server, _) =
        Server::start(station.handle(), &ServerConfig { port: Some(0), ..ServerConfig::default() });
    (station, server)
}

/// Writes as a person does: in place where there is a file, and to be read by its owner only.
fn put(path: &Path, text: &str) {
    std::fs::write(path, text).expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
}

/// The fault of `source`; waits until it is there, or gone.
async fn fault(station: &Station, source: &str, there: bool) -> Option<String> {
    let mut ticks = station.handle().ticks();
    let told = async {
        loop {
            let tick = station.handle().latest().expect("it ticks");
            let fault = tick.snapshot.faults.iter().find(|fault| fault.source == source);
            if fault.is_some() == there {
                return fault.map(|fault| fault.message.clone());
            }
            ticks.changed().await.expect("it ticks");
        }
    };
    timeout(DEADLINE, told).await.unwrap_or_else(|_| panic!("the fault of {source}: {there}"))
}

async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let waited = timeout(DEADLINE, async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(waited.await.is_ok(), "{what}");
}

#[tokio::test]
async fn a_stray_comma_opens_nothing_and_mending_it_needs_no_restart() {
    let data = tempfile::tempdir().expect("a temporary directory");
    let (access, settings) = (data.path().join("access.json"), data.path().join("settings.json"));
    put(&access, "{\n  \"hostNames\": [\"nas.example.org\"],\n  \"reach\": \"local\",\n}\n");
    let (station, server) = second(data.path()).await;
    assert_eq!(server.addresses(), [], "nothing is open");
    let told = fault(&station, "sharing", true).await.expect("a notice");
    assert!(told.contains("access.json is not understood in line 4, column 1"), "{told}");
    assert!(!told.contains('/'), "everybody sees it: {told}");
    assert!(!settings.exists());
    let names: Vec<_> =
        std::fs::read_dir(data.path()).expect("a directory").flatten().map(|it| it.file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().contains("unreadable")), "{names:?}");

    put(&access, "{\n  \"hostNames\": [\"nas.example.org\"],\n  \"reach\": \"local\"\n}\n");
    until("it is read again", || !server.addresses().is_empty()).await;
    assert_eq!(fault(&station, "sharing", false).await, None);
    let at = server.addresses()[0];
    assert_eq!(Ask::get("/api/v1/snapshot").send(at).await.status(), 401, "a proxy may lead here");

    // One value that is wrong closes what it is about, and nothing else.
    put(&access, r#"{"hostNames": "nas.example.org", "reach": "local", "open": "no"}"#);
    let told = fault(&station, "sharing", true).await.expect("a notice");
    assert!(told.contains("hostNames in access.json") && told.contains("open in access.json"), "{told}");
    assert_eq!(Ask::get("/api/v1/snapshot").send(at).await.status(), 401, "a proxy may still lead here");
    server.shutdown().await;
}

#[tokio::test]
async fn what_a_person_wrote_is_kept_before_a_change_takes_its_place() {
    let fixture = Fixture::start().await;
    let mut owner = Owner::of(fixture.address(), &fixture.owner_token()).await;
    owner.token("view", "kitchen").await;
    let access = fixture.station.handle().data_dir().join("access.json");
    let mistake = "{\"viewers\": [],}\n";
    put(&access, mistake);
    let told = fault(&fixture.station, "sharing", true).await.expect("a notice");
    assert!(told.contains("What it said before stays in use"), "{told}");
    assert_eq!(std::fs::read_to_string(&access).expect("it is there"), mistake);
    assert_eq!(owner.viewers().await.len(), 1, "nobody is told to forget a token for a comma");
    owner.token("view", "study").await;
    assert_eq!(fault(&fixture.station, "sharing", false).await, None);
    let directory = access.parent().expect("a directory");
    let kept: Vec<_> = std::fs::read_dir(directory)
        .expect("a directory")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().contains("access.json.kept-"))
        .collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(std::fs::read_to_string(&kept[0]).expect("it is there"), mistake);
}

#[tokio::test]
async fn an_owners_token_that_others_can_read_is_refused_and_told() {
    let data = tempfile::tempdir().expect("a temporary directory");
    let path = data.path().join("owner.token");
    let token = format!("owner.{}", "07".repeat(32));
    std::fs::write(&path, &token).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("it is ours");
    let (station, server) = second(data.path()).await;
    let told = fault(&station, "the owner's token", true).await.expect("a notice");
    assert!(told.contains("chmod 600 owner.token") && !told.contains('/'), "{told}");
    let at = server.addresses()[0];
    let asked = Ask::get("/api/v1/snapshot").bearer(&token).send(at).await;
    assert_eq!(asked.status(), 401);
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), token, "it is not overwritten");
    server.shutdown().await;
}

#[tokio::test]
async fn what_is_revoked_while_nothing_can_be_written_is_out_at_once_and_the_owner_is_told() {
    let fixture = Fixture::start().await;
    let (at, data_dir) = (fixture.address(), fixture.station.handle().data_dir().to_owned());
    let mut owner = Owner::of(at, &fixture.owner_token()).await;
    let (id, token) = owner.token("view", "kitchen").await;
    let mut viewer = stream(&Ask::get(STREAM).upgrade().bearer(&token), at).await;
    assert_eq!(viewer.recv_type("connected").await["scope"], "view");
    // What is full cannot be replaced by a file, whoever asks: as on a disk that takes nothing.
    let (backup, full) = (data_dir.join("access.json.bak"), data_dir.join("access.json.bak/full"));
    std::fs::remove_file(&backup).expect("there is one");
    std::fs::create_dir(&backup).expect("a directory");
    std::fs::write(&full, "").expect("written");

    let gives = owner.try_ask("viewers.add", json!({"name": "porch", "scope": "view"})).await;
    assert!(gives.is_err(), "what gives access is not done: {gives:?}");
    let after = owner.ask("viewers.revoke", json!({ "id": id })).await;
    assert!(after["notKept"].is_string(), "it is told: {after}");
    assert!(!after["notKept"].to_string().contains('/'), "without a path: {after}");
    assert_eq!(viewer.recv_type("goodbye").await["reason"], "revoked");
    let again = Ask::get("/api/v1/snapshot").bearer(&token).send(at).await;
    assert_eq!(again.status(), 401);
    assert!(std::fs::read_to_string(data_dir.join("access.json")).expect("it is there").contains(&id));

    // Where the disk takes it again, it is written.
    std::fs::remove_file(&full).expect("it was made here");
    std::fs::remove_dir(&backup).expect("it was made here");
    drop(owner);
    fixture.server.shutdown().await;
    assert!(!std::fs::read_to_string(data_dir.join("access.json")).expect("it is there").contains(&id));
}

#[tokio::test]
async fn turning_sharing_off_needs_no_disk() {
    let data = tempfile::tempdir().expect("a temporary directory");
    put(&data.path().join("access.json"), r#"{"reach": "local"}"#);
    let (_station, server) = second(data.path()).await;
    let at = server.addresses()[0];
    let token = std::fs::read_to_string(data.path().join("owner.token")).expect("the owner's token");
    std::fs::create_dir(data.path().join("access.json.bak")).expect("a directory");
    std::fs::write(data.path().join("access.json.bak/full"), "").expect("written");
    let mut raw = stream(&Ask::get(STREAM).upgrade().bearer(token.trim()), at).await;
    raw.send_json(&json!({"type": "request", "id": 1, "method": "sharing.set", "params": {"reach": "off"}}))
        .await;
    until("it is closed", || server.addresses().is_empty()).await;
    server.shutdown().await;
}

#[tokio::test]
async fn what_is_revoked_beside_the_program_that_writes_is_out_and_stays_out() {
    let first = Fixture::start().await;
    let mut writes = Owner::of(first.address(), &first.owner_token()).await;
    let (id, token) = writes.token("view", "kitchen").await;
    let (_station, server) = second(first.station.handle().data_dir()).await;
    let at = server.addresses()[0];
    let mut owner = Owner::of(at, &first.owner_token()).await;
    let after = owner.ask("viewers.revoke", json!({ "id": id })).await;
    assert!(after["notKept"].as_str().is_some_and(|why| why.contains("another Sightline")), "{after}");
    let known = |status: u16| (status, "kitchen");
    let asked = Ask::get("/api/v1/snapshot").bearer(&token).send(at).await;
    assert_eq!(known(asked.status()), known(401));
    // The other one writes its version again, which has the device in it.
    writes.token("view", "study").await;
    let listed = timeout(DEADLINE, async {
        while owner.ask("viewers.list", Value::Null).await.as_array().map(Vec::len) != Some(1) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(listed.await.is_ok(), "the study is followed, the kitchen stays out");
    assert_eq!(Ask::get("/api/v1/snapshot").bearer(&token).send(at).await.status(), 401);
    server.shutdown().await;
}

#[tokio::test]
async fn what_one_program_revokes_is_out_of_every_other_within_two_seconds() {
    let first = Fixture::start().await;
    let mut owner = Owner::of(first.address(), &first.owner_token()).await;
    let (id, token) = owner.token("view", "kitchen").await;
    let (_station, server) = second(first.station.handle().data_dir()).await;
    let mut viewer = stream(&Ask::get(STREAM).upgrade().bearer(&token), server.addresses()[0]).await;
    viewer.recv_type("connected").await;
    let begun = Instant::now();
    owner.revoke(&id).await;
    assert_eq!(viewer.recv_type("goodbye").await["reason"], "revoked");
    assert!(begun.elapsed() < WITHIN, "{:?}", begun.elapsed());
    server.shutdown().await;
}
