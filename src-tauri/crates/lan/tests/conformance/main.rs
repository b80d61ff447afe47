//! The rules of RFC 6455 that touch a server, one by one, with bytes of our own. After every case another
//! viewer is still served, in step, and what the case held is given back.
//!
//! In reading order: [`handshake`] → [`framing`] → [`text`] → [`size`] → [`pings`] → [`closing`].

#![expect(clippy::print_stdout, reason = "a failed test shows at which case of its table it was")]

mod closing;
#[path = "../fixture/mod.rs"]
mod fixture;
mod framing;
mod handshake;
mod pings;
#[path = "../fixture/raw.rs"]
mod raw;
mod size;
mod text;

use fixture::Fixture;
use raw::{CLOSE, FIN, Raw};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use wire::Goodbye;

/// What a case ends in.
#[derive(Debug, Clone, Copy)]
enum Then {
    /// The session goes on: it answers a ping.
    GoesOn,
    /// The server sends a goodbye, closes with the code that belongs to it, and then closes the socket.
    Goodbye(Goodbye),
}

/// A fixture with one viewer that behaves, beside all those that do not.
struct Suite {
    fixture: Fixture,
    witness: Witness,
}

impl Suite {
    async fn open() -> Self {
        let fixture = Fixture::start().await;
        let witness = Witness::of(&fixture).await;
        Self { fixture, witness }
    }

    /// A new viewer that sends `bytes` after its handshake.
    async fn check(&mut self, name: &str, bytes: &[u8], then: Then) {
        println!("case: {name}");
        let mut raw = Raw::connect(self.fixture.address()).await;
        raw.recv_type("connected").await;
        raw.send(bytes).await;
        ends(&mut raw, then).await;
        drop(raw);
        self.nobody_else_noticed().await;
    }

    /// The witness is served, and nothing is left of the case before.
    async fn nobody_else_noticed(&mut self) {
        self.witness.is_served().await;
        self.fixture.wait_for_sessions(1).await;
    }
}

async fn ends(raw: &mut Raw, then: Then) {
    match then {
        Then::GoesOn => {
            raw.send_json(&json!({"type": "ping", "id": 4242})).await;
            raw.recv(|message| message["type"] == "pong" && message["id"] == 4242).await;
        }
        Then::Goodbye(reason) => {
            let goodbye = raw.recv_type("goodbye").await;
            assert_eq!(goodbye["reason"], json!(reason));
            let close = raw.recv_frame().await;
            assert_eq!(close.close_code(), Some(reason.close_code()));
            // What we sent and it did not care to read may have closed the socket already.
            let answer = raw::frame(FIN | CLOSE, &close.payload);
            drop(raw.socket.write_all(&answer).await);
            raw.recv_close().await;
        }
    }
}

/// The viewer that behaves.
struct Witness {
    raw: Raw,
    asked: u64,
    seq: Option<u64>,
}

impl Witness {
    async fn of(fixture: &Fixture) -> Self {
        let mut raw = Raw::connect(fixture.address()).await;
        raw.send_json(&json!({"type": "subscribe", "channels": ["overview"]})).await;
        Self { raw, asked: 0, seq: None }
    }

    /// It gets an answer, and on the way to it no frame is missing.
    async fn is_served(&mut self) {
        self.asked += 1;
        self.raw.send_json(&json!({"type": "ping", "id": self.asked})).await;
        loop {
            let message = self.raw.recv(|_| true).await;
            if message["type"] == "frame" {
                self.note(&message["seq"]);
            } else if message["type"] == "pong" {
                assert_eq!(message["id"], self.asked);
                return;
            }
        }
    }

    /// It gets another frame, the one that follows.
    async fn is_in_step(&mut self) {
        let frame = self.raw.recv_type("frame").await;
        self.note(&frame["seq"]);
    }

    fn note(&mut self, seq: &serde_json::Value) {
        let seq = seq.as_u64().expect("a frame has a number");
        assert!(self.seq.is_none_or(|last| last + 1 == seq), "{seq} came after {:?}", self.seq);
        self.seq = Some(seq);
    }
}
