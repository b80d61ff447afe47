//! Family C from outside.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use serde_json::{Value, json};
use station::{Loopback, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::{Client, DEADLINE, Fixture, get, server_with};

const GOOD: &str = r#"{"severity":"warning","title":"Backup","message":"it is late","source":"cron"}"#;

/// Sends `request` as it is, and reads the whole answer.
async fn ask(address: SocketAddr, request: &str) -> String {
    let exchange = async {
        let mut socket = TcpStream::connect(address).await?;
        socket.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    tokio::time::timeout(DEADLINE, exchange).await.expect("in time").expect("an answer")
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
}

/// Posts an alert: status and body of the answer.
async fn broadcast(address: SocketAddr, kind: &str, body: &str) -> (u16, Value) {
    let length = body.len();
    let request = format!(
        "POST /api/ws/broadcast/alert HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: {kind}\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    let answer = ask(address, &request).await;
    let body = answer.split_once("\r\n\r\n").expect("a head").1;
    (status(&answer), serde_json::from_str(body).expect("JSON"))
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[tokio::test]
async fn numbers_come_at_once_and_are_those_that_http_answers() {
    let fixture = Fixture::start().await;
    let mut client = Client::connect(fixture.address(), "/api/ws/ws").await;
    let told = client.recv().await;
    let (status, answered) = get(fixture.address(), "/api/metrics/current", "").await;
    assert_eq!(status, 200);
    assert_eq!(keys(&told), keys(&answered));
    assert_eq!(keys(&told["network"]), keys(&answered["network"]));
    assert_eq!(told["memory_total_mb"], answered["memory_total_mb"]);
    let memory = told["memory_percent"].as_f64().expect("a machine with memory");
    assert!((0.0..=100.0).contains(&memory), "{memory}");
    let timestamp = told["timestamp"].as_str().expect("a time");
    assert!(timestamp.ends_with('Z') && timestamp.len() == 24, "{timestamp}");
    let next = client.recv().await;
    assert!(next["timestamp"].as_str() > Some(timestamp), "{next}");
}

#[tokio::test]
async fn an_alert_reaches_all_who_listen_and_they_are_counted() {
    let fixture = Fixture::start().await;
    let at = fixture.address();
    let mut listeners = Vec::new();
    for path in ["/api/ws/ws/alerts", "/api/ws/ws/alerts", "/ws", "/api/v1/stream"] {
        listeners.push(Client::connect(at, path).await);
    }
    let native = json!({"type": "subscribe", "channels": ["alerts"]});
    listeners[3].send_json(native).await;
    listeners[3].send_json(json!({"type": "ping", "id": 1})).await;
    listeners[3].recv_type("pong").await;
    // One that does not want any, and one that listens to numbers.
    let mut deaf = Client::connect(at, "/ws").await;
    deaf.send_json(json!({"type": "subscribe", "channels": ["nothing", "metrics"]})).await;
    deaf.recv_type("error").await;
    let mut numbers = Client::connect(at, "/api/ws/ws").await;
    numbers.recv().await;

    assert_eq!(broadcast(at, "application/json", GOOD).await, (200, json!({"delivered": 4})));
    let expected =
        json!({"severity": "warning", "title": "Backup", "message": "it is late", "source": "cron"});
    for (listener, kind) in listeners.iter_mut().zip(["alert", "alert", "system_alert"]) {
        assert_eq!(listener.recv_type(kind).await["data"], expected);
    }
    let native = listeners[3].recv_type("alert").await;
    assert_eq!(native["event"]["title"], "Backup");

    drop(listeners);
    fixture.wait_for_sessions(2).await;
    assert_eq!(broadcast(at, "application/json", GOOD).await, (200, json!({"delivered": 0})));
}

#[tokio::test]
async fn what_is_no_alert_is_refused_and_reaches_nobody() {
    let fixture = Fixture::start().await;
    let at = fixture.address();
    let long = format!(r#"{{"severity":"info","title":"x","message":"{}"}}"#, "x".repeat(64 * 1024));
    let cases = [
        ("text/plain", GOOD, 415, "Content-Type: application/json"),
        ("application/json", "{", 400, "not JSON"),
        (
            "application/json",
            r#"{"severity":"grave","title":"x","message":"y"}"#,
            422,
            "info, warning or critical",
        ),
        ("application/json", r#"{"severity":"info","title":"","message":"y"}"#, 422, "title is empty"),
        ("application/json", long.as_str(), 413, "65536 bytes at most"),
    ];
    for (kind, body, expected, words) in cases {
        let (status, answer) = broadcast(at, kind, body).await;
        let message = answer["error"]["message"].as_str().expect("a sentence");
        assert!(status == expected && message.contains(words), "{status} {answer}");
    }
    let wrong = format!("GET /api/ws/broadcast/alert HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n");
    assert_eq!(status(&ask(at, &wrong).await), 405);
    assert_eq!(fixture.station.handle().alerts(), []);
}

#[tokio::test]
async fn an_alert_needs_this_computer_or_a_token_that_controls() {
    let fixture = Fixture::start().await;
    let server = server_with(&fixture, |settings| settings.loopback = Loopback::Off).await;
    let at = server.addresses()[0];
    assert_eq!(broadcast(at, "application/json", GOOD).await.0, 401);
    for path in ["/api/ws/ws", "/api/ws/ws/alerts", "/ws"] {
        assert_eq!(Client::refused(at, path).await.0, 401, "{path}");
    }
    for path in ["/api/metrics/current", "/api/metrics/cpu", "/api/containers/stats"] {
        assert_eq!(get(at, path, "").await.0, 401, "{path}");
    }
    let allowed = Settings { loopback: Loopback::View, ..fixture.station.handle().settings() };
    fixture.station.handle().set_settings(allowed).expect("kept");
    assert_eq!(broadcast(at, "application/json", GOOD).await.0, 200);
}

#[tokio::test]
async fn the_last_minutes_of_a_metric_are_answered_with_what_there_is() {
    let fixture = Fixture::start().await;
    let at = fixture.address();
    // Rates are known from the second tick on.
    let mut ticks = fixture.station.handle().ticks();
    let second = ticks.wait_for(|tick| tick.as_ref().is_some_and(|tick| tick.seq >= 1));
    assert!(tokio::time::timeout(DEADLINE, second).await.is_ok_and(|tick| tick.is_ok()), "it ticks on");
    for (metric, unit) in
        [("cpu", "percent"), ("memory", "percent"), ("network", "bytes_per_sec"), ("load", "load")]
    {
        let (status, answer) = get(at, &format!("/api/metrics/{metric}?minutes=60"), "").await;
        assert_eq!((status, &answer["metric"], &answer["unit"]), (200, &json!(metric), &json!(unit)));
        let points = answer["points"].as_array().expect("points");
        assert!(!points.is_empty() && keys(&points[0]) == ["timestamp", "value"].into(), "{answer}");
    }
    let cases = [
        ("memory", 200),
        ("memory?minutes=1", 200),
        ("memory?minutes=0", 400),
        ("memory?minutes=-1", 400),
        ("memory?minutes=soon", 400),
        ("memory?minutes=1.5", 400),
        ("memory?minutes=99999999999", 400),
        ("weather", 404),
        ("weather?minutes=0", 404),
        ("", 404),
    ];
    for (asked, expected) in cases {
        let (status, answer) = get(at, &format!("/api/metrics/{asked}"), "").await;
        assert_eq!(status, expected, "{asked}: {answer}");
        assert_eq!(answer["error"]["message"].is_string(), expected != 200, "{asked}: {answer}");
    }
}

#[tokio::test]
async fn whatever_a_client_says_the_connection_lives_on() {
    let fixture = Fixture::start().await;
    for path in ["/api/ws/ws", "/api/ws/ws/alerts"] {
        let mut client = Client::connect(fixture.address(), path).await;
        for said in ["{", "ping", r#"{"type":"subscribe","channels":["weather"]}"#] {
            client.send(Message::text(said)).await;
        }
        client.send(Message::binary(vec![0, 255, 128])).await;
        client.send(Message::Ping("are you there".into())).await;
        let pong = async { while client.frame().await != Message::Pong("are you there".into()) {} };
        assert!(tokio::time::timeout(DEADLINE, pong).await.is_ok(), "{path}");
    }
}

#[tokio::test]
async fn its_addresses_say_what_they_are() {
    let fixture = Fixture::start().await;
    let at = fixture.address();
    for path in ["/api/ws/ws", "/api/ws/ws/alerts", "/ws"] {
        assert_eq!(get(at, path, "").await.0, 426, "{path}");
    }
    let docs = ask(at, &format!("GET /docs HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n")).await;
    assert!(docs.starts_with("HTTP/1.1 308") && docs.contains("location: /api/docs\r\n"), "{docs}");
}
