//! Files of ours that are somebody else's to change, that people write mistakes into, or that cannot be written: nothing
//! is opened by them, and what is revoked is out all the same.

use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use lan::{Server, ServerConfig};
use sampling::Sources;
use serde_json::{Value, json};
use station::{Config, Station};
use tokio::time::timeout;
use wire::limits::TOKEN_FAILURES;

use crate::ask::Ask;
use crate::fixture::{DEADLINE, Fixture, start_station};
use crate::owner::{Owner, STREAM, stream};

/// What another program or a person took away is out within this.
const WITHIN: Duration = Duration::from_secs(2);
/// More than are answered with a lockout where they count as wrong guesses.
const TRIES: u32 = TOKEN_FAILURES + 3;

async fn second(data_dir: &Path) -> (Station, Server) {
    started(data_dir, &ServerConfig { port: Some(0), ..ServerConfig::default() }).await
}

async fn started(data_dir: &Path, config: &ServerConfig) -> (Station, Server) {
    let station = start_station(data_dir).await;
    let (server, opened) = Server::start(station.handle(), config);
    assert_eq!(opened, Ok(()));
    (station, server)
}

/// Writes as a person does: in place where there is a file, and to be read by its owner only.
fn put(path: &Path, text: &str) {
    std::fs::write(path, text).expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
}

/// From now on the access file in `data_dir` cannot be written, as on a disk that takes nothing: in the place of its backup
/// is what no file replaces, whoever asks.
fn fill(data_dir: &Path) -> PathBuf {
    let backup = data_dir.join("access.json.bak");
    // Last-seen times may be written at this moment.
    while std::fs::create_dir(&backup).is_err() {
        let _ = std::fs::remove_file(&backup);
    }
    std::fs::write(backup.join("full"), "").expect("written");
    backup
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
    assert_eq!(asked.status(), 503, "that is no wrong guess");
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
    let backup = fill(&data_dir);

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
    std::fs::remove_dir_all(&backup).expect("it was made here");
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
    fill(data.path());
    let mut raw = stream(&Ask::get(STREAM).upgrade().bearer(token.trim()), at).await;
    raw.send_json(&json!({"type": "request", "id": 1, "method": "sharing.set", "params": {"reach": "off"}}))
        .await;
    until("it is closed", || server.addresses().is_empty()).await;
    server.shutdown().await;
}

/// A program of this user was stopped while it had the locks, as a debugger or a full terminal stops one.
#[tokio::test]
async fn what_is_revoked_while_a_program_that_was_stopped_has_the_locks_is_out_at_once_and_written_later() {
    let first = Fixture::start().await;
    let data_dir = first.station.handle().data_dir().to_owned();
    let mut owner = Owner::of(first.address(), &first.owner_token()).await;
    let (id, token) = owner.token("view", "kitchen").await;
    drop(owner);
    first.server.shutdown().await;
    let held = ["access.lock", "access-turn.lock"].map(|name| {
        let lock = std::fs::File::options().write(true).open(data_dir.join(name)).expect("it is there");
        lock.try_lock().expect("nobody has it now");
        lock
    });
    let (_station, server) = second(&data_dir).await;
    let at = server.addresses()[0];
    let owner_token = std::fs::read_to_string(data_dir.join("owner.token")).expect("the owner's token");
    let mut owner = Owner::of(at, owner_token.trim()).await;
    let mut viewer = stream(&Ask::get(STREAM).upgrade().bearer(&token), at).await;
    assert_eq!(viewer.recv_type("connected").await["scope"], "view");
    let begun = Instant::now();
    let after = owner.ask("viewers.revoke", json!({ "id": id })).await;
    assert!(after["notKept"].is_string(), "it is told: {after}");
    assert_eq!(viewer.recv_type("goodbye").await["reason"], "revoked");
    assert!(begun.elapsed() < WITHIN, "{:?}", begun.elapsed());
    assert_eq!(Ask::get("/api/v1/snapshot").bearer(&token).send(at).await.status(), 401);
    let written = || std::fs::read_to_string(data_dir.join("access.json")).expect("it is there");
    assert!(written().contains(&id), "it could not be written");

    drop(held);
    drop(owner);
    server.shutdown().await;
    assert!(!written().contains(&id), "it is written when the locks are free");
}

