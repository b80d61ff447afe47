//! The native stream, by a real client.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use wire::Goodbye;

use crate::{DEADLINE, Fixture};

/// A client with JSON messages and a timeout on each.
pub(crate) struct Client(pub(crate) WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    pub(crate) async fn connect(fixture: &Fixture) -> Self {
        Self::connect_to(fixture.address()).await
    }

    pub(crate) async fn connect_to(address: SocketAddr) -> Self {
        let mut request = format!("ws://{address}/api/v1/stream").into_client_request().expect("a request");
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("sightline.v1"));
        let (socket, answer) = connect_async(request).await.expect("an open stream");
        assert_eq!(answer.headers()["sec-websocket-protocol"], "sightline.v1", "the subprotocol is echoed");
        Self(socket)
    }

    pub(crate) async fn send_json(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.expect("the stream takes it");
    }

    pub(crate) async fn raw(&mut self) -> Message {
        let next = tokio::time::timeout(DEADLINE, self.0.next()).await.expect("a message in time");
        next.expect("an open stream").expect("a message")
    }

    /// The next message that `wanted` holds for; others are passed over.
    pub(crate) async fn recv(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let heard = async {
            loop {
                if let Message::Text(text) = self.raw().await {
                    let message: Value = serde_json::from_str(&text).expect("JSON");
                    if wanted(&message) {
                        return message;
                    }
                }
            }
        };
        tokio::time::timeout(DEADLINE, heard).await.expect("the message in time")
    }

    pub(crate) async fn recv_type(&mut self, kind: &str) -> Value {
        self.recv(|message| message["type"] == kind).await
    }

    pub(crate) async fn request(&mut self, id: u64, method: &str, params: Value) -> Value {
        self.send_json(json!({"type": "request", "id": id, "method": method, "params": params})).await;
        self.recv(|message| message["type"] == "response" && message["id"] == id).await
    }
}

pub(crate) fn frame(channel: &'static str) -> impl Fn(&Value) -> bool {
    move |message| message["type"] == "frame" && message["channel"] == channel
}

#[tokio::test]
async fn a_viewer_gets_a_key_frame_at_once_then_values_in_step() {
    let fixture = Fixture::start().await;
    let mut client = Client::connect(&fixture).await;
    let connected = client.recv_type("connected").await;
    assert_eq!(connected["protocol"], 1);
    assert_eq!(connected["scope"], "processes");
    assert_eq!(connected["machine"]["id"], fixture.station.handle().machine().id);

    client.send_json(json!({"type": "subscribe", "channels": ["overview"]})).await;
    let key = client.recv(frame("overview")).await;
    assert_eq!(key["key"], true);
    let series = key["data"]["series"].as_array().expect("series");
    assert_eq!(series.len(), key["data"]["values"].as_array().expect("values").len());
    assert!(series.iter().any(|series| series["id"] == "cpu.busy"));
    let first = key["seq"].as_u64().expect("a number");
    for seq in first + 1..=first + 2 {
        let next = client.recv(frame("overview")).await;
        assert_eq!(next["seq"], seq, "no tick is left out");
        if next["key"] == false {
            assert_eq!(next["data"]["gen"], key["data"]["gen"]);
            assert_eq!(next["data"]["values"].as_array().map(Vec::len), Some(series.len()));
        }
    }
}

#[tokio::test]
async fn the_process_table_comes_whole_then_by_changes() {
    let fixture = Fixture::start().await;
    let mut client = Client::connect(&fixture).await;
    client.send_json(json!({"type": "subscribe", "channels": ["processes", "top"]})).await;
    let key = client.recv(frame("processes")).await;
    assert_eq!(key["key"], true);
    let columns: Vec<_> = key["data"]["columns"].as_array().expect("columns").iter().collect();
    let command =
        columns.iter().position(|column| *column == "command").expect("scope processes sees commands");
    let own = u64::from(std::process::id());
    let rows = key["data"]["rows"].as_array().expect("rows");
    let me = rows.iter().find(|row| row[0] == own).expect("this test is a process");
    assert_eq!(me.as_array().map(Vec::len), Some(columns.len()));
    assert!(me[command].as_str().is_some_and(|command| !command.is_empty()));
    let change = client.recv(frame("processes")).await;
    assert_eq!(change["key"], false, "{change}");
    assert!(change["data"]["changed"].is_array() && change["data"]["gone"].is_array());
    let top = client.recv(frame("top")).await;
    assert!(top["data"]["byCpu"].as_array().is_some_and(|list| !list.is_empty() && list.len() <= 10));
}

