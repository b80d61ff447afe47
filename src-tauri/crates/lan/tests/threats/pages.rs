//! T1: foreign pages, in the browser of a viewer that has access. What Chromium sends by itself is tried in
//! `ui/e2e`; here is every header it could send, on every path there is.

use std::net::SocketAddr;
use std::time::Duration;

use lan::ServerConfig;
use serde_json::{Value, json};
use station::{Loopback, Settings};
use tokio::time::{Instant, timeout};
use wire::pin::ChannelBinding;
use wire::proof::{Challenge, Purpose, Secret};

use crate::ask::{Answer, Ask, HERE};
use crate::fixture::{DEADLINE, Fixture};
use crate::owner::{Owner, STREAM, described, is_unreadable, request, stream, to};
use crate::raw::{CLOSE, Raw};

/// A page its owner added.
const ADDED: &str = "https://dash.example";
/// What a viewer of `view` must not be shown: names of columns, and fields of rows.
const ABOVE_VIEW: [&str; 5] = ["user", "command", "cwd", "exe", "connections"];

/// Origins of pages that are not `own`'s.
fn foreign(port: u16) -> Vec<String> {
    vec![
        "http://evil.test".to_owned(),
        format!("http://evil.test:{port}"),
        "null".to_owned(),
        String::new(),
        "file://".to_owned(),
        // The right one is a part of it, or it is a part of the right one.
        format!("http://127.0.0.1:{port}.evil.test"),
        format!("http://evil.test/http://127.0.0.1:{port}"),
        format!("http://127.0.0.1:{port}/"),
        "http://127.0.0.1".to_owned(),
        "http://127.0.0".to_owned(),
        // Another port, and the other scheme.
        format!("http://127.0.0.1:{}", port - 1),
        format!("https://127.0.0.1:{port}"),
        format!("ws://127.0.0.1:{port}"),
        // Another name of the same machine is another page.
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1:{port}, http://evil.test"),
        "tauri://localhost.evil.test".to_owned(),
    ]
}

#[tokio::test]
async fn no_page_of_somebody_else_opens_a_socket_or_reads_a_route() {
    let fixture = Fixture::start().await;
    let (at, token) = (fixture.address(), fixture.owner_token());
    let cookie = Owner::of(at, &token).await.pair("processes", "Laptop", HERE).await;
    let (routes, sockets) = described(at, &token).await;
    for path in &sockets {
        let mine = Ask::get(path).upgrade().header("Cookie", &cookie);
        let own = mine.clone().header("Origin", format!("http://{at}")).send(at).await;
        assert_eq!(own.status(), 101, "{path} for its own page: {own:?}");
        for origin in foreign(at.port()) {
            let answer = mine.clone().header("Origin", &origin).send(at).await;
            assert_eq!(answer.status(), 403, "{path} for {origin:?}: {answer:?}");
            assert!(is_unreadable(&answer), "{path} for {origin:?}: {answer:?}");
        }
        // A page may leave the origin out of a request it makes silently; its browser tells all the same.
        for site in ["cross-site", "same-site"] {
            for mode in ["websocket", "cors", "no-cors"] {
                let silent =
                    mine.clone().header("Sec-Fetch-Site", site).header("Sec-Fetch-Mode", mode).send(at).await;
                assert_eq!(silent.status(), 403, "{path} {site} {mode}: {silent:?}");
            }
        }
    }
    for (method, path) in &routes {
        for origin in foreign(at.port()) {
            let answer = to(method, path).header("Cookie", &cookie).header("Origin", &origin).send(at).await;
            assert_eq!(answer.status(), 403, "{method} {path} for {origin:?}: {answer:?}");
            assert!(is_unreadable(&answer), "{method} {path} for {origin:?}: {answer:?}");
        }
    }
    let still = Ask::get("/api/v1/snapshot").header("Cookie", &cookie).send(at).await;
    assert_eq!(still.status(), 200, "whoever was meant to be robbed still has it: {still:?}");
}

/// Every name of a field anywhere in `value`, and every text in lists of names.
fn names(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            if !value.is_null() {
                into.push(name.clone());
            }
            if name == "columns"
                && let Some(columns) = value.as_array()
            {
                into.extend(columns.iter().filter_map(|column| column.as_str().map(str::to_owned)));
            }
            names(value, into);
        }),
        Value::Array(list) => list.iter().for_each(|value| names(value, into)),
        _ => {}
    }
}

fn is_view_only(value: &Value) -> bool {
    let mut all = Vec::new();
    names(value, &mut all);
    !all.iter().any(|name| ABOVE_VIEW.contains(&name.as_str()))
}

fn readable_by(answer: &Answer) -> Option<String> {
    answer.header("access-control-allow-origin")
}

