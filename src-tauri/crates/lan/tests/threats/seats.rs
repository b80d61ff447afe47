//! T11: who opens more than fits. It pushes out its own, and nobody else.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::limits::{PENDING_AUTH, PENDING_AUTH_PER_ADDRESS};

use crate::ask::{Ask, HERE, connect};
use crate::owner::{Owner, STREAM, stream};
use crate::raw::Raw;
use crate::{DEADLINE, Fixture};

/// Another device on the same network.
const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// A socket that gets a challenge and does not answer it.
async fn silent(fixture: &Fixture, from: IpAddr) -> Raw {
    let ask = Ask::get(&format!("{STREAM}?{}", wire::endpoint::CHALLENGE)).upgrade().from(from);
    let mut raw = stream(&ask, fixture.address()).await;
    raw.recv_type("challenge").await;
    raw
}

#[tokio::test]
async fn sockets_that_never_authenticate_push_out_their_own() {
    let fixture = Fixture::start().await;
    let mut waiting = silent(&fixture, OTHER).await;
    let mut flood = Vec::new();
    for _ in 0..2 * PENDING_AUTH {
        flood.push(silent(&fixture, HERE).await);
    }
    // The first of the flood gave way to the rest of it.
    let closed = flood[0].recv_type("goodbye").await;
    assert_eq!(closed["reason"], "tooMany", "{closed}");
    let last = flood.len() - PENDING_AUTH_PER_ADDRESS - 1;
    assert_eq!(flood[last].recv_type("goodbye").await["reason"], "tooMany");
    // Who was there before is still asked, and is refused for its answer, not for the flood.
    waiting.send_json(&serde_json::json!({"type": "auth", "tokenId": "a", "nonce": "b", "mac": "c"})).await;
    assert_eq!(waiting.recv_type("goodbye").await["reason"], "unauthorized");
    // What gave way counts as wrong: the next wrong token of that address has to wait.
    let wrong = Ask::get("/api/v1/snapshot").bearer("a.b").send(fixture.address()).await;
    assert_eq!(wrong.status(), 429, "{wrong:?}");
    let wrong = Ask::get("/api/v1/snapshot").bearer("a.b").from(OTHER).send(fixture.address()).await;
    assert_eq!(wrong.status(), 401, "{wrong:?}");
}

#[tokio::test]
async fn connections_that_are_left_push_out_their_own() {
    let fixture = Fixture::start().await;
    let kept = connect(OTHER, fixture.address()).await.expect("a connection");
    let mut flood = Vec::new();
    for _ in 0..1000 {
        flood.push(TcpStream::connect(fixture.address()).await.expect("a connection"));
    }
    let mut byte = [0];
    let closed = timeout(DEADLINE, flood[0].peek(&mut byte)).await.expect("it is closed in time");
    assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
    let answers = Ask::get("/health").from(OTHER).send(fixture.address()).await;
    assert_eq!(answers.status(), 200);
    let still = timeout(std::time::Duration::from_millis(50), kept.peek(&mut byte)).await;
    assert!(still.is_err(), "it was there first, and is still open: {still:?}");
}

#[tokio::test]
async fn seats_that_strangers_take_leave_room_for_viewers_and_the_owner() {
    const SEATS: usize = 64;
    let data = tempfile::tempdir().unwrap();
    let settings = serde_json::json!({"sessions": SEATS, "sessionsPerAddress": 8, "loopback": "view"});
    atomic_file::replace(&data.path().join("settings.json"), settings.to_string().as_bytes()).unwrap();
    let config = lan::ServerConfig { port: Some(0), ..lan::ServerConfig::default() };
    let fixture = Fixture::in_data(data, &config).await;
    let mut owner = Owner::of(fixture.address(), &fixture.owner_token()).await;
    let (_, token) = owner.token("view", "kitchen").await;
    let mut strangers = Vec::new();
    for n in 0..2 * SEATS {
        let from = IpAddr::V4(Ipv4Addr::new(127, 1, (n / 8) as u8, 1));
        let asked = Ask::get(STREAM).upgrade().from(from);
        let link = connect(from, fixture.address()).await.expect("a connection");
        let (answer, raw) = Raw::ask(link, &asked.bytes(fixture.address())).await.expect("an answer");
        match answer.status() {
            101 => strangers.push(raw),
            status => assert_eq!(status, 503, "{answer:?}"),
        }
    }
    let mut viewers = Vec::new();
    for _ in 0..8 {
        let mut viewer =
            stream(&Ask::get(STREAM).upgrade().bearer(&token).from(OTHER), fixture.address()).await;
        assert_eq!(viewer.recv_type("connected").await["scope"], "view");
        viewers.push(viewer);
    }
    let mut second = Owner::of(fixture.address(), &fixture.owner_token()).await;
    assert!(second.ask("sharing.read", Value::Null).await["viewing"].as_u64() >= Some(9));
}