/// A program started beside the one that has the lock.
#[tokio::test]
async fn what_is_revoked_beside_the_program_that_writes_is_out_of_all_of_them() {
    let first = Fixture::start().await;
    let data_dir = first.station.handle().data_dir().to_owned();
    let mut writes = Owner::of(first.address(), &first.owner_token()).await;
    let (id, token) = writes.token("view", "kitchen").await;
    let (_, keeps) = writes.token("view", "study").await;
    let (_second, beside) = second(&data_dir).await;
    let (_third, third) = second(&data_dir).await;
    let mut viewers = Vec::new();
    for at in [first.address(), beside.addresses()[0], third.addresses()[0]] {
        let mut viewer = stream(&Ask::get(STREAM).upgrade().bearer(&token), at).await;
        viewer.recv_type("connected").await;
        viewers.push((at, viewer));
    }
    let mut owner = Owner::of(beside.addresses()[0], &first.owner_token()).await;
    let begun = Instant::now();
    let after = owner.ask("viewers.revoke", json!({ "id": id })).await;
    assert_eq!(after["notKept"], Value::Null, "it is written: {after}");
    for (at, mut viewer) in viewers {
        assert_eq!(viewer.recv_type("goodbye").await["reason"], "revoked");
        assert!(begun.elapsed() < WITHIN, "{at}: {:?}", begun.elapsed());
        let asked = Ask::get("/api/v1/snapshot").bearer(&token).send(at).await;
        assert!(asked.status() == 401 && asked.sentence().contains("revoked"), "{asked:?}");
        assert_eq!(Ask::get("/api/v1/snapshot").bearer(&keeps).send(at).await.status(), 200);
    }
    // What the first one writes from now on knows of it, and what gives access is the first one's.
    let (porch, _) = writes.token("view", "porch").await;
    let file = std::fs::read_to_string(data_dir.join("access.json")).expect("it is there");
    assert!(file.contains(&porch) && !file.contains(&id), "{file}");
    let gives = owner.try_ask("viewers.add", json!({"name": "attic", "scope": "view"})).await;
    assert!(gives.is_err(), "{gives:?}");
    beside.shutdown().await;
    third.shutdown().await;
}

#[tokio::test]
async fn what_is_turned_off_beside_the_program_that_shares_is_closed_there() {
    let first = Fixture::start().await;
    let mut writes = Owner::of(first.address(), &first.owner_token()).await;
    writes.token("view", "kitchen").await;
    let (_station, server) = second(first.station.handle().data_dir()).await;
    let off = json!({"type": "request", "id": 1, "method": "sharing.set", "params": {"reach": "off"}});
    let at = server.addresses()[0];
    let mut raw = stream(&Ask::get(STREAM).upgrade().bearer(&first.owner_token()), at).await;
    let begun = Instant::now();
    raw.send_json(&off).await;
    until("it is closed", || first.server.addresses().is_empty()).await;
    assert!(begun.elapsed() < WITHIN, "{:?}", begun.elapsed());
    server.shutdown().await;
}

#[tokio::test]
async fn what_one_program_or_a_person_revokes_is_out_of_every_other_within_two_seconds() {
    let first = Fixture::start().await;
    let access = first.station.handle().data_dir().join("access.json");
    let mut owner = Owner::of(first.address(), &first.owner_token()).await;
    let (id, token) = owner.token("view", "kitchen").await;
    let (edited_id, edited) = owner.token("view", "study").await;
    let (_station, server) = second(first.station.handle().data_dir()).await;
    let mut viewer = stream(&Ask::get(STREAM).upgrade().bearer(&token), server.addresses()[0]).await;
    viewer.recv_type("connected").await;
    let begun = Instant::now();
    owner.revoke(&id).await;
    assert_eq!(viewer.recv_type("goodbye").await["reason"], "revoked");
    assert!(begun.elapsed() < WITHIN, "{:?}", begun.elapsed());

    let mut viewer = stream(&Ask::get(STREAM).upgrade().bearer(&edited), first.address()).await;
    viewer.recv_type("connected").await;
    let text = std::fs::read_to_string(&access).expect("it is there");
    let mut file: Value = serde_json::from_str(&text).expect("JSON");
    file["viewers"] = json!([]);
    let begun = Instant::now();
    put(&access, &file.to_string());
    assert_eq!(viewer.recv_type("goodbye").await["reason"], "revoked");
    assert!(begun.elapsed() < WITHIN, "{:?}", begun.elapsed());
    server.shutdown().await;

    // What the person removed does not come back by a power cut.
    let data_dir = access.parent().expect("a directory").to_owned();
    let backup = || std::fs::read_to_string(data_dir.join("access.json.bak")).expect("there is one");
    until("the backup is of this version", || !backup().contains(&edited_id)).await;
    drop(owner);
    first.server.shutdown().await;
    put(&access, &"\0".repeat(64));
    let (_station, server) = second(&data_dir).await;
    let asked = Ask::get("/api/v1/snapshot").bearer(&edited).send(server.addresses()[0]).await;
    assert_eq!(asked.status(), 401);
    server.shutdown().await;
}