#[tokio::test]
async fn a_page_that_was_added_gets_view_and_no_more_until_it_is_taken_out() {
    let fixture = Fixture::start().await;
    let (at, token) = (fixture.address(), fixture.owner_token());
    let mut owner = Owner::of(at, &token).await;
    // The best its reader could have; a page gets nothing of it.
    let cookie = owner.pair("control", "Laptop", HERE).await;
    owner.ask("sharing.set", json!({"origins": [ADDED]})).await;
    let from_page = |ask: Ask| ask.header("Cookie", &cookie).header("Origin", ADDED);
    let (routes, sockets) = described(at, &token).await;
    let asks_its_own = Ask::get("/api/v1/processes").header("Cookie", &cookie).send(at).await.json();
    assert!(!is_view_only(&asks_its_own), "the reader's own page sees more: {asks_its_own}");

    for (method, path) in &routes {
        let answer = from_page(to(method, path)).send(at).await;
        assert_eq!(readable_by(&answer).as_deref(), Some(ADDED), "{method} {path}: {answer:?}");
        assert_eq!(answer.header("access-control-allow-credentials"), None, "{method} {path}");
        assert_eq!(answer.status() == 403, method != "GET", "{method} {path}: {answer:?}");
        if answer.header("content-type").is_some_and(|kind| kind == "application/json")
            && !path.ends_with("openapi.json")
        {
            assert!(is_view_only(&answer.json()), "{method} {path}: {answer:?}");
        }
        let preflight =
            Ask::new("OPTIONS", path).header("Access-Control-Request-Method", method).header("Origin", ADDED);
        let preflight = preflight.send(at).await;
        assert_eq!(
            preflight.header("access-control-allow-methods").as_deref(),
            Some("GET, HEAD"),
            "{preflight:?}"
        );
        let other = to(method, path).header("Origin", "https://dash.example.evil.test").send(at).await;
        assert!(other.status() == 403 && is_unreadable(&other), "{method} {path}: {other:?}");
    }

    let mut live = Vec::new();
    for path in &sockets {
        live.push((path.clone(), stream(&from_page(Ask::get(path).upgrade()), at).await));
    }
    let (_, native) = live.iter_mut().find(|(path, _)| path == STREAM).expect("the native stream");
    assert_eq!(native.recv_type("connected").await["scope"], "view");
    native.send_json(&json!({"type": "subscribe", "channels": ["overview", "processes", "top"]})).await;
    for channel in ["overview", "processes", "top"] {
        let frame = native.recv(|it| it["channel"] == channel).await;
        assert!(is_view_only(&frame), "{channel}: {frame}");
    }
    let stats = from_page(Ask::get("/api/v1/ws/stats")).send(at).await.json();
    assert_eq!(stats["clients"], json!([]), "who else is connected is no page's business");
    let refused = request(native, &mut 0, "process.detail", json!({"pid": 1, "startedAtMs": 1})).await;
    assert_eq!(refused.expect_err("not for a page")["code"], "forbidden");

    let begun = Instant::now();
    owner.ask("sharing.set", json!({"origins": []})).await;
    for (path, raw) in &mut live {
        timeout(Duration::from_secs(5), ends(raw)).await.unwrap_or_else(|_| panic!("{path} stays open"));
    }
    println!("all sockets of the page ended after {:?}", begun.elapsed());
    for (method, path) in &routes {
        let answer = from_page(to(method, path)).send(at).await;
        assert!(answer.status() == 403 && is_unreadable(&answer), "{method} {path}: {answer:?}");
    }
}

#[tokio::test]
async fn an_origin_that_is_tied_to_a_token_gives_nothing_by_itself() {
    let fixture = Fixture::start().await;
    let (at, token) = (fixture.address(), fixture.owner_token());
    let mut owner = Owner::of(at, &token).await;
    let cookie = owner.pair("processes", "Laptop", HERE).await;
    let browser = owner.viewers().await[0].clone();
    let (id, tied) = owner.token("processes", "dashboard").await;
    let (_, other) = owner.token("processes", "other").await;
    for wrong in [json!("nobody"), json!(browser)] {
        let refused =
            owner.try_ask("sharing.set", json!({"origins": [{"origin": ADDED, "token": wrong}]})).await;
        assert!(refused.is_err(), "{wrong} is no token of a program");
    }
    owner.ask("sharing.set", json!({"origins": [{"origin": ADDED, "token": id}]})).await;
    let page = |path: &str| Ask::get(path).header("Origin", ADDED).header("Cookie", &cookie);
    let (routes, sockets) = described(at, &token).await;
    for (_, path) in routes.iter().filter(|(method, path)| method == "GET" && path != "/health") {
        let plain = page(path).send(at).await;
        assert_eq!(plain.status(), 401, "{path}: {plain:?}");
        assert_eq!(readable_by(&plain).as_deref(), Some(ADDED), "its page reads why");
        for stolen in [&other, &token, &cookie] {
            let answer =
                page(path).bearer(stolen.split_once('=').map_or(stolen, |(_, value)| value)).send(at).await;
            assert_eq!(answer.status(), 401, "{path}: {answer:?}");
        }
    }
    let sees = page("/api/v1/processes").bearer(&tied).send(at).await;
    assert_eq!(sees.status(), 200, "{sees:?}");
    assert!(!is_view_only(&sees.json()), "it sees what its token may");
    for path in sockets.iter().filter(|path| *path != STREAM) {
        let answer = page(path).upgrade().send(at).await;
        assert_eq!(answer.status(), 401, "{path}: {answer:?}");
    }
    let mut native = stream(&page(STREAM).upgrade(), at).await;
    assert_eq!(native.recv(|_| true).await["type"], "challenge", "its page has to prove the token");
    owner.revoke(&id).await;
    let gone = page("/api/v1/snapshot").bearer(&tied).send(at).await;
    assert_eq!(gone.status(), 401, "{gone:?}");
    assert_eq!(page("/api/v1/snapshot").send(at).await.status(), 401, "a revoked token opens nothing");
}

