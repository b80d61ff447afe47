//! Who gets in, and as whom: tokens, the challenge, the owner's file, and the seats of one address.

use futures_util::{SinkExt, StreamExt};
use hmac::{Hmac, KeyInit, Mac};
use lan::{Door, DoorConfig, Secret, Tokens};
use serde_json::{Value, json};
use sha2::Sha256;
use station::{Loopback, Settings};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use wire::Scope;

use crate::House;
use crate::http::{ask, get, status};
use crate::stream::Client;

const SECRET: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// A door on which nobody is known by where they come from, and `kitchen` by its token.
async fn strict(house: &House) -> Door {
    let handle = house.station.handle();
    let settings = Settings { loopback: Loopback::Off, ..handle.settings() };
    handle.set_settings(settings).expect("kept");
    let tokens = Tokens::default();
    tokens.insert("kitchen", Secret::from_hex(SECRET).expect("a secret"), Scope::View);
    let config = DoorConfig { port: 0, tokens, ..DoorConfig::default() };
    Door::open(handle, &config).await.expect("an open door")
}

fn mac(side: &str, machine: &str, server_nonce: &str, client_nonce: &str) -> String {
    let key: Vec<u8> = (0..32).collect();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
    for part in [side, machine, server_nonce, client_nonce] {
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text<'a>(message: &'a Value, field: &str) -> &'a str {
    message[field].as_str().expect("text")
}

#[tokio::test]
async fn a_stranger_is_asked_first_and_let_in_by_proof() {
    let house = House::open().await;
    let door = strict(&house).await;
    let mut client = Client::connect_to(door.addresses()[0]).await;
    let challenge = client.hear(|_| true).await;
    assert_eq!(challenge["type"], "challenge");
    let (machine, nonce) = (text(&challenge, "machineId"), text(&challenge, "nonce"));
    assert_eq!(machine, house.station.handle().machine().id);
    let proof = mac("client", machine, nonce, "c1");
    client.say(json!({"type": "auth", "tokenId": "kitchen", "nonce": "c1", "mac": proof})).await;
    let connected = client.hear_type("connected").await;
    assert_eq!(connected["scope"], "view");
    assert_eq!(text(&connected, "mac"), mac("server", machine, nonce, "c1"), "the machine proves itself too");
    client.say(json!({"type": "subscribe", "channels": ["overview"]})).await;
    client.hear_type("frame").await;
}

#[tokio::test]
async fn a_wrong_answer_to_the_challenge_is_told_nothing() {
    let house = House::open().await;
    let door = strict(&house).await;
    // Proofs of another socket, of another side, of an unknown token, and no proof at all.
    let old = mac("client", &house.station.handle().machine().id, "an older nonce", "c1");
    let answers = [
        json!({"type": "auth", "tokenId": "kitchen", "nonce": "c1", "mac": old}),
        json!({"type": "auth", "tokenId": "kitchen", "nonce": "c1", "mac": ""}),
        json!({"type": "auth", "tokenId": "garage", "nonce": "c1", "mac": old}),
        json!({"type": "auth", "tokenId": "kitchen", "nonce": "c".repeat(1000), "mac": old}),
        json!({"type": "subscribe", "channels": ["overview"]}),
        json!("hello"),
    ];
    for answer in answers {
        let mut client = Client::connect_to(door.addresses()[0]).await;
        client.hear_type("challenge").await;
        client.say(answer.clone()).await;
        assert_eq!(
            client.hear(|_| true).await,
            json!({"type": "goodbye", "reason": "unauthorized"}),
            "{answer}"
        );
        let Message::Close(Some(close)) = client.raw().await else { panic!("expected a close") };
        assert_eq!(u16::from(close.code), 1008);
    }
    assert_eq!(house.station.handle().sessions(), 0, "none of them had a seat");
}

#[tokio::test]
async fn of_too_many_who_say_nothing_the_oldest_gives_way() {
    let house = House::open().await;
    let door = strict(&house).await;
    let mut waiting = Vec::new();
    for _ in 0..wire::limits::UNPROVEN {
        let mut client = Client::connect_to(door.addresses()[0]).await;
        client.hear_type("challenge").await;
        waiting.push(client);
    }
    let mut late = Client::connect_to(door.addresses()[0]).await;
    let challenge = late.hear_type("challenge").await;
    assert_eq!(waiting[0].hear(|_| true).await["reason"], "tooMany");
    let proof = mac("client", text(&challenge, "machineId"), text(&challenge, "nonce"), "c1");
    late.say(json!({"type": "auth", "tokenId": "kitchen", "nonce": "c1", "mac": proof})).await;
    late.hear_type("connected").await;
    waiting[1].say(json!({"type": "auth", "tokenId": "kitchen", "nonce": "", "mac": ""})).await;
    assert_eq!(waiting[1].hear(|_| true).await["reason"], "unauthorized", "the others still wait");
}