/// A person removes a device and forgets the last bracket; the next start finds that.
#[tokio::test]
async fn a_forgotten_bracket_gives_nothing_back_and_locks_nobody_out() {
    let first = Fixture::start().await;
    let data_dir = first.station.handle().data_dir().to_owned();
    let access = data_dir.join("access.json");
    let mut owner = Owner::of(first.address(), &first.owner_token()).await;
    let (_, removed) = owner.token("view", "kitchen").await;
    let (id, stays) = owner.token("view", "study").await;
    let text = std::fs::read_to_string(&access).expect("it is there");
    drop(owner);
    first.server.shutdown().await;
    let mut file: Value = serde_json::from_str(&text).expect("JSON");
    file["reach"] = json!("local");
    file["viewers"].as_array_mut().expect("a list").retain(|viewer| viewer["id"] == id.as_str());
    let mended = serde_json::to_string_pretty(&file).expect("JSON");
    put(&access, mended.trim_end_matches('}'));
    let listen =
        ServerConfig { port: Some(0), listen: Some(Ipv4Addr::LOCALHOST.into()), ..ServerConfig::default() };
    let (station, server) = started(&data_dir, &listen).await;
    let at = server.addresses()[0];
    let told = fault(&station, "sharing", true).await.expect("a notice");
    assert!(told.contains("access.json is not understood in line"), "{told}");
    let page = format!("sightline_{}={stays}", station.handle().machine().id);
    for _ in 0..TRIES {
        for asks in [
            Ask::get("/api/v1/snapshot").bearer(&removed),
            Ask::get("/api/v1/snapshot").bearer(&stays),
            Ask::get("/api/v1/snapshot").header("cookie", &page),
        ] {
            let asked = asks.send(at).await;
            assert!(asked.status() == 503 && asked.sentence().contains("not understood"), "{asked:?}");
        }
    }
    let mut viewer = stream(&Ask::get(STREAM).upgrade().header("cookie", &page), at).await;
    assert_eq!(
        viewer.recv_type("goodbye").await["reason"],
        "changed",
        "it forgets no token, and tries again"
    );

    put(&access, &mended);
    until_asked(&stays, at, 200).await;
    let asked = Ask::get("/api/v1/snapshot").bearer(&removed).send(at).await;
    assert_eq!(asked.status(), 401, "that one is a guess now, and the first");

    // A mistake in the entry of one device, later.
    put(&access, &mended.replace("\"scope\": \"view\"", "\"scope\": \"veiw\""));
    for _ in 0..TRIES {
        until_asked(&stays, at, 503).await;
    }
    server.shutdown().await;
}

