//! T3, T12: canary secrets. Every byte that any viewer gets, the log at `debug`, and every file of the data directory are
//! searched for them.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use wire::{ClientMessage, Encoding};

use crate::agent::Agent;
use crate::ask::{Ask, HERE, connect};
use crate::owner::{Owner, STREAM, described};

/// No secret, but an argument: who was given the arguments of command lines has to find it, and nobody else may.
const MARK: &str = "no-secret-4711";
/// Long enough for a tick, a table of processes and the first word of each family.
const LISTENS: Duration = Duration::from_millis(3500);

/// A process with secrets in its command line and its environment.
struct Canary(Child);

impl Canary {
    fn new() -> (Self, Vec<String>) {
        let secrets: Vec<String> = (0..6).map(|n| format!("CANARY-{n}-{}", std::process::id())).collect();
        let child = Command::new("sh")
            // It waits for a line that never comes.
            .args(["-c", "read line", MARK])
            .arg(format!("--password={}", secrets[0]))
            .args(["--token", &secrets[1]])
            .arg(format!("postgres://me:{}@db.example/x", secrets[2]))
            .arg(format!("DB_PASSWORD={}", secrets[3]))
            .arg(format!("Authorization: Bearer {}", secrets[4]))
            .env("TOKEN", &secrets[5])
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        (Self(child), secrets)
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A certificate and its key in `folder`; and the lines of the key.
fn own_certificate(folder: &Path) -> (Value, Vec<String>) {
    let key = KeyPair::generate().expect("a key");
    let certificate = CertificateParams::default().self_signed(&key).expect("a certificate").pem();
    let (at, key_at) = (folder.join("own.pem"), folder.join("own.key"));
    std::fs::write(&at, certificate).expect("written");
    std::fs::write(&key_at, key.serialize_pem()).expect("written");
    let lines = key.serialize_pem().lines().filter(|it| !it.starts_with('-')).map(str::to_owned).collect();
    (json!({"mode": "own", "certificate": at, "key": key_at}), lines)
}

/// All that a socket says for a while. Strangers to a family say nothing wrong: each is told what all of them know.
async fn socket(agent: &Agent, path: &str, token: &str, say: &[Message]) -> Vec<u8> {
    let link = connect(HERE, agent.address).await.expect("a connection");
    let mut request = format!("ws://{}{path}", agent.address).into_client_request().expect("a request");
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse().expect("a header"));
    let (mut socket, _) = client_async(request, link).await.unwrap_or_else(|err| panic!("{path}: {err}"));
    for message in say {
        socket.send(message.clone()).await.expect("it is taken");
    }
    let mut all = Vec::new();
    let until = Instant::now() + LISTENS;
    while let Ok(Some(Ok(message))) =
        timeout(until.saturating_duration_since(Instant::now()), socket.next()).await
    {
        all.extend_from_slice(&message.into_data());
    }
    all
}

/// What is said on the native stream, by somebody who wants everything: channels, and methods with their parameters.
fn everything(encoding: Encoding, canary: (u32, u64)) -> Vec<Message> {
    let packed = |message: &Value| {
        let message: ClientMessage = serde_json::from_value(message.clone()).expect("a message");
        match encoding {
            Encoding::Json => Message::text(String::from_utf8(wire::codec::encode(&message)).expect("JSON")),
            Encoding::Msgpack => Message::binary(wire::codec::encode_as(encoding, &message)),
        }
    };
    let channels = ["overview", "top", "processes", "summary", "alerts", "sessions", "sharing"];
    // Each by itself: one that is not for this viewer must not keep the others from it.
    let subscribe =
        |channel: &&str| packed(&json!({"type": "subscribe", "channels": [channel], "encoding": encoding}));
    let (pid, started_at_ms) = canary;
    let methods = [
        ("snapshot", Value::Null),
        ("series.list", Value::Null),
        ("alerts.list", Value::Null),
        ("history.query", json!({"series": ["cpu.busy"], "fromMs": 0, "toMs": 1u64 << 52, "maxPoints": 100})),
        ("summary.history", json!({"fromMs": 0, "toMs": 1u64 << 52, "maxPoints": 100})),
        ("find", json!({"query": format!("pid:{pid}"), "limit": 50})),
        ("find", json!({"query": "cpu>=0", "limit": 50})),
        ("process.detail", json!({"pid": pid, "startedAtMs": started_at_ms})),
        ("sharing.read", Value::Null),
        ("sharing.log", Value::Null),
        ("viewers.list", Value::Null),
    ];
    let requests = methods.iter().enumerate().map(|(id, (method, params))| {
        packed(&json!({"type": "request", "id": id, "method": method, "params": params}))
    });
    channels.iter().map(subscribe).chain(requests).collect()
}

/// Every byte that whoever has `token` gets.
async fn every_byte(agent: &Agent, token: &str, canary: (u32, u64)) -> Vec<u8> {
    let (routes, sockets) = described(agent.address, token).await;
    let mut asks: Vec<Ask> =
        routes.iter().filter(|(method, _)| method == "GET").map(|(_, path)| Ask::get(path)).collect();
    asks.push(Ask::get("/api/v1/history?series=cpu.busy,memory.used&format=csv"));
    asks.push(Ask::get("/api/v1/processes?limit=10000&sort=name"));
    asks.push(Ask::get("/metrics").header("Accept", "application/openmetrics-text; version=1.0.0"));
    for metric in ["memory", "disk", "network"] {
        asks.push(Ask::get(&format!("/api/metrics/{metric}?minutes=60")));
    }
    // What is wrong names what was sent, not what it was sent with.
    asks.push(Ask::get("/api/v1/history?series=nothing&points=x"));
    asks.push(Ask::post("/api/v1/pair", &json!({"with": "request", "request": "nobody"})));
    let mut all = Vec::new();
    for ask in asks {
        all.extend(ask.bearer(token).send(agent.address).await.0);
    }
    let families = [
        json!({"type": "subscribe", "channel": "metrics"}),
        json!({"type": "subscribe", "channels": ["system-info", "processes", "history", "metrics", "network-interfaces"]}),
        json!({"type": "subscribe", "channels": ["metrics", "containers", "sessions", "alerts"]}),
    ]
    .map(|message| Message::text(message.to_string()));
    let (json, msgpack) = (everything(Encoding::Json, canary), everything(Encoding::Msgpack, canary));
    let (json, msgpack) =
        tokio::join!(socket(agent, STREAM, token, &json), socket(agent, STREAM, token, &msgpack));
    let of_families =
        sockets.iter().filter(|path| *path != STREAM).map(|path| socket(agent, path, token, &families));
    let of_families = futures_util::future::join_all(of_families).await;
    [all, json, msgpack, of_families.concat()].concat()
}

/// Bytes as text: what is no text is no secret of ours.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every file below `folder`, with what is in it.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|it| it.expect("an entry").path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => files(&path),
            false => vec![(path.display().to_string(), std::fs::read(&path).expect("a file"))],
        })
        .collect()
}

