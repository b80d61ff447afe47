//! Section 5: frames that no client may send, and those that look odd and are allowed.

use wire::Goodbye;

use crate::raw::{BINARY, CONTINUATION, FIN, PING, PONG, TEXT, frame, text};
use crate::{Suite, Then};

const PROTOCOL: Then = Then::Goodbye(Goodbye::Protocol);
const ASK: &[u8] = br#"{"type":"ping","id":1}"#;

#[tokio::test]
async fn a_frame_that_breaks_the_rules_ends_its_session_with_a_word() {
    let mut suite = Suite::open().await;
    let unmasked = |first: u8| [vec![first, ASK.len() as u8], ASK.to_vec()].concat();
    let mut cases = vec![
        ("text without a mask".to_owned(), unmasked(FIN | TEXT)),
        ("a ping without a mask".to_owned(), unmasked(FIN | PING)),
        ("text without a mask after one with it".to_owned(), [text("{}"), unmasked(FIN | TEXT)].concat()),
        ("a fragmented ping".to_owned(), frame(PING, b"half")),
        ("a ping of 126 bytes".to_owned(), frame(FIN | PING, &[b'x'; 126])),
        ("a pong of 126 bytes".to_owned(), frame(FIN | PONG, &[b'x'; 126])),
        ("a ping of 60 000 bytes".to_owned(), frame(FIN | PING, &[b'x'; 60_000])),
        ("a continuation of nothing".to_owned(), frame(CONTINUATION, ASK)),
        ("a last continuation of nothing".to_owned(), frame(FIN | CONTINUATION, ASK)),
        ("a continuation of a whole message".to_owned(), [text("{}"), frame(FIN, ASK)].concat()),
        ("text inside a message".to_owned(), [frame(TEXT, b"{"), text("{}")].concat()),
        ("binary inside a message".to_owned(), [frame(TEXT, b"{"), frame(BINARY, b"}")].concat()),
    ];
    for bit in [0x40, 0x20, 0x10] {
        cases.push((format!("text with reserved bit {bit:#x}"), frame(FIN | bit | TEXT, ASK)));
        cases.push((format!("a ping with reserved bit {bit:#x}"), frame(FIN | bit | PING, b"")));
    }
    for opcode in (0x3..=0x7).chain(0xB..=0xF) {
        cases.push((format!("opcode {opcode:#x}"), frame(FIN | opcode, b"")));
        cases.push((format!("opcode {opcode:#x} with a payload"), frame(FIN | opcode, ASK)));
    }
    for (name, bytes) in &cases {
        suite.check(name, bytes, PROTOCOL).await;
    }
    suite.witness.is_in_step().await;
}

#[tokio::test]
async fn a_frame_that_is_odd_and_allowed_is_taken() {
    let mut suite = Suite::open().await;
    let no_mask = [vec![FIN | TEXT, 0x80 | ASK.len() as u8, 0, 0, 0, 0], ASK.to_vec()].concat();
    let bytewise: Vec<u8> = (0..ASK.len())
        .flat_map(|at| {
            let first = if at == 0 { TEXT } else { CONTINUATION };
            frame(if at + 1 == ASK.len() { FIN | first } else { first }, &ASK[at..=at])
        })
        .collect();
    let mut hollow = frame(TEXT, b"");
    (0..200).for_each(|_| hollow.extend(frame(CONTINUATION, b"")));
    hollow.extend(frame(FIN | CONTINUATION, ASK));
    let cases = [
        ("a mask of zeros", no_mask),
        ("a fragment a byte", bytewise),
        ("200 empty fragments", hollow),
        ("an empty text", text("")),
        ("an empty binary", frame(FIN | BINARY, b"")),
        ("a pong that nobody asked for", frame(FIN | PONG, b"hello")),
        ("two messages in one write", [text("{}"), text("{}")].concat()),
        ("text that is no message", text("hello")),
        ("binary that is no message", frame(FIN | BINARY, &[0xC1, 0xFF])),
    ];
    for (name, bytes) in &cases {
        suite.check(name, bytes, Then::GoesOn).await;
    }
    suite.witness.is_in_step().await;
}
