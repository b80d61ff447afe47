//! A disk that does not answer: another program has a lease of the access file, so that a thread which reads it before it
//! writes it anew waits in the kernel, as for a disk that hangs. Frames, requests and proofs go on meanwhile.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use wire::Scope;
use wire::limits::{QUERY_POINTS, QUERY_SERIES};
use wire::sharing::TokenParams;

use crate::http::{ask, get, status};
use crate::stream::{Client, frame};
use crate::{DEADLINE, Fixture};

/// Viewers that receive frames meanwhile.
const VIEWERS: usize = 50;
/// Viewers that send the largest queries meanwhile.
const ASKING: usize = 4;
/// Frames that each viewer gets while the disk does not answer.
const FRAMES: usize = 3;
/// A program that has a lease of a file.
const LEASE: &str = include_str!("lease.py");

/// An access file whose disk hangs.
struct Hanging {
    leased: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Hanging {
    /// From now on a read of the file in `data_dir` waits. `None` where this machine has no leases.
    async fn of(data_dir: &Path) -> Option<Self> {
        let leased = Command::new("python3")
            .args(["-c", LEASE])
            .arg(data_dir.join("access.json"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let Ok(mut leased) = leased else {
            testing::skip("python3");
            return None;
        };
        let mut said = BufReader::new(leased.stdout.take().expect("it is piped")).lines();
        if next(&mut said).await.as_deref() != Some("held") {
            testing::skip("leases of files");
            return None;
        }
        Some(Self { leased, said })
    }

    /// Waits until a thread hangs in a read, and holds it there until [`Held::release`].
    async fn hold(mut self) -> Held {
        assert_eq!(next(&mut self.said).await.as_deref(), Some("asked for"));
        Held { leased: self.leased }
    }
}

async fn next(said: &mut Lines<BufReader<ChildStdout>>) -> Option<String> {
    let line = tokio::time::timeout(DEADLINE, said.next_line()).await;
    line.expect("it says something").expect("it is text")
}

/// A thread that waits for the disk.
struct Held {
    leased: Child,
}

impl Held {
    /// The disk answers.
    fn release(mut self) {
        drop(self.leased.stdin.take());
        // It ends, and the lease with it.
        self.leased.start_kill().expect("it is ours");
    }
}

/// A fixture whose access file was written before, so that nothing but a change waits for it.
async fn fixture() -> Fixture {
    let fixture = Fixture::start().await;
    let first = TokenParams { name: "kitchen".to_owned(), scope: Scope::View, arguments: false };
    fixture.server.make_token(&first).expect("kept");
    fixture
}

async fn owner(fixture: &Fixture) -> Client {
    let mut request =
        format!("ws://{}/api/v1/stream", fixture.address()).into_client_request().expect("a request");
    let bearer = HeaderValue::from_str(&format!("Bearer {}", fixture.owner_token())).expect("a header");
    request.headers_mut().insert("authorization", bearer);
    let (socket, _) = connect_async(request).await.expect("an open stream");
    let mut client = Client(socket);
    assert_eq!(client.recv_type("connected").await["scope"], "control");
    client
}

fn request(id: u64, method: &str, params: Value) -> Value {
    json!({"type": "request", "id": id, "method": method, "params": params})
}

fn add(id: u64, name: &str) -> Value {
    request(id, "viewers.add", json!({"name": name, "scope": "view"}))
}

fn answer(id: u64) -> impl Fn(&Value) -> bool {
    move |message| message["type"] == "response" && message["id"] == id
}

/// All series of the machine, as often as one query may name any, over all time.
fn largest(series: &[Value]) -> Value {
    let series: Vec<&Value> = series.iter().cycle().take(QUERY_SERIES).collect();
    json!({"series": series, "fromMs": 0, "toMs": 1u64 << 52, "maxPoints": QUERY_POINTS})
}

/// On a runtime of one thread: a task that waited would block all others.
#[tokio::test]
async fn frames_queries_and_proofs_go_on_while_the_access_file_cannot_be_written() {
    let fixture = fixture().await;
    let (address, token) = (fixture.address(), fixture.owner_token());
    let mut viewers = Vec::new();
    for _ in 0..VIEWERS {
        let mut viewer = Client::connect(&fixture).await;
        viewer.send_json(json!({"type": "subscribe", "channels": ["overview"]})).await;
        viewer.recv(frame("overview")).await;
        viewers.push(viewer);
    }
    let mut owner = owner(&fixture).await;
    let hanging = Hanging::of(fixture.station.handle().data_dir()).await;
    let Some(hanging) = hanging else { return };
    owner.send_json(add(1, "porch")).await;
    let held = hanging.hold().await;

    // From here on the change waits in the kernel, until `held` is released.
    let list = owner.request(2, "series.list", Value::Null).await;
    let series: Vec<Value> =
        list["result"].as_array().expect("series").iter().map(|it| it["id"].clone()).collect();
    let mut asking = Vec::new();
    for _ in 0..ASKING {
        let mut client = Client::connect(&fixture).await;
        for id in 10..14 {
            client.send_json(request(id, "history.query", largest(&series))).await;
        }
        asking.push(client);
    }
    for viewer in &mut viewers {
        for _ in 0..FRAMES {
            viewer.recv(frame("overview")).await;
        }
    }
    for client in &mut asking {
        for id in 10..14 {
            let answer = client.recv(answer(id)).await;
            assert!(answer["result"]["t"].as_array().is_some_and(|t| !t.is_empty()), "{answer}");
        }
    }
    for (path, headers) in [("/health", ""), ("/api/v1/snapshot", "bearer"), ("/api/v1/processes", "bearer")]
    {
        let bearer =
            if headers.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
        let answer = ask(address, &get(path, &format!("Host: {address}\r\n{bearer}"))).await;
        assert_eq!(status(&answer), 200, "{path}: {answer}");
    }
    drop(self::owner(&fixture).await);
    let listed = owner.request(3, "alerts.list", Value::Null).await;
    assert!(listed["result"].is_object(), "what is known is answered at once: {listed}");

    held.release();
    let added = owner.recv(answer(1)).await;
    assert!(added["result"]["token"].is_string(), "{added}");
}

#[tokio::test]
async fn a_change_whose_session_ended_before_its_turn_is_never_made() {
    let fixture = fixture().await;
    let (mut first, mut second) = (owner(&fixture).await, owner(&fixture).await);
    let hanging = Hanging::of(fixture.station.handle().data_dir()).await;
    let Some(hanging) = hanging else { return };
    first.send_json(add(1, "first")).await;
    let held = hanging.hold().await;
    second.send_json(add(1, "never")).await;
    // A request that is answered at once: the one before it was taken in.
    second.request(2, "alerts.list", Value::Null).await;
    drop(second);
    fixture.wait_for_sessions(1).await;
    held.release();
    assert!(first.recv(answer(1)).await["result"]["token"].is_string());
    let viewers = first.request(2, "viewers.list", Value::Null).await["result"].clone();
    let names: Vec<_> =
        viewers.as_array().expect("a list").iter().map(|viewer| viewer["name"].clone()).collect();
    assert_eq!(names, ["kitchen", "first"]);
}

#[tokio::test]
async fn a_session_is_answered_later_in_the_order_in_which_it_asked() {
    let fixture = fixture().await;
    let mut owner = owner(&fixture).await;
    let hanging = Hanging::of(fixture.station.handle().data_dir()).await;
    let Some(hanging) = hanging else { return };
    owner.send_json(add(1, "first")).await;
    let held = hanging.hold().await;
    owner.send_json(request(2, "viewers.list", Value::Null)).await;
    owner.send_json(add(3, "second")).await;
    owner.send_json(request(4, "viewers.list", Value::Null)).await;
    owner.request(5, "alerts.list", Value::Null).await;
    held.release();
    let mut lists = Vec::new();
    for id in 1..=4 {
        let answer = owner.recv(|message| message["type"] == "response").await;
        assert_eq!(answer["id"], id, "{answer}");
        lists.extend(answer["result"].as_array().map(Vec::len));
    }
    assert_eq!(lists, [2, 3], "each list knows the changes before it");
}
