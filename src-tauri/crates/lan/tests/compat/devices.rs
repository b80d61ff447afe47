//! Family B from outside: the messages of a device dashboard.

use serde_json::{Value, json};
use station::Loopback;
use tokio_tungstenite::tungstenite::Message;
use wire::Goodbye;

use crate::{Client, Fixture, get, server_with};

fn path(fixture: &Fixture) -> String {
    format!("/api/v1/devices/{}/ws", fixture.station.handle().machine().id)
}

#[tokio::test]
async fn each_channel_is_told_on_subscribing() {
    let fixture = Fixture::start().await;
    let mut client = Client::connect(fixture.address(), &path(&fixture)).await;
    let connected = client.recv().await;
    assert_eq!(connected["type"], "connected");
    assert_eq!(connected["data"]["deviceUuid"], json!(fixture.station.handle().machine().id));
    assert!(connected["data"]["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')), "{connected}");
    let cases: [(&str, &[&str]); 5] = [
        ("system-info", &["os", "architecture", "uptime", "hostname", "ipAddress", "macAddress"]),
        ("processes", &["top_processes"]),
        ("history", &["cpu", "memory", "network"]),
        ("network-interfaces", &["interfaces"]),
        ("metrics", &["cpu_usage", "memory_usage", "top_processes", "network_interfaces"]),
    ];
    for (channel, fields) in cases {
        client.send_json(json!({"type": "subscribe", "channels": [channel]})).await;
        let told = client.recv_type(channel).await;
        for field in fields {
            assert!(!told["data"][field].is_null(), "{field} of {told}");
        }
    }
    client.send_json(json!({"type": "ping"})).await;
    let pong = client.recv_type("pong").await;
    assert!(pong["data"]["timestamp"].is_string(), "{pong}");
}

#[tokio::test]
async fn the_past_is_told_in_points_with_the_time_of_day() {
    let fixture = Fixture::start().await;
    // The first sample has no rates yet.
    let mut ticks = fixture.station.handle().ticks();
    let second = ticks.wait_for(|tick| tick.as_ref().is_some_and(|tick| tick.seq >= 2));
    assert!(
        tokio::time::timeout(crate::DEADLINE, second).await.is_ok_and(|tick| tick.is_ok()),
        "it ticks on"
    );
    let mut client = Client::connect(fixture.address(), &path(&fixture)).await;
    client.send_json(json!({"type": "subscribe", "channels": ["history"]})).await;
    let told = client.recv_type("history").await;
    for (list, numbers) in
        [("cpu", &["value"][..]), ("memory", &["used", "available"]), ("network", &["download", "upload"])]
    {
        let points = told["data"][list].as_array().expect("a list");
        assert!(points.len() <= 30);
        if list == "network" && points.is_empty() {
            // A machine without a network has none to tell of.
            continue;
        }
        let point = points.last().unwrap_or_else(|| panic!("no point in {list}"));
        let time = point["time"].as_str().expect("a time");
        let fits =
            time.len() == 8 && time.as_bytes()[2] == b':' && (time.ends_with(" AM") || time.ends_with(" PM"));
        assert!(fits, "{time}");
        assert!(numbers.iter().all(|number| point[number].is_number()), "{point}");
    }
}

#[tokio::test]
async fn another_devices_uuid_is_not_found() {
    let fixture = Fixture::start().await;
    for uuid in ["00000000-0000-4000-8000-000000000000", "kitchen", "%2e%2e", "a%2Fb", "%ff"] {
        let path = format!("/api/v1/devices/{uuid}/ws");
        let (status, answer) = Client::refused(fixture.address(), &path).await;
        assert_eq!((status, &answer["error"]["code"]), (404, &json!("notFound")), "{path}");
        let (status, answer) = get(fixture.address(), &path, "").await;
        assert_eq!((status, &answer["error"]["code"]), (404, &json!("notFound")), "{path}");
    }
    let (status, _) = get(fixture.address(), &path(&fixture), "").await;
    assert_eq!(status, 426, "it is here, but speaks WebSocket");
}

#[tokio::test]
async fn what_is_not_understood_is_passed_over() {
    let fixture = Fixture::start().await;
    let mut client = Client::connect(fixture.address(), &path(&fixture)).await;
    client.recv_type("connected").await;
    let cases = [
        Message::text("not JSON"),
        Message::text(""),
        Message::text(r#"{"type":"reboot"}"#),
        Message::text(r#"{"type":"subscribe","channels":["kitchen"]}"#),
        Message::text(r#"{"type":"subscribe","channels":"metrics"}"#),
        Message::binary(br#"{"type":"ping"}"#.as_slice()),
        Message::binary(vec![0, 159, 146, 150]),
    ];
    for message in cases {
        client.send(message.clone()).await;
        client.send_json(json!({"type": "ping"})).await;
        let next: Value = client.recv().await;
        assert_eq!(next["type"], "pong", "after {message:?}");
    }
}

#[tokio::test]
async fn command_lines_stay_here_where_only_numbers_may_be_seen() {
    let fixture = Fixture::start().await;
    let server = server_with(&fixture, |settings| settings.loopback = Loopback::View).await;
    let mut client = Client::connect(server.addresses()[0], &path(&fixture)).await;
    client.send_json(json!({"type": "subscribe", "channels": ["processes", "metrics"]})).await;
    for channel in ["processes", "metrics"] {
        let told = client.recv_type(channel).await;
        let processes = told["data"]["top_processes"].as_array().expect("a list");
        assert!(!processes.is_empty());
        assert!(processes.iter().all(|process| process["command"].is_null()), "{channel}: {told}");
    }
}

#[tokio::test]
async fn the_end_comes_as_a_close_frame_with_its_code() {
    let fixture = Fixture::start().await;
    let mut client = Client::connect(fixture.address(), &path(&fixture)).await;
    client.recv_type("connected").await;
    fixture.station.close_all_sessions(Goodbye::Suspend);
    let last = client.frame().await;
    assert!(matches!(&last, Message::Close(Some(frame)) if u16::from(frame.code) == 1001), "{last:?}");
}
