//! Family D from outside.

use serde_json::json;
use station::NewAlert;
use tokio_tungstenite::tungstenite::Message;
use wire::{Goodbye, Severity};

use crate::{Client, Fixture, get, server_with};

#[tokio::test]
async fn updates_follow_the_greeting_and_leave_out_what_cannot_be_read() {
    let fixture = Fixture::start().await;
    let mut client = Client::connect(fixture.address(), "/ws").await;
    let connected = client.recv().await;
    assert_eq!(connected["type"], "connected");
    let session = &fixture.station.handle().report().sessions[0];
    assert_eq!(connected["data"]["client_id"], session.client_id.as_str());
    assert_eq!(session.channels, ["alerts", "containers", "metrics", "sessions"]);

    let update = client.recv_type("realtime_update").await;
    assert_eq!(update["data"]["metrics"]["sessions"], json!({"active": 1, "total": 1}));
    assert_eq!(update["data"]["sessions"], json!({"active_count": 1, "total_count": 1}));
    assert!(update["data"]["metrics"]["requests"]["total"].as_u64() >= Some(1), "{update}");
    assert!(update["data"]["metrics"]["resources"]["memory_percent"].is_f64(), "{update}");
    assert_eq!(update["data"].get("containers"), None);
    let (status, answer) = get(fixture.address(), "/api/containers/stats", "").await;
    assert_eq!((status, &answer["error"]["code"]), (503, &json!("unavailable")));
    assert!(answer["error"]["message"].as_str().is_some_and(|message| message.contains("containers")));
}

#[tokio::test]
async fn the_older_format_is_asked_for_in_the_address() {
    let fixture = Fixture::start().await;
    let mut client = Client::connect(fixture.address(), "/ws?token=x&format=legacy").await;
    assert_eq!(client.recv().await["type"], "connected");
    let update = client.recv().await;
    assert_eq!(update["type"], "metrics_update");
    let parts: Vec<_> = update["data"].as_object().expect("the metrics").keys().collect();
    assert_eq!(parts, ["requests", "resources", "sessions"]);
}

#[tokio::test]
async fn a_socket_that_is_switched_off_says_so_and_http_stays() {
    let fixture = Fixture::start().await;
    let server = server_with(&fixture, |settings| settings.compat.websocket_enabled = Some(false)).await;
    let at = server.addresses()[0];
    let (status, answer) = Client::refused(at, "/ws").await;
    let message = answer["error"]["message"].as_str().expect("a sentence");
    assert!(status == 403 && message.contains("WEBSOCKET_ENABLED"), "{status} {answer}");
    assert_eq!(get(at, "/api/metrics/current", "").await.0, 200);
    // The other families' sockets are not its business.
    Client::connect(at, "/api/ws/ws").await.recv().await;
}

#[tokio::test]
async fn who_comes_and_who_goes_is_told_to_the_others() {
    let fixture = Fixture::start().await;
    let mut client = Client::connect(fixture.address(), "/ws").await;
    client.recv_type("connected").await;
    let other = Client::connect(fixture.address(), "/api/ws/ws").await;
    let created = client.recv_type("session_event").await;
    assert_eq!((&created["event"], &created["data"]), (&json!("created"), &json!({"active_count": 2})));
    drop(other);
    let destroyed = client.recv_type("session_event").await;
    assert_eq!((&destroyed["event"], &destroyed["data"]), (&json!("destroyed"), &json!({"active_count": 1})));
}

#[tokio::test]
async fn a_mistake_is_answered_and_the_connection_lives_on() {
    let fixture = Fixture::start().await;
    let mut client = Client::connect(fixture.address(), "/ws").await;
    let mistakes = [
        Message::text("{"),
        Message::text(r#"{"type":"reboot"}"#),
        Message::text(r#"{"type":"subscribe","channels":"metrics"}"#),
        Message::text(json!({"type": "subscribe", "channels": ["w".repeat(60_000)]}).to_string()),
        Message::binary(vec![0x81, 0xa4]),
    ];
    for mistake in mistakes {
        client.send(mistake).await;
        let error = client.recv_type("error").await;
        let message = error["data"]["message"].as_str().expect("a sentence");
        assert!(message.len() < 300, "{message}");
    }
    client.send(Message::Ping("p".into())).await;
    fixture.station.handle().emit_alert(NewAlert {
        severity: Severity::Info,
        title: "still here".to_owned(),
        message: "and told".to_owned(),
        source: "test".to_owned(),
    });
    assert_eq!(client.recv_type("system_alert").await["data"]["title"], "still here");
}

#[tokio::test]
async fn subscribing_narrows_what_is_told() {
    let fixture = Fixture::start().await;
    let mut client = Client::connect(fixture.address(), "/ws").await;
    client.send_json(json!({"type": "subscribe", "channels": ["sessions"]})).await;
    let update = client.recv_type("realtime_update").await;
    let parts: Vec<&String> =
        update["data"].as_object().map(|data| data.keys().collect()).unwrap_or_default();
    assert_eq!(parts, ["sessions"], "{update}");
    assert_eq!(fixture.station.handle().report().sessions[0].channels, ["sessions"]);
}

#[tokio::test]
async fn the_end_is_a_close_frame() {
    let fixture = Fixture::start().await;
    let paths = ["/ws", "/api/ws/ws", "/api/ws/ws/alerts"];
    let mut clients = Vec::new();
    for path in paths {
        clients.push(Client::connect(fixture.address(), path).await);
    }
    fixture.station.close_all_sessions(Goodbye::Shutdown);
    let ends = async {
        for client in &mut clients {
            let close = loop {
                if let Message::Close(close) = client.frame().await {
                    break close;
                }
            };
            assert_eq!(close.map(|close| u16::from(close.code)), Some(1001));
        }
    };
    let ((), ()) = tokio::join!(ends, fixture.server.shutdown());
    assert_eq!(fixture.station.handle().sessions(), 0, "no session is left behind");
}
