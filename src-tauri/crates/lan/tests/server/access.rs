//! Authentication and scopes: tokens, the challenge, the owner's file, and the bound on sessions of one address.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use station::{Loopback, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use wire::Scope;
use wire::pin::ChannelBinding;
use wire::proof::{Challenge, Identity, Purpose, Secret, body_digest};
use wire::sharing::TokenParams;

use crate::Fixture;
use crate::http::{ask, get, status};
use crate::stream::Client;

/// A fixture in which no address has access by itself, and `kitchen` by its token: its id and its secret.
async fn strict() -> (Fixture, String, Secret) {
    let fixture = Fixture::start().await;
    let handle = fixture.station.handle();
    let settings = Settings { loopback: Loopback::Off, ..handle.settings() };
    handle.set_settings(settings).expect("kept");
    let kitchen = TokenParams { name: "kitchen".to_owned(), scope: Scope::View, arguments: false };
    let token = fixture.server.make_token(&kitchen).expect("a token");
    let (id, secret) = token.split_once('.').expect("an id and a secret");
    (fixture, id.to_owned(), Secret::from_hex(secret).expect("64 digits"))
}

/// A client's random text.
const NONCE: &str = "c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1";

/// What the challenge and our own nonce are about.
fn about<'a>(challenge: &'a Value, token_id: &'a str) -> Challenge<'a> {
    Challenge {
        purpose: Purpose::Stream,
        binding: ChannelBinding::Plain,
        machine_id: text(challenge, "machineId"),
        token_id,
        server_nonce: text(challenge, "nonce"),
        client_nonce: NONCE,
    }
}

fn text<'a>(message: &'a Value, field: &str) -> &'a str {
    message[field].as_str().expect("text")
}

#[tokio::test]
async fn an_unknown_client_gets_a_challenge_and_is_authenticated_by_its_proof() {
    let (fixture, id, secret) = strict().await;
    let mut client = Client::connect(&fixture).await;
    let challenge = client.recv(|_| true).await;
    assert_eq!(challenge["type"], "challenge");
    assert_eq!(text(&challenge, "machineId"), fixture.station.handle().machine().id);
    let about = about(&challenge, &id);
    client
        .send_json(json!({"type": "auth", "tokenId": id, "nonce": NONCE, "mac": secret.prove(&about)}))
        .await;
    let connected = client.recv_type("connected").await;
    assert_eq!(connected["scope"], "view");
    let proof = text(&connected, "mac");
    let machine = fixture.station.handle().machine();
    let told = Identity { name: &machine.name, scope: Scope::View };
    assert!(secret.verifier().is_server(&about, Some(&told), proof), "the machine proves itself too");
    client.send_json(json!({"type": "subscribe", "channels": ["overview"]})).await;
    client.recv_type("frame").await;
}

#[tokio::test]
async fn what_was_proven_on_the_stream_signs_no_request_and_a_request_signs_no_other() {
    let fixture = Fixture::start().await;
    let handle = fixture.station.handle();
    handle.set_settings(Settings { loopback: Loopback::Off, ..handle.settings() }).expect("kept");
    let script = TokenParams { name: "script".to_owned(), scope: Scope::View, arguments: false };
    let token = fixture.server.make_token(&script).expect("a token");
    let (id, secret) = token.split_once('.').expect("an id and a secret");
    let (secret, at) = (Secret::from_hex(secret).expect("64 digits"), fixture.address());
    let ask = async |method: &str, target: &str, authorization: &str, body: &str| {
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {at}\r\nAuthorization: {authorization}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let mut socket = TcpStream::connect(at).await.expect("a connection");
        socket.write_all(head.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.expect("an answer");
        answer
    };
    // A relay passes a nonce of HTTP on as the challenge of a stream, and the proof as that of a request.
    let proven = async |purpose: Purpose<'_>| {
        let asked = ask("GET", "/api/v1/snapshot", "Sightline", "").await;
        let (_, rest) = asked.split_once("nonce=\"").expect("a nonce");
        let nonce = rest.split('"').next().expect("its end").to_owned();
        let challenge = json!({"machineId": handle.machine().id, "nonce": nonce});
        let proof = secret.prove(&Challenge { purpose, ..about(&challenge, id) }).expect("a proof");
        format!(r#"Sightline token="{id}", nonce="{nonce}", client="{NONCE}", proof="{proof}""#)
    };
    let none = body_digest(b"");
    let get = Purpose::Http { method: "GET", target: "/api/v1/snapshot", body: &none };
    let empty = Purpose::Http { method: "DELETE", target: "/api/v1/session", body: &none };
    let some = body_digest(b"{}");
    let whole = Purpose::Http { method: "DELETE", target: "/api/v1/session", body: &some };
    let cases = [
        (Purpose::Stream, "GET", "/api/v1/snapshot", "", "401"),
        (get, "GET", "/api/v1/snapshot", "", "200"),
        (get, "GET", "/api/v1/snapshot?x", "", "401"),
        (get, "HEAD", "/api/v1/snapshot", "", "401"),
        (empty, "DELETE", "/api/v1/session", "{}", "401"),
        (whole, "DELETE", "/api/v1/session", "{ }", "401"),
        (whole, "DELETE", "/api/v1/session", "{}", "204"),
    ];
    for (purpose, method, target, body, expected) in cases {
        let answer = ask(method, target, &proven(purpose).await, body).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected}")), "{purpose:?} {method} {body}: {answer}");
    }
}

