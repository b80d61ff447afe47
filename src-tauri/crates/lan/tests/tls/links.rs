//! One port: plain and encrypted links beside each other, and what is neither.

use rustls::version::{TLS12, TLS13};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use wire::Goodbye;
use wire::limits::HANDSHAKE;
use wire::sharing::Encryption;

use crate::client::{Trust, Viewer, fixture, get};
use crate::{DEADLINE, Fixture};

#[tokio::test]
async fn both_kinds_of_links_are_served_at_the_same_port() {
    let (fixture, trust) = fixture().await;
    let address = fixture.address();
    for version in [&TLS12, &TLS13] {
        let link = trust.connect_by(version, address).await.expect("an encrypted link");
        assert_eq!(link.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]), "{version:?}");
        let (status, body) = get(link, address, "/health").await;
        assert_eq!(status, 200, "{version:?}: {body}");
    }
    let plain = TcpStream::connect(address).await.expect("a connection");
    assert_eq!(get(plain, address, "/health").await.0, 200, "nobody is sent elsewhere");

    // A request knows by which kind it came.
    let link = trust.connect(address).await.expect("an encrypted link");
    let (status, body) = get(link, address, "/api/v1/stream").await;
    assert!(status == 426 && body.contains("wss://"), "{status} {body}");
    let plain = TcpStream::connect(address).await.expect("a connection");
    let (status, body) = get(plain, address, "/api/v1/stream").await;
    assert!(status == 426 && body.contains(" ws://"), "{status} {body}");
}

#[tokio::test]
async fn viewers_of_both_kinds_get_every_tick_and_long_answers() {
    let (fixture, trust) = fixture().await;
    let mut encrypted = trust.stream(fixture.address()).await;
    let plain = TcpStream::connect(fixture.address()).await.expect("a connection");
    let mut plain = Viewer::over(plain, fixture.address()).await;

    encrypted.send_json(json!({"type": "subscribe", "channels": ["overview", "processes"]})).await;
    plain.send_json(json!({"type": "subscribe", "channels": ["overview", "processes"]})).await;
    let first = encrypted.recv(|message| message["channel"] == "processes").await;
    assert_eq!(first["key"], true);
    // Together many times what the sockets hold, between frames of which none may be missing.
    for id in 0..60 {
        encrypted.send_json(json!({"type": "request", "id": id, "method": "series.list"})).await;
    }
    for id in 0..60 {
        let answer = encrypted.recv(|message| message["type"] == "response").await;
        assert_eq!(answer["id"], id);
        assert!(answer["result"].as_array().is_some_and(|series| !series.is_empty()));
    }
    for _ in 0..3 {
        encrypted.recv(|message| message["channel"] == "overview").await;
        plain.recv(|message| message["channel"] == "overview").await;
    }

    fixture.station.close_all_sessions(Goodbye::Shutdown);
    let goodbye = encrypted.recv(|message| message["type"] == "goodbye").await;
    assert_eq!(goodbye["reason"], "shutdown");
    let closed = timeout(wire::limits::SHUTDOWN, fixture.server.shutdown());
    drop(encrypted);
    drop(plain);
    closed.await.expect("closing is as quick as it was");
}

#[tokio::test]
async fn what_is_no_handshake_is_refused_and_nobody_else_notices() {
    /// The first message of a client that knows TLS 1.1 at most: its version, 32 random bytes, no session, one
    /// suite, no compression.
    fn old_hello() -> Vec<u8> {
        let hello = [&[3, 2][..], &[7; 32], &[0, 0, 2, 0xC0, 0x13, 1, 0]].concat();
        let handshake = [&[1, 0, 0, hello.len() as u8][..], &hello].concat();
        [&[0x16, 3, 1, 0, handshake.len() as u8][..], &handshake].concat()
    }
    let (fixture, trust) = fixture().await;
    let mut witness = trust.stream(fixture.address()).await;
    witness.send_json(json!({"type": "subscribe", "channels": ["overview"]})).await;
    let cases = [
        ("garbage", [&[0x16][..], &[0xAB; 600]].concat()),
        ("a record of no length", vec![0x16, 3, 3, 0, 0]),
        ("a request after the first byte", b"\x16GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("TLS 1.1", old_hello()),
    ];
    for (name, bytes) in cases {
        let begun = Instant::now();
        let mut link = TcpStream::connect(fixture.address()).await.expect("a connection");
        link.write_all(&bytes).await.expect("it is taken");
        let mut answer = Vec::new();
        let end = timeout(DEADLINE, link.read_to_end(&mut answer)).await.expect("an end");
        assert!(begun.elapsed() < HANDSHAKE, "{name}: it was waited for");
        // An alert and nothing else; or the end alone, where it did not read all of it.
        assert!(end.is_err() || answer.is_empty() || answer[0] == 0x15, "{name}: {answer:?}");
        witness.recv(|message| message["channel"] == "overview").await;
    }
}

#[tokio::test]
async fn who_says_nothing_is_closed_in_time() {
    let (fixture, _) = fixture().await;
    let begun = Instant::now();
    let mut waits = tokio::task::JoinSet::new();
    for said in [&b""[..], b"\x16", b"\x16\x03\x01", b"G"] {
        let mut link = TcpStream::connect(fixture.address()).await.expect("a connection");
        waits.spawn(async move {
            link.write_all(said).await.expect("it is taken");
            let mut answer = Vec::new();
            drop(timeout(DEADLINE, link.read_to_end(&mut answer)).await.expect("an end"));
            (said, answer)
        });
    }
    while let Some(ended) = waits.join_next().await {
        let (said, answer) = ended.expect("a link that ended");
        let took = begun.elapsed();
        assert!(took < HANDSHAKE * 2, "{said:?} was waited for {took:?}");
        assert!(took > HANDSHAKE / 2, "{said:?} had {took:?} only: {answer:?}");
    }
}

#[tokio::test]
async fn apps_connect_whatever_browsers_get() {
    let (fixture, trust) = fixture().await;
    let mut before = trust.stream(fixture.address()).await;
    before.send_json(json!({"type": "subscribe", "channels": ["overview"]})).await;
    assert_eq!(fixture.server.tls().set(&Encryption::Off).expect("off"), None);
    let after = trust.connect(fixture.address()).await.expect("an encrypted link");
    assert_eq!(get(after, fixture.address(), "/health").await.0, 200);
    before.recv(|message| message["channel"] == "overview").await;

    let fixture = Fixture::start().await;
    assert_eq!(fixture.server.tls().certificate(), None, "browsers get http until the owner chooses");
    let trust = Trust::of(&fixture.station.handle().data_dir().join("certificate.pem"));
    let link = trust.connect(fixture.address()).await.expect("an encrypted link");
    assert_eq!(get(link, fixture.address(), "/health").await.0, 200);
}
