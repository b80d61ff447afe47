//! What answers at an address that somebody else took: it learns nothing, and nothing it says is believed.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use lan::client::stream::{self, OpenError};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};
use wire::proof::Secret;

use crate::PATIENCE;

/// A machine that is none: takes one socket, says these messages, the second after it heard something, and gives
/// back what it heard.
async fn impostor(listener: TcpListener, says: [Value; 2]) -> Vec<String> {
    let mut socket = accept(&listener).await;
    let mut heard = Vec::new();
    for message in says {
        if socket.send(Message::text(message.to_string())).await.is_err() {
            break;
        }
        if let Some(Ok(Message::Text(text))) = socket.next().await {
            heard.push(text.to_string());
        }
    }
    heard
}

#[expect(clippy::result_large_err, reason = "the shape is that of the library")]
async fn accept(listener: &TcpListener) -> WebSocketStream<TcpStream> {
    let (tcp, _) = listener.accept().await.expect("a connection");
    let echo = |_: &Request, mut answer: Response| {
        let name = "sec-websocket-protocol";
        answer.headers_mut().insert(name, HeaderValue::from_static("sightline.v1"));
        Ok(answer)
    };
    accept_hdr_async(tcp, echo).await.expect("a handshake")
}

/// What comes of a session with an impostor that says `says`; and what that heard.
async fn met(says: [Value; 2]) -> (OpenError, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address: SocketAddr = listener.local_addr().expect("an address");
    let secret = Secret::new([7; 32]);
    let address = address.to_string().parse().expect("an address");
    let opening = stream::open(&address, "t", &secret, Some("expected"));
    let met = async { tokio::join!(opening, impostor(listener, says)) };
    let (opened, heard) = tokio::time::timeout(PATIENCE, met).await.expect("an end");
    (opened.expect_err("no session"), heard)
}

fn challenge(machine: &str) -> Value {
    json!({"type": "challenge", "machineId": machine, "nonce": "00"})
}

fn connected(mac: Option<&str>) -> Value {
    let machine = json!({
        "id": "expected", "name": "nas", "os": "", "family": "linux", "kernel": null, "arch": "", "cores": 1,
        "physicalCores": null, "cpuModel": null, "memoryTotalBytes": 0, "bootedAtMs": 0, "virtualization": null,
        "version": "",
    });
    json!({
        "type": "connected", "protocol": 1, "clientId": "c", "serverTimeMs": 0, "scope": "view",
        "machine": machine, "channels": [], "mac": mac,
    })
}

#[tokio::test]
async fn another_machine_at_the_address_is_told_nothing() {
    let (error, heard) = met([challenge("another"), connected(None)]).await;
    let OpenError::WrongMachine { expected, found, .. } = &error else { panic!("{error:?}") };
    assert_eq!((expected.as_str(), found.as_str()), ("expected", "another"));
    assert!(heard.is_empty(), "{heard:?}");
}

#[tokio::test]
async fn a_machine_that_does_not_prove_itself_is_not_believed_and_learns_no_secret() {
    let secret = Secret::new([7; 32]).to_hex();
    for mac in [None, Some(""), Some(secret.as_str())] {
        let (error, heard) = met([challenge("expected"), connected(mac)]).await;
        assert!(matches!(error, OpenError::Impostor(_)), "{mac:?}: {error:?}");
        let [answer] = heard.as_slice() else { panic!("{heard:?}") };
        assert!(answer.contains("\"auth\"") && !answer.contains(&secret), "{answer}");
    }
}

#[tokio::test]
async fn a_machine_that_asks_for_no_proof_is_not_believed() {
    let (error, heard) = met([connected(None), connected(None)]).await;
    assert!(matches!(error, OpenError::Older(_)), "{error:?}");
    assert!(heard.is_empty(), "{heard:?}");
}

#[tokio::test]
async fn a_refusal_says_which() {
    for (reason, expected) in
        [("unauthorized", "does not know this token"), ("revoked", "took the access back")]
    {
        let (error, _) = met([challenge("expected"), json!({"type": "goodbye", "reason": reason})]).await;
        assert!(error.to_string().contains(expected), "{error}");
    }
}