/// Waits until a request with `token` is answered by `status`.
async fn until_asked(token: &str, at: SocketAddr, status: u16) {
    let answered = timeout(DEADLINE, async {
        while Ask::get("/api/v1/snapshot").bearer(token).send(at).await.status() != status {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(answered.await.is_ok(), "{status}");
}

#[tokio::test]
async fn nothing_is_opened_on_the_network_in_clear_by_a_mistake() {
    let any = || ServerConfig {
        port: Some(0),
        listen: Some(Ipv4Addr::UNSPECIFIED.into()),
        ..ServerConfig::default()
    };
    let others = |server: &Server| server.addresses().iter().any(|at| !at.ip().is_loopback());
    let made = tempfile::tempdir().expect("a temporary directory");
    let (_station, server) = started(made.path(), &any()).await;
    assert!(others(&server), "the command line asks for it: {:?}", server.addresses());
    server.shutdown().await;
    let key = std::fs::read_to_string(made.path().join("certificate.key")).expect("a key");

    let mistakes: [(&str, &str, u32, &str); 4] = [
        ("certificate.key", &key, 0o644, "chmod 600 certificate.key"),
        ("settings.json", "{\"loopback\": \"off\",}", 0o600, "settings.json is not understood"),
        (
            "access.json",
            "{\"encryption\": {\"mode\": \"selfSigned\"},}",
            0o600,
            "access.json is not understood",
        ),
        ("access.json", "{}", 0o644, "access.json is not understood"),
    ];
    join_all(mistakes.map(|(name, text, mode, told)| async move {
        let data = tempfile::tempdir().expect("a temporary directory");
        // A key alone does not show whose directory it is: one that others look into would be refused.
        std::fs::set_permissions(data.path(), std::fs::Permissions::from_mode(0o700)).expect("it is ours");
        let path = data.path().join(name);
        put(&path, text);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("it is ours");
        let (station, server) = started(data.path(), &any()).await;
        assert!(!server.addresses().is_empty() && !others(&server), "{name}: {:?}", server.addresses());
        let notice = fault(&station, "sharing on the network", true).await.expect("a notice");
        assert!(notice.contains(told), "{notice}");
        let mended = if name.ends_with(".json") { "{\"loopback\": \"off\"}" } else { text };
        put(&path, mended);
        until("it is mended", || others(&server)).await;
        assert_eq!(fault(&station, "sharing on the network", false).await, None);
        server.shutdown().await;
    }))
    .await;
}

#[tokio::test]
async fn what_the_settings_close_is_closed_to_who_is_connected() {
    let fixture = Fixture::start().await;
    let (at, settings) = (fixture.address(), fixture.station.handle().data_dir().join("settings.json"));
    let mut owner = Owner::of(at, &fixture.owner_token()).await;
    let (_, token) = owner.token("view", "kitchen").await;
    let mut paired = stream(&Ask::get(STREAM).upgrade().bearer(&token), at).await;
    paired.recv_type("connected").await;
    for (loopback, scope) in [("view", "processes"), ("off", "view")] {
        let mut viewer = stream(&Ask::get(STREAM).upgrade(), at).await;
        assert_eq!(viewer.recv_type("connected").await["scope"], scope);
        let begun = Instant::now();
        put(&settings, &json!({ "loopback": loopback }).to_string());
        assert_eq!(viewer.recv_type("goodbye").await["reason"], "changed");
        assert!(begun.elapsed() < WITHIN, "{:?}", begun.elapsed());
    }
    assert_eq!(Ask::get("/api/v1/snapshot").send(at).await.status(), 401);
    paired.send_json(&json!({"type": "ping", "id": 1})).await;
    paired.recv_type("pong").await;
}

#[tokio::test]
async fn unsharing_needs_no_disk_where_nobody_said_how_far_to_share() {
    let data = tempfile::tempdir().expect("a temporary directory");
    put(&data.path().join("access.json"), r#"{"open": true}"#);
    let (_station, server) = second(data.path()).await;
    let at = server.addresses()[0];
    let token = std::fs::read_to_string(data.path().join("owner.token")).expect("the owner's token");
    fill(data.path());
    let mut owner = Owner::of(at, token.trim()).await;
    // As `sightline-agent unshare` asks for it.
    let after = owner.ask("sharing.set", json!({"reach": "local", "open": false})).await;
    assert_eq!((&after["reach"], &after["open"]), (&json!("local"), &json!(false)), "{after}");
    assert!(after["notKept"].is_string(), "{after}");
    server.shutdown().await;
}

#[tokio::test]
async fn a_pipe_in_place_of_a_certificate_is_refused_and_holds_nothing_up() {
    let fixture = Fixture::start().await;
    let mut owner = Owner::of(fixture.address(), &fixture.owner_token()).await;
    let folder = tempfile::tempdir().expect("a temporary directory");
    let (pipe, large) = (folder.path().join("pipe.pem"), folder.path().join("large.pem"));
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    std::fs::File::create(&large).and_then(|file| file.set_len(1 << 40)).expect("a large file");
    for (path, told) in
        [(&pipe, "no ordinary file"), (&large, "larger than"), (&folder.path().to_owned(), "no ordinary")]
    {
        let encryption = json!({"mode": "own", "certificate": path, "key": path});
        let asked =
            timeout(DEADLINE, owner.try_ask("sharing.set", json!({ "encryption": encryption }))).await;
        let refused = asked.expect("nothing is waited for").expect_err("it is refused");
        assert!(refused.to_string().contains(told), "{refused}");
    }
}

#[tokio::test]
async fn a_directory_of_something_else_is_no_data_directory() {
    let data = tempfile::tempdir().expect("a temporary directory");
    let mode = |mode| {
        std::fs::set_permissions(data.path(), std::fs::Permissions::from_mode(mode)).expect("it is ours")
    };
    let has = || std::fs::metadata(data.path()).expect("it is there").permissions().mode() & 0o777;
    std::fs::write(data.path().join("dpkg"), "").expect("written");
    mode(0o755);
    let config =
        Config { data_dir: data.path().to_owned(), sources: Sources::live(), version: "test".to_owned() };
    let told = Station::start(config).map(drop).expect_err("it is refused").to_string();
    assert!(told.contains("--data-dir") && told.contains("files of something else"), "{told}");
    assert_eq!(
        (has(), std::fs::read_dir(data.path()).expect("a directory").count()),
        (0o755, 1),
        "nothing is done to it"
    );

    // One of an older version, which others could look into, goes on.
    mode(0o700);
    let first = start_station(data.path()).await;
    let id = first.handle().machine().id.clone();
    drop(first);
    mode(0o755);
    let again = start_station(data.path()).await;
    assert_eq!((has(), again.handle().machine().id.clone()), (0o700, id));
}