#[tokio::test]
async fn a_slower_viewer_of_processes_gets_key_frames_only() {
    let fixture = Fixture::start().await;
    let mut client = Client::connect(&fixture).await;
    client.send_json(json!({"type": "subscribe", "channels": ["processes"], "intervalMs": 2000})).await;
    let first = client.recv(frame("processes")).await;
    let second = client.recv(frame("processes")).await;
    assert_eq!((&first["key"], &second["key"]), (&json!(true), &json!(true)));
    let apart = second["sampledAtMs"].as_u64().zip(first["sampledAtMs"].as_u64()).map(|(b, a)| b - a);
    assert!(apart.is_some_and(|apart| apart >= 1500), "{apart:?}");
}

#[tokio::test]
async fn requests_are_answered_from_what_was_sampled() {
    let fixture = Fixture::start().await;
    let mut client = Client::connect(&fixture).await;
    let snapshot = client.request(1, "snapshot", Value::Null).await;
    let now = snapshot["result"]["sampledAtMs"].as_u64().expect("a time");
    assert!(snapshot["result"]["facts"]["intervalMs"] == 1000, "{snapshot}");

    let list = client.request(2, "series.list", Value::Null).await;
    let busy =
        list["result"].as_array().and_then(|list| list.iter().find(|series| series["id"] == "cpu.busy"));
    assert!(busy.is_some_and(|busy| busy["about"].as_str().is_some_and(|about| !about.is_empty())));

    let query =
        json!({"series": ["memory.used", "weather"], "fromMs": 0, "toMs": now + 60_000, "maxPoints": 900});
    let history = client.request(3, "history.query", query).await;
    let points = history["result"]["t"].as_array().map(Vec::len);
    assert!(points.is_some_and(|points| points >= 1), "{history}");
    assert_eq!(history["result"]["columns"]["memory.used"]["avg"].as_array().map(Vec::len), points);
    assert_eq!(history["result"]["columns"].as_object().map(serde_json::Map::len), Some(1));

    client.send_json(json!({"type": "subscribe", "channels": ["processes"]})).await;
    let table = client.recv(frame("processes")).await;
    let own = u64::from(std::process::id());
    let started = table["data"]["rows"].as_array().and_then(|rows| rows.iter().find(|row| row[0] == own));
    let started = started.expect("this test is a process")[1].clone();
    let detail = client.request(4, "process.detail", json!({"pid": own, "startedAtMs": started})).await;
    assert_eq!(detail["result"]["gone"], false, "{detail}");
    assert!(detail["result"]["cpuTimeMs"].is_u64(), "{detail}");
    let found = client.request(6, "find", json!({"query": format!("pid:{own}"), "limit": 5})).await;
    assert_eq!(found["result"]["processes"][0]["pid"], own, "{found}");
    assert!(found["result"]["tableAgeMs"].as_u64().is_some_and(|age| age < 60_000), "{found}");
    let past = client
        .request(7, "summary.history", json!({"fromMs": 0, "toMs": now + 60_000, "maxPoints": 900}))
        .await;
    let memory = past["result"]["memoryRatio"].as_array().and_then(|it| it.last()).and_then(Value::as_f64);
    assert!(memory.is_some_and(|memory| memory > 0.0), "{past}");
    let another = client.request(5, "process.detail", json!({"pid": own, "startedAtMs": 1})).await;
    assert_eq!(another["result"]["gone"], true, "a reused PID is not the process that was meant: {another}");
}