#[tokio::test]
async fn secrets_are_in_nothing_that_anybody_gets() {
    let (canary, mut secrets) = Canary::new();
    let agent = Agent::start("debug", &json!({})).ticking().await;
    let outside = tempfile::tempdir().expect("a temporary directory");
    let mut owner = Owner::of(agent.address, &agent.owner_token()).await;
    let (encryption, key_lines) = own_certificate(outside.path());
    owner.ask("sharing.set", json!({ "encryption": encryption })).await;
    let tokens = [
        ("view", owner.token("view", "kitchen").await.1),
        ("processes", owner.token("processes", "study").await.1),
        ("processes, with arguments", owner.token_with_arguments("processes", "lab").await.1),
        ("control", owner.token("control", "desk").await.1),
        ("owner", agent.owner_token()),
    ];
    let cookie = owner.pair("view", "Phone", HERE).await;
    secrets.extend(key_lines);
    secrets.extend(
        tokens.iter().map(|(_, token)| token.split_once('.').expect("an id and a secret").1.to_owned()),
    );
    secrets.push(cookie.rsplit_once('.').expect("an id and a secret").1.to_owned());
    assert!(secrets.iter().all(|secret| secret.len() > 8), "{secrets:?}");

    // When the canary began, as the table tells it.
    let table = Ask::get("/api/v1/processes?limit=10000").send(agent.address).await.json();
    let row =
        table["processes"].as_array().and_then(|rows| rows.iter().find(|row| row["pid"] == canary.0.id()));
    let row = row.unwrap_or_else(|| panic!("the canary is a process: {table}"));
    let key = (canary.0.id(), row["startedAtMs"].as_u64().expect("a time"));

    let gets = tokens.iter().map(|(_, token)| every_byte(&agent, token, key));
    let gets = futures_util::future::join_all(gets).await;
    for ((scope, _), bytes) in tokens.iter().zip(gets) {
        let bytes = text(&bytes);
        let marks = bytes.matches(MARK).count();
        println!("{scope}: {} bytes, in which the canary is seen {marks} times", bytes.len());
        assert!(bytes.len() > 100_000, "that is not everything");
        // A list, and a table in two encodings at least; and nothing where arguments are not seen.
        let sees_arguments = matches!(*scope, "processes, with arguments" | "owner");
        assert!(if sees_arguments { marks >= 3 } else { marks == 0 }, "{scope}: {marks}");
        for secret in &secrets {
            assert!(!bytes.contains(secret), "{scope} is told {secret}");
        }
    }
    let own_file = agent.data_dir().join("owner.token").display().to_string();
    let (data, log) = agent.end();
    println!("log: {} bytes", log.len());
    assert!(log.contains("DEBUG"), "that is not all of the log: {log}");
    let kept = files(data.path());
    assert!(kept.iter().any(|(path, _)| path.ends_with("access.json")), "{kept:?}");
    for secret in &secrets {
        assert!(!log.contains(secret), "the log tells {secret}");
        for (path, bytes) in kept.iter().filter(|(path, _)| *path != own_file) {
            assert!(!text(bytes).contains(secret), "{path} holds {secret}");
        }
    }
}
