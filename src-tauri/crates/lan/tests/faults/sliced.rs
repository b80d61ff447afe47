//! However the bytes are cut on their way, and however late they come, they mean the same.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::fixture::Fixture;
use crate::proxy::{Link, Proxy, Toxic};
use crate::viewer::{Picture, Viewer};

const CHANNELS: [&str; 2] = ["overview", "processes"];
/// Frames of each channel that are compared.
const FRAMES: usize = 4;

/// What a viewer knew after each frame.
async fn watch(address: SocketAddr) -> BTreeMap<(String, u64), Picture> {
    let mut viewer = Viewer::of(address, &CHANNELS).await;
    let mut known = BTreeMap::new();
    while known.len() < FRAMES * CHANNELS.len() {
        let seen = viewer.see().await;
        known.insert((seen.channel.clone(), seen.seq), viewer.picture(&seen.channel).clone());
    }
    known
}

/// Two viewers at once, one of them over `link`: where both know a moment, they know the same.
async fn check(link: Link) {
    let fixture = Fixture::start().await;
    let proxy = Proxy::before(fixture.address(), link);
    let (near, far) = tokio::join!(watch(fixture.address()), watch(proxy.address()));
    let mut compared = 0;
    for (moment, picture) in &far {
        if let Some(truth) = near.get(moment) {
            assert_eq!(picture, truth, "{moment:?}");
            compared += 1;
        }
    }
    assert!(compared >= FRAMES, "only {compared} moments were seen by both");
}

#[tokio::test]
async fn a_byte_at_a_time_both_ways_shows_the_same() {
    check(Link::both(Toxic::Slicer)).await;
}

#[tokio::test]
async fn a_link_that_is_late_shows_the_same() {
    check(Link::both(Toxic::Delay(Duration::from_millis(200)))).await;
}

#[tokio::test]
async fn the_proxy_is_as_late_as_it_is_told_to_be() {
    let fixture = Fixture::start().await;
    let late = Duration::from_millis(150);
    let proxy = Proxy::before(fixture.address(), Link::both(Toxic::Delay(late)));
    let mut viewer = Viewer::connect(proxy.address(), 1).await.expect("an open stream");
    let asked = Instant::now();
    viewer.raw.send_json(&json!({"type": "ping", "id": 1})).await;
    viewer.raw.recv_type("pong").await;
    assert!(asked.elapsed() >= late * 2, "{:?}", asked.elapsed());
}
