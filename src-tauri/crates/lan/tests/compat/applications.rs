//! Family A from outside: the messages of an application manager.

use serde_json::{Value, json};
use station::Loopback;
use tokio_tungstenite::tungstenite::Message;
use wire::Goodbye;

use crate::{Client, Fixture, get, server_with};

const PATH: &str = "/ws/metrics";

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn is_iso(time: &Value) -> bool {
    let time = time.as_str().unwrap_or("");
    time.len() == 24 && time.ends_with('Z') && time.as_bytes()[19] == b'.' && time.as_bytes()[10] == b'T'
}

#[tokio::test]
async fn a_manager_is_subscribed_by_itself_and_told_at_once() {
    let fixture = Fixture::start().await;
    let mut client = Client::connect(fixture.address(), PATH).await;
    let connected = client.recv().await;
    assert_eq!(connected["type"], "connected");
    assert!(is_iso(&connected["timestamp"]), "{connected}");
    assert_eq!(connected["data"]["subscribedChannels"], json!(["metrics"]));
    assert!(connected["data"]["clientId"].as_str().is_some_and(|id| !id.is_empty()));
    let metrics = client.recv().await;
    assert_eq!(metrics["type"], "metrics");
    assert!(is_iso(&metrics["timestamp"]) && is_iso(&metrics["data"]["timestamp"]), "{metrics}");
    let data = &metrics["data"];
    assert_eq!(data["hostname"], json!(fixture.station.handle().machine().name));
    assert!(data["memory_total"].as_f64().is_some_and(|mebibytes| mebibytes > 16.0), "{data}");
    let processes = data["top_processes"].as_array().expect("a list");
    assert!((1..=10).contains(&processes.len()));
    assert!(processes.iter().all(|process| process["command"].is_string()), "loopback sees command lines");
    let (status, polled) = get(fixture.address(), "/api/v1/metrics", "").await;
    assert_eq!((status, keys(&polled)), (200, keys(data)), "who polls is told the same");
}