#[tokio::test]
async fn what_is_wrong_is_said_and_the_session_goes_on() {
    let fixture = Fixture::start().await;
    let mut client = Client::connect(&fixture).await;
    let cases = [
        (json!({"type": "subscribe", "channels": ["weather"]}), "unknownChannel"),
        (json!({"type": "unsubscribe", "channels": ["weather"]}), "unknownChannel"),
        (json!({"type": "dance"}), "badMessage"),
        (json!([1, 2, 3]), "badMessage"),
    ];
    for (message, code) in cases {
        client.send_json(message).await;
        assert_eq!(client.recv_type("error").await["code"], code);
    }
    client.0.send(Message::text("not json")).await.expect("sent");
    assert_eq!(client.recv_type("error").await["code"], "badMessage");
    client.0.send(Message::binary(vec![0xff, 0xfe])).await.expect("sent");
    assert_eq!(client.recv_type("error").await["code"], "badMessage");
    let requests = [
        ("weather", Value::Null, "unknownMethod"),
        ("history.query", json!({"series": []}), "badParams"),
        ("history.query", json!({"series": [], "fromMs": 2, "toMs": 1, "maxPoints": 1}), "badParams"),
        (
            "history.query",
            json!({"series": vec!["x"; 2000], "fromMs": 0, "toMs": 1, "maxPoints": 1}),
            "tooMany",
        ),
        ("process.detail", json!({"pid": -1}), "badParams"),
    ];
    for (id, (method, params, code)) in requests.into_iter().enumerate() {
        let answer = client.request(id as u64, method, params).await;
        assert_eq!(answer["error"]["code"], code, "{answer}");
    }
    client.send_json(json!({"type": "ping", "id": 7})).await;
    assert_eq!(client.recv_type("pong").await["id"], 7);
}

#[tokio::test]
async fn a_message_past_its_bound_ends_the_session_with_a_word() {
    let fixture = Fixture::start().await;
    let mut client = Client::connect(&fixture).await;
    client.0.send(Message::text(" ".repeat(70_000))).await.expect("sent");
    assert_eq!(client.recv_type("goodbye").await["reason"], "tooLarge");
    let Message::Close(Some(close)) = client.raw().await else { panic!("expected a close") };
    assert_eq!(u16::from(close.code), 1009);
}

#[tokio::test]
async fn shutdown_sends_a_goodbye_to_all_and_is_quick() {
    let fixture = Fixture::start().await;
    let mut clients = Vec::new();
    for _ in 0..10 {
        let mut client = Client::connect(&fixture).await;
        client.send_json(json!({"type": "subscribe", "channels": ["overview"]})).await;
        client.recv(frame("overview")).await;
        clients.push(client);
    }
    assert_eq!(fixture.station.handle().sessions(), 10);
    let handle = fixture.station.handle();
    let address = fixture.address();
    fixture.station.close_all_sessions(Goodbye::Shutdown);
    let goodbyes = async {
        for client in &mut clients {
            assert_eq!(client.recv_type("goodbye").await["reason"], "shutdown");
            let Message::Close(Some(close)) = client.raw().await else { panic!("expected a close") };
            assert_eq!(u16::from(close.code), 1001);
        }
    };
    let closed = async { tokio::time::timeout(wire::limits::SHUTDOWN, fixture.server.shutdown()).await };
    let ((), closed) = tokio::join!(goodbyes, closed);
    assert!(closed.is_ok(), "closing took longer than the protocol allows");
    assert_eq!(handle.sessions(), 0, "no session is left behind");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn another_pages_script_gets_no_stream() {
    let fixture = Fixture::start().await;
    for origin in ["http://evil.test", "null", "tauri://localhost.evil.test"] {
        let mut request =
            format!("ws://{}/api/v1/stream", fixture.address()).into_client_request().expect("a request");
        request.headers_mut().insert("origin", HeaderValue::from_str(origin).expect("a header"));
        let Err(Error::Http(answer)) = connect_async(request).await else { panic!("{origin} was accepted") };
        assert_eq!(answer.status(), 403, "{origin}");
    }
}
