//! Section 4.2: what a server checks before it switches protocols.

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use wire::limits::HANDSHAKE;

use crate::Suite;
use crate::fixture::DEADLINE;
use crate::raw::{Answer, Raw, request, text};

/// The good request with one line put in place of another.
struct Change {
    name: &'static str,
    line: &'static str,
    instead: &'static str,
}

const fn change(name: &'static str, line: &'static str, instead: &'static str) -> Change {
    Change { name, line, instead }
}

const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const VERSION: &str = "Sec-WebSocket-Version: 13\r\n";
const UPGRADE: &str = "Upgrade: websocket\r\n";
const CONNECTION: &str = "Connection: Upgrade\r\n";
const PROTOCOL: &str = "Sec-WebSocket-Protocol: sightline.v1\r\n";
const TWO_KEYS: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
const EXTENSIONS: &str = "Sec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
const FIRST: &str = "GET /api/v1/stream HTTP/1.1\r\n";

impl Suite {
    async fn ask(&self, change: &Change) -> (Answer, Raw) {
        println!("case: {}", change.name);
        let good = request(self.fixture.address());
        assert!(good.contains(change.line), "the good request holds {:?}", change.line);
        let socket = TcpStream::connect(self.fixture.address()).await.expect("a connection");
        let request = good.replace(change.line, change.instead);
        let asked = timeout(DEADLINE, Raw::ask(socket, request.as_bytes())).await.expect("an answer in time");
        asked.expect("an answer")
    }
}