#[tokio::test]
async fn a_wrong_answer_to_the_challenge_is_told_nothing() {
    let (fixture, id, secret) = strict().await;
    // Proofs of another socket, of another side, of an unknown token, and no proof at all.
    let machine = fixture.station.handle().machine();
    let older = json!({"machineId": machine.id, "nonce": "0a".repeat(32)});
    let old = secret.prove(&about(&older, &id));
    let answers = [
        json!({"type": "auth", "tokenId": id, "nonce": NONCE, "mac": old}),
        json!({"type": "auth", "tokenId": id, "nonce": NONCE, "mac": ""}),
        json!({"type": "auth", "tokenId": "garage", "nonce": NONCE, "mac": old}),
        json!({"type": "auth", "tokenId": id, "nonce": "c".repeat(1000), "mac": old}),
        json!({"type": "subscribe", "channels": ["overview"]}),
        json!("hello"),
    ];
    for answer in answers {
        let mut client = Client::connect(&fixture).await;
        client.recv_type("challenge").await;
        client.send_json(answer.clone()).await;
        assert_eq!(
            client.recv(|_| true).await,
            json!({"type": "goodbye", "reason": "unauthorized"}),
            "{answer}"
        );
        let Message::Close(Some(close)) = client.raw().await else { panic!("expected a close") };
        assert_eq!(u16::from(close.code), 1008);
    }
    assert_eq!(fixture.station.handle().sessions(), 0, "none of them had a slot");
}

#[tokio::test]
async fn of_too_many_who_say_nothing_the_oldest_gives_way() {
    let (fixture, id, secret) = strict().await;
    let mut waiting = Vec::new();
    for _ in 0..wire::limits::PENDING_AUTH_PER_ADDRESS {
        let mut client = Client::connect(&fixture).await;
        client.recv_type("challenge").await;
        waiting.push(client);
    }
    let mut late = Client::connect(&fixture).await;
    let challenge = late.recv_type("challenge").await;
    assert_eq!(waiting[0].recv(|_| true).await["reason"], "tooMany");
    let proof = secret.prove(&about(&challenge, &id));
    late.send_json(json!({"type": "auth", "tokenId": id, "nonce": NONCE, "mac": proof})).await;
    late.recv_type("connected").await;
    waiting[1].send_json(json!({"type": "auth", "tokenId": id, "nonce": "", "mac": ""})).await;
    assert_eq!(waiting[1].recv(|_| true).await["reason"], "unauthorized", "the others still wait");
}