#[tokio::test]
async fn plain_http_knows_tokens_and_the_owner() {
    let house = House::open().await;
    let door = strict(&house).await;
    let address = door.addresses()[0];
    let owner = std::fs::read_to_string(house.station.handle().data_dir().join("owner.token"));
    let owner = owner.expect("the owner's token is written when the door opens");
    let cases = [
        (String::new(), 401),
        (format!("Authorization: Bearer kitchen.{SECRET}\r\n"), 200),
        (format!("authorization: bearer kitchen.{SECRET}\r\n"), 200),
        (format!("Authorization: Bearer {}\r\n", owner.trim()), 200),
        (format!("Authorization: Bearer garage.{SECRET}\r\n"), 401),
        ("Authorization: Bearer kitchen.00\r\n".to_owned(), 401),
        (format!("Authorization: Basic kitchen.{SECRET}\r\n"), 401),
        ("Authorization: \r\n".to_owned(), 401),
    ];
    for (header, expected) in cases {
        let request = get("/api/v1/snapshot", &format!("Host: {address}\r\n{header}"));
        let answer = ask(address, &request).await;
        assert_eq!(status(&answer), expected, "{header:?}: {answer}");
        let open = ask(address, &get("/health", &format!("Host: {address}\r\n"))).await;
        assert_eq!(status(&open), 200, "health is for everyone");
    }
    let wrong_where_none_is_needed = format!("Host: {0}\r\nAuthorization: Bearer x.y\r\n", house.address());
    let answer = ask(house.address(), &get("/api/v1/snapshot", &wrong_where_none_is_needed)).await;
    assert_eq!(status(&answer), 401, "a token that is wrong is not passed over");
}

#[tokio::test]
async fn the_owner_controls_from_this_computer() {
    let house = House::open().await;
    let owner = std::fs::read_to_string(house.station.handle().data_dir().join("owner.token"));
    let bearer = format!("Bearer {}", owner.expect("a token").trim());
    let mut request =
        format!("ws://{}/api/v1/stream", house.address()).into_client_request().expect("a request");
    request.headers_mut().insert("authorization", HeaderValue::from_str(&bearer).expect("a header"));
    let (socket, answer) = connect_async(request).await.expect("an open stream");
    assert!(!answer.headers().contains_key("sec-websocket-protocol"), "it was not asked for");
    let mut client = Client(socket);
    assert_eq!(client.hear_type("connected").await["scope"], "control");
    client.say(json!({"type": "subscribe", "channels": ["sessions"]})).await;
    let frame = client.hear_type("frame").await;
    assert_eq!(frame["data"]["active"], 1);
    assert_eq!(frame["data"]["sessions"][0]["carrier"], "stream");
    assert_eq!(frame["data"]["sessions"][0]["address"], "127.0.0.1");
}

#[tokio::test]
async fn seats_are_bounded_in_all_and_for_each_address() {
    let house = House::open().await;
    let handle = house.station.handle();
    handle.set_settings(Settings { sessions_per_address: 2, ..handle.settings() }).expect("kept");
    let first = Client::connect(&house).await;
    let _second = Client::connect(&house).await;
    let refused = connect_async(format!("ws://{}/api/v1/stream", house.address())).await;
    let Err(Error::Http(answer)) = refused else { panic!("{refused:?}") };
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    let body = String::from_utf8_lossy(answer.body().as_deref().unwrap_or_default()).into_owned();
    assert!(body.contains("tooMany") && body.contains("2 viewers"), "{body}");
    drop(first);
    house.wait_for_sessions(1).await;
    let _third = Client::connect(&house).await;
}

#[tokio::test]
async fn a_viewer_may_choose_messagepack() {
    let house = House::open().await;
    let mut client = Client::connect(&house).await;
    client.hear_type("connected").await;
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
    assert!(frame.key && frame.data["series"].is_array());
}