#[tokio::test]
async fn a_request_that_is_no_handshake_is_refused_with_its_status() {
    let mut suite = Suite::open().await;
    let cases = [
        (change("no key", KEY, ""), 400),
        (change("a key that is no base64", KEY, "Sec-WebSocket-Key: not base64 at all!!!\r\n"), 400),
        (change("a key of 15 bytes", KEY, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAA\r\n"), 400),
        (change("an empty key", KEY, "Sec-WebSocket-Key: \r\n"), 400),
        (change("two keys", KEY, TWO_KEYS), 400),
        (change("version 12", VERSION, "Sec-WebSocket-Version: 12\r\n"), 426),
        (change("version 14", VERSION, "Sec-WebSocket-Version: 14\r\n"), 426),
        (change("no version", VERSION, ""), 426),
        (change("no Upgrade", UPGRADE, ""), 426),
        (change("an Upgrade to something else", UPGRADE, "Upgrade: h2c\r\n"), 426),
        (change("no Connection", CONNECTION, ""), 426),
        (change("a Connection that says nothing of it", CONNECTION, "Connection: keep-alive\r\n"), 426),
        (change("POST", "GET ", "POST "), 405),
        (change("HTTP/1.0", "HTTP/1.1", "HTTP/1.0"), 426),
    ];
    for (change, status) in &cases {
        let (answer, _) = suite.ask(change).await;
        assert_eq!(answer.status(), *status, "{}: {answer:?}", change.name);
        if *status == 426 {
            assert_eq!(answer.header("sec-websocket-version"), Some("13"), "{}: {answer:?}", change.name);
            let upgrade = answer.header("upgrade").map(str::to_ascii_lowercase);
            assert_eq!(upgrade.as_deref(), Some("websocket"), "{}: {answer:?}", change.name);
        }
        suite.nobody_else_noticed().await;
    }
}

#[tokio::test]
async fn what_a_browser_or_a_proxy_may_write_differently_is_let_in() {
    let mut suite = Suite::open().await;
    let cases = [
        change("as it should be", FIRST, FIRST),
        change("a query", FIRST, "GET /api/v1/stream?x=1 HTTP/1.1\r\n"),
        change("names in other letters", "Sec-WebSocket-Key", "SEC-WEBSOCKET-KEY"),
        change("words in other letters", UPGRADE, "Upgrade: WebSocket\r\n"),
        change("Connection as Firefox writes it", CONNECTION, "Connection: keep-alive, Upgrade\r\n"),
        change("Upgrade with a version of its own", UPGRADE, "Upgrade: websocket, h2c\r\n"),
        change("no space after the colon", VERSION, "Sec-WebSocket-Version:13\r\n"),
        change("extensions", VERSION, EXTENSIONS),
    ];
    for change in &cases {
        let (answer, mut raw) = suite.ask(change).await;
        assert_eq!(answer.status(), 101, "{}: {answer:?}", change.name);
        assert_eq!(answer.header("sec-websocket-extensions"), None, "we speak none");
        raw.recv_type("connected").await;
        drop(raw);
        suite.nobody_else_noticed().await;
    }
}

#[tokio::test]
async fn the_subprotocol_is_echoed_where_it_is_asked_for_and_no_other_ever() {
    let mut suite = Suite::open().await;
    let cases = [
        (change("ours", PROTOCOL, PROTOCOL), Some("sightline.v1")),
        (
            change("ours among others", PROTOCOL, "Sec-WebSocket-Protocol: chat, sightline.v1\r\n"),
            Some("sightline.v1"),
        ),
        (
            change(
                "ours on a line of its own",
                PROTOCOL,
                "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: sightline.v1\r\n",
            ),
            Some("sightline.v1"),
        ),
        (change("none", PROTOCOL, ""), None),
        (change("another", PROTOCOL, "Sec-WebSocket-Protocol: sightline.v10\r\n"), None),
    ];
    for (change, echoed) in &cases {
        let (answer, mut raw) = suite.ask(change).await;
        assert_eq!(answer.status(), 101, "{}: {answer:?}", change.name);
        assert_eq!(answer.header("sec-websocket-protocol"), *echoed, "{}: {answer:?}", change.name);
        raw.recv_type("connected").await;
        drop(raw);
        suite.nobody_else_noticed().await;
    }
}

#[tokio::test]
async fn a_client_that_does_not_wait_for_the_answer_is_heard() {
    let mut suite = Suite::open().await;
    let socket = TcpStream::connect(suite.fixture.address()).await.expect("a connection");
    let first_words = text(r#"{"type":"ping","id":5}"#);
    let both = [request(suite.fixture.address()).into_bytes(), first_words].concat();
    let (answer, mut raw) = Raw::ask(socket, &both).await.expect("an answer");
    assert_eq!(answer.status(), 101, "{answer:?}");
    assert_eq!(raw.recv_type("pong").await["id"], 5);
    drop(raw);
    suite.nobody_else_noticed().await;
}

#[tokio::test]
async fn a_handshake_that_does_not_come_to_its_end_is_given_up() {
    let mut suite = Suite::open().await;
    let whole = request(suite.fixture.address());
    let begun = Instant::now();
    let mut waiting = Vec::new();
    for part in [0, 1, 20, whole.len() - 1] {
        let socket = TcpStream::connect(suite.fixture.address()).await.expect("a connection");
        waiting.push((part, socket));
    }
    for (part, socket) in &mut waiting {
        tokio::io::AsyncWriteExt::write_all(socket, &whole.as_bytes()[..*part]).await.expect("it is taken");
    }
    for (part, mut socket) in waiting {
        let mut said = Vec::new();
        let end = timeout(DEADLINE, tokio::io::AsyncReadExt::read_to_end(&mut socket, &mut said)).await;
        assert!(end.is_ok(), "{part} bytes of a handshake hold a socket for ever");
        assert!(!said.starts_with(b"HTTP/1.1 101"), "{part} bytes are no handshake");
    }
    let waited = begun.elapsed();
    assert!(waited >= HANDSHAKE, "a slow client has {HANDSHAKE:?}, and got {waited:?}");
    assert!(waited < HANDSHAKE * 2, "a slow client has {HANDSHAKE:?}, and took {waited:?}");
    suite.nobody_else_noticed().await;
    suite.witness.is_in_step().await;
}