#[tokio::test]
async fn whatever_is_wrong_gets_an_error_and_the_connection_lives_on() {
    let fixture = Fixture::start().await;
    let mut client = Client::connect(fixture.address(), PATH).await;
    client.recv_type("metrics").await;
    let cases = [
        (Message::text("not JSON"), "not known"),
        (Message::text(""), "not known"),
        (Message::text(r#"{"type":"reboot"}"#), "not known"),
        (Message::text(r#"{"type":"subscribe","channel":"kitchen"}"#), "\"kitchen\""),
        (Message::text(format!(r#"{{"type":"subscribe","channel":"{}"}}"#, "x".repeat(1000))), "xxx"),
        (Message::binary(br#"{"type":"ping"}"#.as_slice()), "binary"),
    ];
    for (message, expected) in cases {
        client.send(message.clone()).await;
        let error = client.recv_type("error").await;
        let text = error["message"].as_str().expect("text");
        assert!(text.contains(expected) && text.len() < 200, "{message:?}: {text}");
        assert!(is_iso(&error["timestamp"]), "{error}");
        client.send_json(json!({"type": "ping"})).await;
        let pong = client.recv_type("pong").await;
        assert_eq!(keys(&pong), ["timestamp", "type"]);
    }
}

#[tokio::test]
async fn command_lines_stay_here_where_only_numbers_may_be_seen() {
    let fixture = Fixture::start().await;
    let server = server_with(&fixture, |settings| settings.loopback = Loopback::View).await;
    let address = server.addresses()[0];
    let mut client = Client::connect(address, PATH).await;
    let told = client.recv_type("metrics").await;
    let (_, polled) = get(address, "/api/v1/metrics", "").await;
    for metrics in [&told["data"], &polled] {
        let processes = metrics["top_processes"].as_array().expect("a list");
        assert!(!processes.is_empty());
        assert!(processes.iter().all(|process| process["command"].is_null()), "{metrics}");
    }
    let server = server_with(&fixture, |settings| settings.loopback = Loopback::Off).await;
    let (status, _) = Client::refused(server.addresses()[0], PATH).await;
    assert_eq!(status, 401);
    assert_eq!(get(server.addresses()[0], "/api/v1/metrics", "").await.0, 401);
    assert_eq!(get(server.addresses()[0], "/api/v1/ws/stats", "").await.0, 401);
}

#[tokio::test]
async fn managers_hear_the_same_round_and_nobody_waits_longer_than_was_set() {
    let fixture = Fixture::start().await;
    let server = server_with(&fixture, |settings| settings.compat.ws_metrics_interval = Some(500)).await;
    let mut one = Client::connect(server.addresses()[0], PATH).await;
    one.recv_type("metrics").await;
    let mut other = Client::connect(server.addresses()[0], PATH).await;
    other.recv_type("metrics").await;
    let mut heard = Vec::new();
    for _ in 0..3 {
        heard.push(one.recv_type("metrics").await["timestamp"].clone());
    }
    // A round is made once: what both hear carries the very moment of its making.
    let shared = other.recv_type("metrics").await["timestamp"].clone();
    assert!(heard.contains(&shared), "{shared} is not among {heard:?}");
    let (_, stats) = get(server.addresses()[0], "/api/v1/ws/stats", "").await;
    assert_eq!(stats["intervalMs"], 500);
}

#[tokio::test]
async fn switched_off_sockets_are_refused_with_words_and_http_stays() {
    let fixture = Fixture::start().await;
    let server = server_with(&fixture, |settings| settings.compat.ws_enabled = Some(false)).await;
    let address = server.addresses()[0];
    let device = format!("/api/v1/devices/{}/ws", fixture.station.handle().machine().id);
    for path in [PATH, device.as_str()] {
        let (status, answer) = Client::refused(address, path).await;
        assert_eq!(status, 403, "{path}");
        let message = answer["error"]["message"].as_str().expect("text");
        assert!(message.contains("WS_ENABLED=false"), "{path}: {message}");
    }
    assert_eq!(get(address, "/api/v1/metrics", "").await.0, 200);
    let (status, stats) = get(address, "/api/v1/ws/stats", "").await;
    assert_eq!(
        (status, &stats["enabled"], &stats["flags"]["WS_ENABLED"]),
        (200, &json!(false), &json!(false))
    );
    drop(Client::connect(address, "/api/v1/stream").await);
}

#[tokio::test]
async fn the_statistics_name_every_viewer_whatever_carries_it() {
    let fixture = Fixture::start().await;
    let mut manager = Client::connect(fixture.address(), PATH).await;
    manager.recv_type("metrics").await;
    manager.send_json(json!({"type": "ping"})).await;
    manager.recv_type("pong").await;
    let mut stream = Client::connect(fixture.address(), "/api/v1/stream").await;
    stream.send_json(json!({"type": "subscribe", "channels": ["overview"]})).await;
    stream.recv_type("frame").await;
    let (status, stats) = get(fixture.address(), "/api/v1/ws/stats", "").await;
    assert_eq!((status, &stats["enabled"], &stats["intervalMs"]), (200, &json!(true), &json!(5000)));
    assert_eq!((&stats["totalConnections"], &stats["activeConnections"]), (&json!(2), &json!(2)));
    let clients = stats["clients"].as_array().expect("a list");
    let of = |carrier: &str| clients.iter().find(|client| client["carrier"] == carrier).expect("listed");
    let listed = of("application-manager");
    assert!(is_iso(&listed["connectedAt"]), "{listed}");
    assert_eq!(listed["subscribedChannels"], json!(["metrics"]));
    assert_eq!(listed["messagesReceived"], 1);
    assert!(
        listed["messagesSent"].as_u64() >= Some(3) && listed["bytesSent"].as_u64() > Some(100),
        "{listed}"
    );
    assert_eq!(of("stream")["subscribedChannels"], json!(["overview"]));
    manager.send_json(json!({"type": "unsubscribe", "channel": "metrics"})).await;
    manager.send_json(json!({"type": "ping"})).await;
    manager.recv_type("pong").await;
    let (_, stats) = get(fixture.address(), "/api/v1/ws/stats", "").await;
    let clients = stats["clients"].as_array().expect("a list");
    let manager = clients.iter().find(|client| client["carrier"] == "application-manager");
    assert_eq!(manager.expect("listed")["subscribedChannels"], json!([]));
}

#[tokio::test]
async fn a_manager_too_many_is_told_when_to_come_again() {
    let fixture = Fixture::start().await;
    let server = server_with(&fixture, |settings| settings.sessions_per_address = 1).await;
    let mut first = Client::connect(server.addresses()[0], PATH).await;
    first.recv_type("connected").await;
    let (status, answer) = Client::refused(server.addresses()[0], PATH).await;
    assert_eq!((status, &answer["error"]["code"]), (503, &json!("tooMany")));
}

#[tokio::test]
async fn the_end_comes_as_a_close_frame_with_its_code() {
    let fixture = Fixture::start().await;
    let mut client = Client::connect(fixture.address(), PATH).await;
    client.recv_type("metrics").await;
    fixture.station.close_all_sessions(Goodbye::Shutdown);
    let last = loop {
        match client.frame().await {
            Message::Text(text) => assert!(!text.contains("goodbye"), "{text}"),
            other => break other,
        }
    };
    assert!(matches!(&last, Message::Close(Some(frame)) if u16::from(frame.code) == 1001), "{last:?}");
}
