//! Machines that refuse, say goodbye, or are others: each is a state of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use client::address::Address;
use client::link::{LinkEvent, LinkState};
use client::secrets::{Known, Token};
use serde_json::{Value, json};
use wire::Goodbye;
use wire::fleet::ProbeKind;
use wire::proof::Secret;

use crate::Fixture;
use crate::kept::Kept;
use crate::owned::Owned;
use crate::stand_in::StandIn;

/// The first message of a machine that needs no token.
pub(crate) fn connected() -> Value {
    let machine = json!({
        "id": "m", "name": "nas", "os": "", "family": "linux", "kernel": null, "arch": "", "cores": 1,
        "physicalCores": null, "cpuModel": null, "memoryTotalBytes": 0, "bootedAtMs": 0, "virtualization": null,
        "version": "",
    });
    json!({
        "type": "connected", "protocol": 1, "clientId": "c", "serverTimeMs": 0, "scope": "view",
        "machine": machine, "channels": [],
    })
}

fn impossible(state: &LinkState) -> bool {
    matches!(state, LinkState::Impossible(_))
}

#[tokio::test]
async fn who_leaves_is_told_by_what_it_said() {
    for reason in [Goodbye::Suspend, Goodbye::Shutdown, Goodbye::Update] {
        let says = vec![connected(), json!({"type": "goodbye", "reason": reason})];
        let machine = StandIn::saying(Some("sightline.v1"), says).await;
        let mut kept = Kept::to(&[machine.address()], None);
        kept.live().await;
        let away = |state: &LinkState| matches!(state, LinkState::Away { goodbye, .. } if *goodbye == reason);
        kept.state("leave", away).await;
        kept.live().await;
    }
    let says = vec![connected(), json!({"type": "goodbye", "reason": "changed"})];
    let changes = StandIn::saying(Some("sightline.v1"), says).await;
    let mut kept = Kept::to(&[changes.address()], None);
    let soon = |state: &LinkState| matches!(state, LinkState::Reconnecting { .. });
    kept.state("wait", soon).await;
}

#[tokio::test]
async fn what_can_never_work_is_not_tried_before_somebody_is_in_a_hurry() {
    let mut owned = Owned::open().await;
    let known = owned.lets_in().await;
    let mut kept = Kept::to(&[owned.address()], Some(&known));
    kept.live().await;
    owned.revokes(&known).await;
    let LinkState::Impossible(why) = kept.state("end", impossible).await else { unreachable!() };
    assert_eq!(why.kind, ProbeKind::Revoked);
    let quiet = tokio::time::timeout(Duration::from_secs(2), kept.link.next()).await;
    assert!(quiet.is_err(), "nothing is tried: {quiet:?}");
    kept.link.retry();
    let LinkState::Impossible(why) = kept.state("end", impossible).await else { unreachable!() };
    assert_eq!(why.kind, ProbeKind::Revoked);

    let token = Token { id: "t".to_owned(), secret: Secret::new([7; 32]), pin: None };
    let cases = [
        (Some(Known { machine_id: owned.machine_id(), token }), ProbeKind::ToPair),
        (None, ProbeKind::ToPair),
    ];
    for (known, kind) in cases {
        let mut kept = Kept::to(&[owned.address()], known.as_ref());
        let LinkState::Impossible(why) = kept.state("end", impossible).await else { unreachable!() };
        assert_eq!(why.kind, kind, "{why:?}");
    }
}

#[tokio::test]
async fn another_machine_is_told_and_the_right_one_is_awaited_at_its_address() {
    let owned = Owned::open().await;
    let token = Token { id: "t".to_owned(), secret: Secret::new([7; 32]), pin: None };
    let known = Known { machine_id: "another".to_owned(), token };
    let mut kept = Kept::to(&[owned.address()], Some(&known));
    for _ in 0..2 {
        let wrong = |state: &LinkState| matches!(state, LinkState::WrongMachine { .. });
        let LinkState::WrongMachine { why, .. } = kept.state("another", wrong).await else { unreachable!() };
        assert_eq!(why.kind, ProbeKind::WrongMachine, "{why:?}");
    }
}

#[tokio::test]
async fn addresses_are_tried_in_turn_and_new_ones_at_once() {
    let mut owned = Owned::open().await;
    let known = owned.lets_in().await;
    let other = Fixture::start().await;
    let nobody = Address::new("nobody.invalid", 7444);
    let another = other.address().to_string().parse().expect("an address");
    let mut kept = Kept::to(&[nobody.clone(), another, owned.address()], Some(&known));
    assert_eq!(kept.live().await, owned.address());
    kept.link.end().await;

    // Where it was it is tried first, and nobody is there any more.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port");
    let mut kept = Kept::to(&[gone.to_string().parse().expect("an address")], Some(&known));
    kept.state("reconnecting", |state| matches!(state, LinkState::Reconnecting { .. })).await;
    let begun = tokio::time::Instant::now();
    kept.link.found(vec![owned.address()]);
    assert_eq!(kept.live().await, owned.address());
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn where_a_proxy_blocks_the_socket_numbers_come_all_the_same_until_it_does_not() {
    let mut owned = Owned::open().await;
    let known = owned.lets_in().await;
    let blocks = Arc::new(AtomicBool::new(true));
    let upgrades = {
        let blocks = Arc::clone(&blocks);
        move |head: &[u8]| {
            let head = String::from_utf8_lossy(head).to_lowercase();
            blocks.load(Ordering::Relaxed) && head.contains("upgrade: websocket")
        }
    };
    let refusal = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    let proxy = StandIn::before(owned.fixture.address(), "127.0.0.1:0", upgrades, refusal).await;
    let mut kept = Kept::to(&[proxy.address()], Some(&known));
    let polling = |state: &LinkState| matches!(state, LinkState::Polling(_));
    let LinkState::Polling(why) = kept.state("polling", polling).await else { unreachable!() };
    assert_eq!(why.kind, ProbeKind::Blocked);
    for _ in 0..2 {
        let snapshot = |event| if let LinkEvent::Snapshot(body) = event { Some(body) } else { None };
        let body = kept.until("snapshot", snapshot).await;
        assert!(body.sampled_at_ms > 0 && body.summary.is_some(), "{body:?}");
    }
    blocks.store(false, Ordering::Relaxed);
    kept.live().await;
    kept.frame().await;
}

#[tokio::test]
async fn a_machine_that_has_no_room_is_left_alone_for_as_long_as_it_says() {
    let full = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n";
    let machine = StandIn::answering(move |_| full.to_owned()).await;
    let mut kept = Kept::to(&[machine.address()], None);
    let waits = |state: &LinkState| matches!(state, LinkState::Reconnecting { .. });
    let LinkState::Reconnecting { retry_in, why } = kept.state("wait", waits).await else { unreachable!() };
    assert!(why.kind == ProbeKind::Busy && retry_in > Duration::from_millis(2900), "{retry_in:?} {why:?}");
    let begun = tokio::time::Instant::now();
    kept.link.retry();
    kept.state("second wait", waits).await;
    assert!(begun.elapsed() > Duration::from_millis(2500), "no retry shortens it: {:?}", begun.elapsed());
}
