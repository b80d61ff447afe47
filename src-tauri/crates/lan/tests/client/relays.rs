//! A proof is worth something on one connection, for one purpose: what a relay passes on to another connection opens
//! nothing, and its key is pinned by nobody.

use client::link::{Link, LinkEvent, LinkState, Target, Want};
use client::poll::poll;
use client::stream::{OpenError, enter};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::fleet::ProbeKind;
use wire::sharing::{AccessWhat, TokenParams};
use wire::{Channel, Scope};

use crate::DEADLINE;
use crate::owned::Owned;
use crate::secure::pin_of;
use crate::stand_in::StandIn;

#[tokio::test]
async fn what_is_proven_on_a_plain_link_opens_no_encrypted_one() {
    let mut owned = Owned::open().await;
    let known = owned.lets_in().await;
    let relay = StandIn::encrypting(owned.fixture.address()).await;
    let refused = enter(&relay.address(), false, Some(&known)).await.expect_err("relayed");
    assert!(matches!(refused, OpenError::Unauthorized(_)), "{refused}");
    let refused = poll(&relay.address(), false, Some(&known)).await.expect_err("relayed");
    assert!(matches!(refused, OpenError::Unauthorized(_)), "{refused}");
    assert!(relay.heard().contains("Sightline token="), "proofs were given: {}", relay.heard());
    assert_eq!(owned.fixture.station.handle().sessions(), 1, "the owner's own");
}

#[tokio::test]
async fn a_machine_without_a_pin_gets_one_when_it_has_proven_itself_and_a_relay_gets_none() {
    let mut owned = Owned::open().await;
    let known = owned.lets_in().await;
    assert_eq!(known.token.pin, None, "it was paired before links were encrypted");
    let relay = StandIn::between(owned.fixture.address()).await;
    let refused = enter(&relay.address(), true, Some(&known)).await.expect_err("relayed");
    assert!(matches!(refused, OpenError::Unauthorized(_)), "{refused}");
    let refused = poll(&relay.address(), true, Some(&known)).await.expect_err("relayed");
    assert!(matches!(refused, OpenError::Unauthorized(_)), "{refused}");

    let want = Want { channel: Channel::Summary, interval: None };
    let target = |address| Target {
        addresses: vec![address],
        secure: true,
        known: Some(known.clone()),
        wants: vec![want],
    };
    let mut link = Link::start(target(relay.address()));
    let why = loop {
        match tokio::time::timeout(DEADLINE, link.next()).await.expect("an event") {
            Some(LinkEvent::State(LinkState::Live { .. })) => panic!("by a relay"),
            Some(LinkEvent::State(LinkState::Reconnecting { why, .. })) => break why,
            Some(_) => {}
            None => panic!("the link ended"),
        }
    };
    assert_eq!(why.kind, ProbeKind::ToPair, "{why:?}");
    link.end().await;

    let mut link = Link::start(target(owned.address()));
    let pin = loop {
        match tokio::time::timeout(DEADLINE, link.next()).await.expect("an event") {
            Some(LinkEvent::State(LinkState::Live { pin, .. })) => break pin,
            Some(_) => {}
            None => panic!("the link ended"),
        }
    };
    assert_eq!(pin, Some(pin_of(&owned.address()).await));
    link.end().await;
}

#[tokio::test]
async fn control_that_was_sent_in_clear_is_control_no_longer_and_the_owner_is_told() {
    let mut owned = Owned::open().await;
    let script = TokenParams { name: "script".to_owned(), scope: Scope::Control, arguments: false };
    let token = owned.fixture.server.make_token(&script).expect("a token");
    let at = owned.fixture.address();
    let ask = async |lines: &str| {
        let head = format!(
            "GET /api/v1/snapshot HTTP/1.1\r\nHost: {at}\r\nAuthorization: Bearer {token}\r\n{lines}\
             Connection: close\r\n\r\n"
        );
        let mut socket = TcpStream::connect(at).await.expect("a connection");
        socket.write_all(head.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    };
    ask("").await;
    assert_eq!(owned.shared().await.viewers[0].scope, Scope::Control, "nobody else was between");
    // A proxy says that it came over a network.
    ask("Via: 1.1 proxy\r\n").await;
    let told = owned.shared().await;
    assert_eq!(told.viewers[0].scope, Scope::Processes);
    assert!(told.recent.iter().any(|event| event.what == AccessWhat::SentInClear), "{:?}", told.recent);
    // For good: the owner cannot give it back, and a restart does not.
    let id = token.split_once('.').expect("an id").0;
    let refused = owned.changes(&json!({"id": id, "scope": "control"})).await.unwrap_err();
    assert!(refused.to_string().contains("pair the device again"), "{refused}");
    owned.changes(&json!({"id": id, "name": "old script"})).await.expect("renamed");
    let file = owned.fixture.station.handle().data_dir().join("access.json");
    let file: serde_json::Value =
        serde_json::from_slice(&std::fs::read(file).expect("a file")).expect("JSON");
    let kept = &file["viewers"][0];
    assert_eq!((&kept["scope"], &kept["sentInClear"]), (&json!("processes"), &json!(true)), "{kept}");
}
