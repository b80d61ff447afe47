//! What answers at an address that somebody else took: it learns nothing, and nothing it says is believed.

use std::net::SocketAddr;

use client::pairing::{PairError, pair};
use client::stream::{self, OpenError};
use client::tls::TlsTrouble;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};
use tokio_util::either::Either;
use wire::proof::Secret;

use crate::DEADLINE;
use crate::stand_in::identity;

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
    let (opened, heard) = tokio::time::timeout(DEADLINE, met).await.expect("an end");
    (opened.expect_err("no session"), heard)
}

fn challenge(machine: &str) -> Value {
    json!({"type": "challenge", "machineId": machine, "nonce": "00".repeat(32)})
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
    assert!(matches!(error, OpenError::Older { .. }), "{error:?}");
    assert!(heard.is_empty(), "{heard:?}");
}

#[tokio::test]
async fn a_refusal_says_which() {
    for (reason, expected) in
        [("unauthorized", "does not know this token"), ("revoked", "revoked this computer's access")]
    {
        let (error, _) = met([challenge("expected"), json!({"type": "goodbye", "reason": reason})]).await;
        assert!(error.to_string().contains(expected), "{error}");
    }
}

/// Answers one request to pair with this; gives back what it heard.
async fn answers_once(listener: TcpListener, status: &str, body: &Value) -> String {
    let (tls, _) = identity();
    let (socket, _) = listener.accept().await.expect("a connection");
    let mut socket = tls.accept(socket).await.expect("an encrypted one");
    let mut heard = vec![0; 16 * 1024];
    let count = socket.read(&mut heard).await.expect("a request");
    heard.truncate(count);
    let body = body.to_string();
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    socket.write_all(answer.as_bytes()).await.expect("an answer");
    socket.flush().await.expect("an answer");
    String::from_utf8(heard).expect("text")
}

#[tokio::test]
async fn who_does_not_know_the_code_pairs_with_nobody_and_learns_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let code = "ABEiM0RVZneImaq7zN3u_w";
    let link = format!("http://{}/#p={code}", listener.local_addr().expect("an address"));
    // Like a machine that does not know the code.
    let body = json!({
        "state": "proven", "machineId": "m", "machineName": "nas", "scope": "control", "tokenId": "t",
        "nonce": "00".repeat(32), "proof": "00".repeat(32),
    });
    let pairing = async { tokio::join!(pair(&link, "Laptop"), answers_once(listener, "200 OK", &body)) };
    let (paired, heard) = tokio::time::timeout(DEADLINE, pairing).await.expect("an end");
    assert!(matches!(paired, Err(PairError::Impostor(_))), "{paired:?}");
    assert!(heard.starts_with("POST /api/v1/pair ") && heard.contains("Laptop"), "{heard}");
    assert!(!heard.contains(code) && !heard.contains("00112233445566778899aabbccddeeff"), "{heard}");
}

#[tokio::test]
async fn the_words_of_a_refusal_move_no_cursor_and_have_an_end() {
    let said = format!("no\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\r\nPaired with nas{}", "x".repeat(20_000));
    for (status, code) in [("403 Forbidden", "forbidden"), ("401 Unauthorized", "unauthorized")] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let link = format!("http://{}/#p=ABEiM0RVZneImaq7zN3u_w", listener.local_addr().expect("an address"));
        let body = json!({"error": {"code": code, "message": said}});
        let pairing = async { tokio::join!(pair(&link, "Laptop"), answers_once(listener, status, &body)) };
        let (paired, _) = tokio::time::timeout(DEADLINE, pairing).await.expect("an end");
        let text = paired.expect_err("a refusal").to_string();
        assert!(text.contains("no]0;x2J  Paired with nasxxx"), "{text}");
        assert!(!text.chars().any(wire::text::is_invisible) && text.len() < 4_000, "{text}");
    }
}

#[tokio::test]
async fn what_is_no_machine_is_said_to_be_none() {
    let answers = ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "SSH-2.0-OpenSSH_9.2\r\n", ""];
    for (answer, encrypts) in answers.into_iter().flat_map(|answer| [(answer, false), (answer, true)]) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let link = format!("http://{}/#p=ABEiM0RVZneImaq7zN3u_w", listener.local_addr().expect("an address"));
        let not_sightline = async {
            let (socket, _) = listener.accept().await.expect("a connection");
            let mut socket = match encrypts {
                true => Either::Left(identity().0.accept(socket).await.expect("an encrypted one")),
                false => Either::Right(socket),
            };
            let mut heard = [0; 4096];
            let heard = socket.read(&mut heard).await.expect("a request");
            assert!(heard > 0);
            socket.write_all(answer.as_bytes()).await.expect("an answer");
            socket.flush().await.expect("an answer");
        };
        let met = async { tokio::join!(pair(&link, "Laptop"), not_sightline) };
        let (paired, ()) = tokio::time::timeout(DEADLINE, met).await.expect("an end");
        let is_told = match paired {
            Err(PairError::NotSightline(_)) => encrypts,
            Err(PairError::Tls { trouble: TlsTrouble::NotEncrypted, .. }) => !encrypts,
            _ => false,
        };
        assert!(is_told, "{answer} {encrypts}: {paired:?}");
    }
}
