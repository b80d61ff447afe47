//! Malicious machines: their messages cost no more than they have to, and the link goes on.

use client::link::LinkState;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use wire::limits::FRAME_BYTES;

use crate::kept::Kept;
use crate::refused::connected;
use crate::stand_in::StandIn;

/// A machine that sends `connected`, receives the subscriptions, and then sends these bytes as they are.
async fn sending(bytes: Vec<u8>) -> StandIn {
    StandIn::at("127.0.0.1:0", move |socket, _| {
        let bytes = bytes.clone();
        async move {
            #[expect(clippy::result_large_err, reason = "the shape is that of the library")]
            let echo = |_: &Request, mut answer: Response| {
                let name = "sec-websocket-protocol";
                answer.headers_mut().insert(name, HeaderValue::from_static("sightline.v1"));
                Ok(answer)
            };
            let Ok(mut socket) = accept_hdr_async(socket, echo).await else { return };
            let greeting = Message::text(connected().to_string());
            if socket.send(greeting).await.is_err() || socket.next().await.is_none() {
                return;
            }
            if socket.get_mut().write_all(&bytes).await.is_ok() {
                while let Some(Ok(_)) = socket.next().await {}
            }
        }
    })
    .await
}

/// A text frame that claims to be `length` bytes long, and brings `payload`.
fn frame(length: u64, payload: &[u8]) -> Vec<u8> {
    [&[0x81, 127][..], &length.to_be_bytes(), payload].concat()
}

#[tokio::test]
async fn a_message_of_a_gibibyte_ends_the_session_before_it_is_read() {
    for claimed in [1 << 30, u64::MAX >> 1, FRAME_BYTES as u64 + 1] {
        let machine = sending(frame(claimed, &[b' '; 4096])).await;
        let mut kept = Kept::to(&[machine.address()], None);
        kept.live().await;
        let lost = |state: &LinkState| matches!(state, LinkState::Reconnecting { .. });
        let LinkState::Reconnecting { why, .. } = kept.state("end", lost).await else { unreachable!() };
        assert!(why.message().contains("was lost"), "{claimed}: {why:?}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_passed_over_and_what_comes_after_is_heard() {
    let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
    let nested = format!("{{\"type\":\"frame\",\"channel\":\"overview\",\"data\":{}}}", "[".repeat(10_000));
    let alert = json!({"type": "alert", "event": {
        "id": 1, "atMs": 0, "severity": "info", "title": "after", "message": "", "source": "",
    }});
    let messages = [deep, nested.into_bytes(), b"\xff\xfe".to_vec(), alert.to_string().into_bytes()];
    for skipped in 0..2 {
        // What is no text ends a session, as RFC 6455 (8.1) has it.
        let said = messages.iter().enumerate().filter(|(at, _)| *at != 2).skip(skipped);
        let bytes = said.flat_map(|(_, message)| frame(message.len() as u64, message)).collect();
        let machine = sending(bytes).await;
        let mut kept = Kept::to(&[machine.address()], None);
        kept.live().await;
        let alert = |event| match event {
            client::link::LinkEvent::Message(wire::ServerMessage::Alert { event }) => Some(event.title),
            _ => None,
        };
        assert_eq!(kept.until("alert", alert).await, "after");
    }
    let machine = sending(frame(2, &messages[2])).await;
    let mut kept = Kept::to(&[machine.address()], None);
    kept.live().await;
    kept.state("end", |state| matches!(state, LinkState::Reconnecting { .. })).await;
}

#[tokio::test]
async fn a_flood_waits_in_the_network_while_nobody_takes_it() {
    let pong = json!({"type": "pong", "id": 1, "serverTimeMs": 0}).to_string();
    // Far more than sockets and the queue of events hold.
    let bytes = frame(pong.len() as u64, pong.as_bytes()).repeat(400_000);
    let total = bytes.len();
    let (sent, mut count) = tokio::sync::watch::channel(0);
    let machine = StandIn::at("127.0.0.1:0", move |socket, _| {
        let (bytes, sent) = (bytes.clone(), sent.clone());
        async move {
            #[expect(clippy::result_large_err, reason = "the shape is that of the library")]
            let echo = |_: &Request, mut answer: Response| {
                let name = "sec-websocket-protocol";
                answer.headers_mut().insert(name, HeaderValue::from_static("sightline.v1"));
                Ok(answer)
            };
            let Ok(mut socket) = accept_hdr_async(socket, echo).await else { return };
            drop(socket.send(Message::text(connected().to_string())).await);
            for part in bytes.chunks(64 * 1024) {
                if socket.get_mut().write_all(part).await.is_err() {
                    return;
                }
                sent.send_modify(|sent| *sent += part.len());
            }
        }
    })
    .await;
    let mut kept = Kept::to(&[machine.address()], None);
    kept.live().await;
    // It has come to a stop when nothing more is taken for a while.
    loop {
        let before = *count.borrow_and_update();
        let more = tokio::time::timeout(std::time::Duration::from_millis(500), count.changed()).await;
        if more.is_err() && before > 0 {
            break;
        }
    }
    assert!(*count.borrow() < total / 2, "{} of {total} bytes were taken", *count.borrow());
}