/// From now on no address has access by itself.
fn close(fixture: &Fixture) {
    let handle = fixture.station.handle();
    handle.set_settings(Settings { loopback: Loopback::Off, ..handle.settings() }).expect("kept");
}

#[tokio::test]
async fn a_cookie_is_no_bearer_and_no_token_is_a_cookie() {
    let fixture = Fixture::start().await;
    close(&fixture);
    let (at, token) = (fixture.address(), fixture.owner_token());
    let mut owner = Owner::of(at, &token).await;
    let cookie = owner.pair("processes", "Laptop", HERE).await;
    let (name, value) = cookie.split_once('=').expect("a name and a value");
    let (_, made) = owner.token("processes", "script").await;
    let cases = [
        (Ask::get("/api/v1/snapshot").header("Cookie", &cookie), 200),
        (Ask::get("/api/v1/snapshot").bearer(&made), 200),
        (Ask::get("/api/v1/snapshot").bearer(value), 401),
        (Ask::get("/api/v1/snapshot").header("Cookie", format!("{name}={made}")), 401),
        (Ask::get("/api/v1/snapshot").header("Cookie", format!("{name}={token}")), 401),
    ];
    for (ask, expected) in cases {
        assert_eq!(ask.send(at).await.status(), expected, "{ask:?}");
    }
    // A program that got the cookie does not prove what is in it, either.
    let mut native = stream(&Ask::get(STREAM).upgrade(), at).await;
    let challenge = native.recv_type("challenge").await;
    let (id, secret) = value.split_once('.').expect("an id and a secret");
    let proof = Secret::from_hex(secret).expect("a secret").prove(&Challenge {
        purpose: Purpose::Stream,
        binding: ChannelBinding::Plain,
        machine_id: challenge["machineId"].as_str().expect("an id"),
        token_id: id,
        server_nonce: challenge["nonce"].as_str().expect("a nonce"),
        client_nonce: &"c1".repeat(32),
    });
    native.send_json(&json!({"type": "auth", "tokenId": id, "nonce": "c1".repeat(32), "mac": proof})).await;
    assert_eq!(native.recv(|_| true).await["reason"], "unauthorized");
}

#[tokio::test]
async fn a_cookie_is_good_on_its_port_and_moves_with_it() {
    let free = |_| std::net::TcpListener::bind((HERE, 0)).expect("a free port");
    let ports = [0, 1].map(free).map(|listener| listener.local_addr().expect("an address").port());
    let data = tempfile::tempdir().expect("a directory");
    let access = json!({"version": 1, "port": ports[0]}).to_string();
    atomic_file::replace(&data.path().join("access.json"), access.as_bytes()).expect("written");
    let fixture = Fixture::in_data(data, &ServerConfig { port: None, ..ServerConfig::default() }).await;
    close(&fixture);
    let at = fixture.address();
    assert_eq!(at.port(), ports[0]);
    let mut owner = Owner::of(at, &fixture.owner_token()).await;
    let cookie = owner.pair("view", "Laptop", HERE).await;
    let (near, far) = (format!("127.0.0.1:{}", ports[0]), format!("127.0.0.1:{}", ports[1]));
    let status = async |at: SocketAddr, host: &str| {
        let ask = Ask::get("/api/v1/snapshot").header("Cookie", &cookie).header("Host", host);
        ask.send(at).await.status()
    };
    for host in [far.as_str(), "127.0.0.1", "127.0.0.1:443"] {
        assert_eq!(status(at, host).await, 401, "{host}: another program of this host has it, too");
    }
    assert_eq!(status(at, &near).await, 200, "and that was no wrong guess");

    owner.tell("sharing.set", json!({"port": ports[1]})).await;
    let at = SocketAddr::new(HERE, ports[1]);
    let moved = async {
        while tokio::net::TcpStream::connect(at).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(DEADLINE, moved).await.expect("it listens on the new port");
    assert_eq!(status(at, &far).await, 200, "nobody has to be paired again");
    assert_eq!(status(at, &near).await, 401, "whatever listens on the old port now gets nothing by it");
}

/// Reads until the server closes.
async fn ends(raw: &mut Raw) {
    while let Ok(Some(frame)) = raw.next().await {
        if frame.opcode == CLOSE {
            return;
        }
    }
}