#[tokio::test]
async fn plain_http_knows_tokens_and_the_owner() {
    let (fixture, id, secret) = strict().await;
    let (address, secret) = (fixture.address(), secret.to_hex());
    let owner = std::fs::read_to_string(fixture.station.handle().data_dir().join("owner.token"));
    let owner = owner.expect("the owner's token is written when the server starts");
    let cases = [
        (String::new(), 401),
        (format!("Authorization: Bearer {id}.{secret}\r\n"), 200),
        (format!("authorization: bearer {id}.{secret}\r\n"), 200),
        (format!("Authorization: Bearer {}\r\n", owner.trim()), 200),
        (format!("Authorization: Bearer garage.{secret}\r\n"), 401),
        (format!("Authorization: Bearer {id}.00\r\n"), 401),
        (format!("Authorization: Basic {id}.{secret}\r\n"), 401),
        ("Authorization: \r\n".to_owned(), 401),
    ];
    for (header, expected) in cases {
        let request = get("/api/v1/snapshot", &format!("Host: {address}\r\n{header}"));
        let answer = ask(address, &request).await;
        assert_eq!(status(&answer), expected, "{header:?}: {answer}");
        let open = ask(address, &get("/health", &format!("Host: {address}\r\n"))).await;
        assert_eq!(status(&open), 200, "health is for everyone");
    }
    let handle = fixture.station.handle();
    handle.set_settings(Settings { loopback: Loopback::Processes, ..handle.settings() }).expect("kept");
    let wrong_where_none_is_needed = format!("Host: {address}\r\nAuthorization: Bearer x.y\r\n");
    let answer = ask(address, &get("/api/v1/snapshot", &wrong_where_none_is_needed)).await;
    assert_eq!(status(&answer), 401, "a token that is wrong is not passed over");
}

#[tokio::test]
async fn the_owner_controls_from_this_computer() {
    let fixture = Fixture::start().await;
    let owner = std::fs::read_to_string(fixture.station.handle().data_dir().join("owner.token"));
    let bearer = format!("Bearer {}", owner.expect("a token").trim());
    let mut request =
        format!("ws://{}/api/v1/stream", fixture.address()).into_client_request().expect("a request");
    request.headers_mut().insert("authorization", HeaderValue::from_str(&bearer).expect("a header"));
    let (socket, answer) = connect_async(request).await.expect("an open stream");
    assert!(!answer.headers().contains_key("sec-websocket-protocol"), "it was not asked for");
    let mut client = Client(socket);
    assert_eq!(client.recv_type("connected").await["scope"], "control");
    client.send_json(json!({"type": "subscribe", "channels": ["sessions"]})).await;
    let frame = client.recv_type("frame").await;
    assert_eq!(frame["data"]["active"], 1);
    assert_eq!(frame["data"]["sessions"][0]["carrier"], "stream");
    assert_eq!(frame["data"]["sessions"][0]["address"], "127.0.0.1");
}

#[tokio::test]
async fn seats_are_bounded_in_all_and_for_each_address() {
    let fixture = Fixture::start().await;
    let handle = fixture.station.handle();
    handle.set_settings(Settings { sessions_per_address: 2, ..handle.settings() }).expect("kept");
    let first = Client::connect(&fixture).await;
    let _second = Client::connect(&fixture).await;
    let refused = connect_async(format!("ws://{}/api/v1/stream", fixture.address())).await;
    let Err(Error::Http(answer)) = refused else { panic!("{refused:?}") };
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    let body = String::from_utf8_lossy(answer.body().as_deref().unwrap_or_default()).into_owned();
    assert!(body.contains("tooMany") && body.contains("2 viewers"), "{body}");
    drop(first);
    fixture.wait_for_sessions(1).await;
    let _third = Client::connect(&fixture).await;
}

#[tokio::test]
async fn a_viewer_may_choose_messagepack() {
    let fixture = Fixture::start().await;
    let mut client = Client::connect(&fixture).await;
    client.recv_type("connected").await;
    let ask = wire::ClientMessage::Subscribe {
        channels: vec!["overview".to_owned()],
        interval_ms: None,
        encoding: Some(wire::Encoding::Msgpack),
    };
    let packed = wire::codec::encode_as(wire::Encoding::Msgpack, &ask);
    client.0.send(Message::binary(packed)).await.expect("sent");
    let Some(Ok(Message::Binary(frame))) = client.0.next().await else { panic!("a binary frame") };
    let frame = wire::codec::decode_server(wire::Encoding::Msgpack, &frame).expect("MessagePack");
    let wire::ServerMessage::Frame(frame) = frame else { panic!("a frame: {frame:?}") };
    let data: Value = frame.data.read().expect("it is JSON");
    assert!(frame.key && data["series"].is_array());
}
