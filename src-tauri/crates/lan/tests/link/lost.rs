//! Links that are cut, silent or slow: that is detected, and the session is opened again.

use std::time::{Duration, Instant};

use client::link::{LinkEvent, LinkState};
use wire::fleet::ProbeKind;
use wire::{ClientMessage, ServerMessage};

use crate::kept::Kept;
use crate::owned::Owned;
use crate::proxy::{End, Link, Proxy, Toxic};

fn reconnecting(state: &LinkState) -> bool {
    matches!(state, LinkState::Reconnecting { .. })
}

#[tokio::test]
async fn a_link_that_is_cut_is_reconnected_and_at_once_for_who_is_in_a_hurry() {
    let mut owned = Owned::open().await;
    let known = owned.lets_in().await;
    let proxy = Proxy::before(owned.fixture.address(), Link::CLEAN);
    let address = proxy.address().to_string().parse().expect("an address");
    let mut kept = Kept::to(&[address], Some(&known));
    kept.live().await;
    let before = kept.frame().await;
    kept.link.send(ClientMessage::Ping { id: 7 });
    let pong = |event| matches!(event, LinkEvent::Message(ServerMessage::Pong { id: 7, .. })).then_some(());
    kept.until("pong", pong).await;
    for end in [End::Closed, End::Reset] {
        proxy.set(Link::both(Toxic::Limit { bytes: 0, end }));
        kept.state("loss", reconnecting).await;
        kept.state("failed attempt", reconnecting).await;
        proxy.set(Link::CLEAN);
        kept.link.retry();
        let hurried = Instant::now();
        kept.live().await;
        assert!(hurried.elapsed() < Duration::from_secs(5), "{:?}", hurried.elapsed());
        let first = kept.frame().await;
        assert!(first >= before && kept.frame().await > first);
    }
}

#[tokio::test]
async fn a_link_that_falls_silent_is_asked_and_given_up() {
    let mut owned = Owned::open().await;
    let known = owned.lets_in().await;
    let proxy = Proxy::before(owned.fixture.address(), Link::CLEAN);
    let address = proxy.address().to_string().parse().expect("an address");
    let mut kept = Kept::to(&[address], Some(&known));
    kept.live().await;
    kept.frame().await;
    proxy.set(Link::both(Toxic::Silence));
    let silent = Instant::now();
    let state = kept.state("silence", reconnecting).await;
    let LinkState::Reconnecting { why, .. } = state else { unreachable!() };
    assert!(why.kind == ProbeKind::NoAnswer && why.message().contains("went silent"), "{why:?}");
    let noticed = silent.elapsed();
    assert!((Duration::from_secs(6)..Duration::from_secs(18)).contains(&noticed), "{noticed:?}");
    proxy.set(Link::CLEAN);
    kept.live().await;
    kept.frame().await;
}

#[tokio::test]
async fn a_link_that_brings_single_bytes_is_a_link() {
    let mut owned = Owned::open().await;
    let known = owned.lets_in().await;
    let proxy = Proxy::before(owned.fixture.address(), Link::both(Toxic::Slicer));
    let address = proxy.address().to_string().parse().expect("an address");
    let mut kept = Kept::to(&[address], Some(&known));
    kept.live().await;
    let first = kept.frame().await;
    assert!(kept.frame().await > first);
    kept.link.end().await;
    owned.fixture.wait_for_sessions(1).await;
}

#[tokio::test]
async fn what_is_half_a_minute_old_is_said_to_be_once() {
    let mut owned = Owned::open().await;
    let known = owned.lets_in().await;
    let proxy = Proxy::before(owned.fixture.address(), Link::CLEAN);
    let address = proxy.address().to_string().parse().expect("an address");
    let mut kept = Kept::to(&[address], Some(&known));
    kept.live().await;
    kept.frame().await;
    proxy.set(Link::both(Toxic::Limit { bytes: 0, end: End::Closed }));
    kept.state("loss", reconnecting).await;
    let lost = tokio::time::Instant::now();
    // From here on only waits are left, and nobody has to sit through them.
    tokio::time::pause();
    let stale = |event| matches!(event, LinkEvent::Stale).then_some(());
    kept.until("word about the age", stale).await;
    let age = lost.elapsed();
    assert!((Duration::from_secs(28)..Duration::from_secs(31)).contains(&age), "{age:?}");
}
