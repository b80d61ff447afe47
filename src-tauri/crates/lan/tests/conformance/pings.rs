//! Section 5.5.2: a ping is answered with what it holds, even in the middle of a message.

use wire::limits::MESSAGE_BURST;

use crate::Suite;
use crate::raw::{CONTINUATION, FIN, Frame, PING, PONG, Raw, TEXT, frame};

/// A viewer without subscriptions: what it receives is an answer.
async fn quiet(suite: &Suite) -> Raw {
    let mut raw = Raw::connect(suite.fixture.address()).await;
    raw.recv_type("connected").await;
    raw
}

#[tokio::test]
async fn a_ping_is_answered_with_its_own_payload() {
    let mut suite = Suite::open().await;
    let mut raw = quiet(&suite).await;
    let payloads: [&[u8]; 5] = [b"", b"hello", &[0, 0xFF, 0xFE, 0x80], &[b'x'; 124], &[b'x'; 125]];
    for payload in payloads {
        raw.send(&frame(FIN | PING, payload)).await;
        assert_eq!(raw.recv_frame().await, Frame { opcode: PONG, payload: payload.to_vec() });
    }
    drop(raw);
    suite.nobody_else_noticed().await;
}

#[tokio::test]
async fn pings_between_the_fragments_of_a_message_are_answered_and_the_message_stays_whole() {
    let mut suite = Suite::open().await;
    let mut raw = quiet(&suite).await;
    let parts = [r#"{"type":"#, r#""ping","#, r#""id":"#, "9}"];
    for (at, part) in parts.iter().enumerate() {
        let first = if at == 0 { TEXT } else { CONTINUATION };
        let last = at + 1 == parts.len();
        raw.send(&frame(if last { FIN | first } else { first }, part.as_bytes())).await;
        if !last {
            raw.send(&frame(FIN | PING, part.as_bytes())).await;
            assert_eq!(raw.recv_frame().await, Frame { opcode: PONG, payload: part.as_bytes().to_vec() });
        }
    }
    assert_eq!(raw.recv_type("pong").await["id"], 9);
    drop(raw);
    suite.nobody_else_noticed().await;
    suite.witness.is_in_step().await;
}

/// A server may answer the newest of several pings only; it may not invent, reorder or forget the last.
#[tokio::test]
async fn of_many_pings_at_once_the_last_is_answered_and_none_out_of_order() {
    let mut suite = Suite::open().await;
    let mut raw = quiet(&suite).await;
    let all: Vec<u8> = (0..MESSAGE_BURST).flat_map(|at| frame(FIN | PING, &at.to_be_bytes())).collect();
    raw.send(&all).await;
    let mut last = None;
    while last != Some(MESSAGE_BURST - 1) {
        let pong = raw.recv_frame().await;
        assert_eq!(pong.opcode, PONG);
        let at = u32::from_be_bytes(pong.payload.try_into().expect("four bytes"));
        assert!(last < Some(at), "{at} came after {last:?}");
        last = Some(at);
    }
    drop(raw);
    suite.nobody_else_noticed().await;
    suite.witness.is_in_step().await;
}
