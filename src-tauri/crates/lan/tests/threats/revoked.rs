//! T9: a viewer whose access is revoked. All its sockets are closed at once, of every family, encrypted or not, even
//! where it reads nothing; and it has no access any more.

#![cfg(not(windows))]

use std::net::Ipv4Addr;
use std::time::Duration;

use futures_util::StreamExt;
use lan::{Server, ServerConfig};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use wire::sharing_problem::SharingProblem;

use crate::ask::Ask;
use crate::fixture::{DEADLINE, Fixture, start_station};
use crate::methods::client::{Trust, Viewer};
use crate::owner::{Owner, STREAM, described, stream};
use crate::raw::{CLOSE, text};

/// All of it is over by then: long before anything else would close a socket.
const WITHIN: Duration = Duration::from_secs(5);

#[tokio::test]
async fn who_is_revoked_is_out_at_once_everywhere() {
    let fixture = Fixture::start().await;
    let at = fixture.address();
    let mut owner = Owner::of(at, &fixture.owner_token()).await;
    owner.ask("sharing.set", json!({"encryption": {"mode": "selfSigned"}})).await;
    let (_, sockets) = described(at, &fixture.owner_token()).await;
    let (id, token) = owner.token("processes", "kitchen").await;
    let (_, other_token) = owner.token("processes", "study").await;
    let mut other = stream(&Ask::get(STREAM).upgrade().bearer(&other_token), at).await;
    other.send_json(&json!({"type": "subscribe", "channels": ["overview"]})).await;

    // Each socket waits for its end and tells when it came.
    let mut ends = JoinSet::new();
    for path in sockets {
        let mut raw = stream(&Ask::get(&path).upgrade().bearer(&token), at).await;
        if path == STREAM {
            assert_eq!(raw.recv_type("connected").await["scope"], "processes");
            raw.send_json(&json!({"type": "subscribe", "channels": ["overview", "processes"]})).await;
        }
        ends.spawn(async move {
            while let Ok(Some(frame)) = raw.next().await {
                if frame.opcode == CLOSE {
                    break;
                }
            }
            (path, Instant::now())
        });
    }
    let trust = Trust::of(&fixture.station.handle().data_dir().join("certificate.pem"));
    let link = trust.connect(at).await.expect("an encrypted link");
    let mut request = format!("ws://{at}{STREAM}").into_client_request().expect("a request");
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse().expect("a header"));
    let mut encrypted = Viewer::asking(request, link).await;
    ends.spawn(async move {
        while let Some(Ok(message)) = encrypted.socket.next().await {
            if matches!(message, Message::Close(_)) {
                break;
            }
        }
        ("encrypted".to_owned(), Instant::now())
    });
    // One that asks for a great deal and reads nothing: what it is told no longer fits into its socket.
    let mut deaf = stream(&Ask::get(STREAM).upgrade().bearer(&token), at).await;
    let asks: Vec<u8> = (0..90)
        .flat_map(|id| text(&json!({"type": "request", "id": id, "method": "series.list"}).to_string()))
        .collect();
    deaf.send(&asks).await;
    let all = 1 + 1 + ends.len();
    fixture.wait_for_sessions(all + 1).await;
    let slowly = tokio::time::sleep(Duration::from_millis(1500));
    slowly.await;

    let begun = Instant::now();
    owner.revoke(&id).await;
    while let Some(ended) = ends.join_next().await {
        let (path, ended_at) = ended.expect("it ends");
        println!("{path}: closed {:?} after it was revoked", ended_at - begun);
        assert!(ended_at - begun < WITHIN, "{path} lived for {:?}", ended_at - begun);
    }
    // Who reads nothing is told nothing; what he holds is a socket that takes nothing either.
    let closed = async {
        while deaf.socket.write_all(&text("{}")).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(WITHIN.saturating_sub(begun.elapsed()), closed)
        .await
        .expect("who reads nothing is closed in time");
    println!("one that reads nothing: closed {:?} after it was revoked", begun.elapsed());
    fixture.wait_for_sessions(2).await;

    let refused = Ask::get("/api/v1/snapshot").bearer(&token).send(at).await;
    assert!(refused.status() == 401 && refused.sentence().contains("revoked"), "{refused:?}");
    other.send_json(&json!({"type": "ping", "id": 1})).await;
    other.recv_type("pong").await;
    assert!(!owner.viewers().await.contains(&id));
    let log = owner.ask("sharing.log", Value::Null).await.to_string();
    assert!(log.contains("revoked") && log.contains("kitchen"), "{log}");
}

