//! Section 8.1: text is UTF-8, whole or in fragments.

use serde_json::json;
use wire::Goodbye;

use crate::raw::{CONTINUATION, FIN, Raw, TEXT, frame};
use crate::{Suite, Then};

/// Bytes that are no UTF-8, each for another reason.
const NOT_TEXT: &[(&str, &[u8])] = &[
    ("a continuation byte alone", &[0x80]),
    ("bytes that are never used", &[0xFE, 0xFF]),
    ("a slash in two bytes", &[0xC0, 0xAF]),
    ("a zero in two bytes", &[0xC0, 0x80]),
    ("an overlong sequence of three", &[0xE0, 0x80, 0xAF]),
    ("an overlong sequence of four", &[0xF0, 0x80, 0x80, 0xAF]),
    ("the first surrogate", &[0xED, 0xA0, 0x80]),
    ("a pair of surrogates", &[0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80]),
    ("a code point past the last", &[0xF4, 0x90, 0x80, 0x80]),
    ("a sequence of five", &[0xF8, 0x88, 0x80, 0x80, 0x80]),
    ("a sequence that stops short", &[0xCE, 0xBA, 0xE1, 0xBD]),
];

#[tokio::test]
async fn text_that_is_no_utf_8_ends_its_session_with_a_word() {
    let mut suite = Suite::open().await;
    for (name, bytes) in NOT_TEXT {
        let broken = [br#"{"type":"ping","id":1,"note":""#, *bytes, br#""}"#].concat();
        suite.check(name, &frame(FIN | TEXT, &broken), Then::Goodbye(Goodbye::Protocol)).await;
        let middle = broken.len() - bytes.len() / 2 - 2;
        let halves = [frame(TEXT, &broken[..middle]), frame(FIN | CONTINUATION, &broken[middle..])].concat();
        let name = format!("{name}, in two fragments");
        suite.check(&name, &halves, Then::Goodbye(Goodbye::Protocol)).await;
    }
    let short = [frame(TEXT, &[b'"', 0xE1, 0xBD]), frame(FIN | CONTINUATION, b"")].concat();
    suite.check("the end inside a code point", &short, Then::Goodbye(Goodbye::Protocol)).await;
    suite.witness.is_in_step().await;
}

#[tokio::test]
async fn text_may_be_cut_inside_a_code_point() {
    let mut suite = Suite::open().await;
    let mut raw = Raw::connect(suite.fixture.address()).await;
    let message = json!({"type": "ping", "id": 1, "note": "κόσμε 🌍 é"}).to_string().into_bytes();
    for at in 0..=message.len() {
        raw.send(&frame(TEXT, &message[..at])).await;
        raw.send(&frame(FIN | CONTINUATION, &message[at..])).await;
        raw.recv(|answer| answer["type"] == "pong" && answer["id"] == 1).await;
    }
    drop(raw);
    suite.nobody_else_noticed().await;
    suite.witness.is_in_step().await;
}
