//! The rules of RFC 6455 that touch a server, one by one, with bytes of our own. After every case another
//! viewer is still served, in step, and what the case held is given back.
//!
//! In reading order: [`handshake`] → [`framing`] → [`text`] → [`size`] → [`pings`] → [`closing`].

#![expect(clippy::print_stdout, reason = "a failed test shows at which case of its table it was")]

mod closing;
mod framing;
mod handshake;
#[path = "../house/mod.rs"]
mod house;
mod pings;
#[path = "../house/raw.rs"]
mod raw;
mod size;
mod text;

use house::House;
use raw::{CLOSE, FIN, Raw};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use wire::Goodbye;

/// What a case ends in.
#[derive(Debug, Clone, Copy)]
enum Then {
    /// The session goes on: it answers a ping.
    GoesOn,
    /// The server says goodbye, closes with the code that belongs to it, and then closes the socket.
    Goodbye(Goodbye),
}

/// A house with one viewer that behaves, beside all those that do not.
struct Suite {
    house: House,
    witness: Witness,
}

impl Suite {
    async fn open() -> Self {
        let house = House::open().await;
        let witness = Witness::of(&house).await;
        Self { house, witness }
    }

    /// A new viewer that sends `bytes` after its handshake.
    async fn check(&mut self, name: &str, bytes: &[u8], then: Then) {
        println!("case: {name}");
        let mut raw = Raw::connect(self.house.address()).await;
        raw.hear_type("connected").await;
        raw.send(bytes).await;
        ends(&mut raw, then).await;
        drop(raw);
        self.nobody_else_noticed().await;
    }

    /// The witness is served, and nothing is left of the case before.
    async fn nobody_else_noticed(&mut self) {
        self.witness.is_served().await;
        self.house.wait_for_sessions(1).await;
    }
}

async fn ends(raw: &mut Raw, then: Then) {
    match then {
        Then::GoesOn => {
            raw.say(&json!({"type": "ping", "id": 4242})).await;
            raw.hear(|message| message["type"] == "pong" && message["id"] == 4242).await;
        }
        Then::Goodbye(reason) => {
            let goodbye = raw.hear_type("goodbye").await;
            assert_eq!(goodbye["reason"], json!(reason));
            let close = raw.hear_frame().await;
            assert_eq!(close.close_code(), Some(reason.close_code()));
            // What we sent and it did not care to read may have closed the socket already.
            let answer = raw::frame(FIN | CLOSE, &close.payload);
            drop(raw.socket.write_all(&answer).await);
            raw.hear_end().await;
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
    async fn of(house: &House) -> Self {
        let mut raw = Raw::connect(house.address()).await;
        raw.say(&json!({"type": "subscribe", "channels": ["overview"]})).await;
        Self { raw, asked: 0, seq: None }
    }

    /// It gets an answer, and on the way to it no frame is missing.
    async fn is_served(&mut self) {
        self.asked += 1;
        self.raw.say(&json!({"type": "ping", "id": self.asked})).await;
        loop {
            let message = self.raw.hear(|_| true).await;
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
        let frame = self.raw.hear_type("frame").await;
        self.note(&frame["seq"]);
    }

    fn note(&mut self, seq: &serde_json::Value) {
        let seq = seq.as_u64().expect("a frame has a number");
        assert!(self.seq.is_none_or(|last| last + 1 == seq), "{seq} came after {:?}", self.seq);
        self.seq = Some(seq);
    }
}