/// Whoever is shown arguments sees them on sockets that are open: these end when the owner takes that away.
#[tokio::test]
async fn who_is_no_longer_shown_arguments_begins_anew_without_them() {
    let fixture = Fixture::start().await;
    let at = fixture.address();
    let mut owner = Owner::of(at, &fixture.owner_token()).await;
    let (id, token) = owner.token_with_arguments("processes", "kitchen").await;
    let mut raw = stream(&Ask::get(STREAM).upgrade().bearer(&token), at).await;
    raw.recv_type("connected").await;
    let arguments = |sharing: &Value| sharing["viewers"][0]["arguments"].clone();
    let named = owner.ask("viewers.change", json!({"id": id, "name": "hall"})).await;
    assert_eq!(arguments(&named), true, "only what is said changes");
    let sharing = owner.ask("viewers.change", json!({"id": id, "arguments": false})).await;
    assert_eq!(arguments(&sharing), false);
    assert_eq!(sharing["viewers"][0]["scope"], "processes");
    assert_eq!(raw.recv_type("goodbye").await["reason"], "changed");
    let log = owner.ask("sharing.log", Value::Null).await.to_string();
    assert!(log.contains("scopeChanged"), "{log}");
    // What is not said is the closed choice.
    let (quiet, _) = owner.token("control", "desk").await;
    let viewers = owner.ask("viewers.list", Value::Null).await;
    let desk = viewers.as_array().and_then(|all| all.iter().find(|viewer| viewer["id"] == quiet));
    assert_eq!(desk.map(|viewer| viewer["arguments"].clone()), Some(json!(false)), "{viewers}");
}

/// A window and an agent of one user, say: only one of them writes who has access.
#[tokio::test]
async fn a_second_program_on_the_same_data_follows_the_first_and_stays_on_this_computer() {
    let first = Fixture::start().await;
    let mut owner = Owner::of(first.address(), &first.owner_token()).await;
    let (id, token) = owner.token("view", "kitchen").await;

    let config =
        ServerConfig { port: Some(0), listen: Some(Ipv4Addr::UNSPECIFIED.into()), ..ServerConfig::default() };
    let station = start_station(first.station.handle().data_dir()).await;
    let (second, opened) = Server::start(station.handle(), &config);
    assert_eq!(opened, Err(SharingProblem::SharedElsewhere));
    let addresses = second.addresses();
    assert!(!addresses.is_empty() && addresses.iter().all(|at| at.ip().is_loopback()), "{addresses:?}");

    let mut viewer = stream(&Ask::get(STREAM).upgrade().bearer(&token), addresses[0]).await;
    assert_eq!(viewer.recv_type("connected").await["scope"], "view");
    owner.revoke(&id).await;
    assert_eq!(viewer.recv_type("goodbye").await["reason"], "revoked");

    // With the first one gone, the second shares.
    drop(owner);
    first.server.shutdown().await;
    let opened = timeout(DEADLINE, async {
        while second.addresses().iter().all(|at| at.ip().is_loopback()) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert!(opened.await.is_ok(), "{:?}", second.addresses());
    second.shutdown().await;
}

#[tokio::test]
async fn what_the_first_program_turns_off_the_second_closes() {
    let first = Fixture::start().await;
    let mut owner = Owner::of(first.address(), &first.owner_token()).await;
    owner.token("view", "kitchen").await;
    let station = start_station(first.station.handle().data_dir()).await;
    let config = ServerConfig { port: Some(0), ..ServerConfig::default() };
    let (second, opened) = Server::start(station.handle(), &config);
    assert!(opened.is_ok() && !second.addresses().is_empty(), "{opened:?}");
    // What is asked over it is closed with the address that it came by.
    let mut raw = stream(&Ask::get(STREAM).upgrade().bearer(&first.owner_token()), first.address()).await;
    raw.send_json(&json!({"type": "request", "id": 1, "method": "sharing.set", "params": {"reach": "off"}}))
        .await;
    let closed = timeout(DEADLINE, async {
        while !second.addresses().is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert!(closed.await.is_ok(), "{:?}", second.addresses());
    second.shutdown().await;
}
