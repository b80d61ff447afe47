//! Frames that a viewer could not receive are replaced by a key frame, and until then it never gets a mixture.

use std::collections::BTreeMap;

use serde_json::json;

use crate::fixture::Fixture;
use crate::proxy::{Link, Proxy, Toxic};
use crate::viewer::{Picture, Seen, Viewer};

const CHANNELS: [&str; 2] = ["overview", "processes"];
/// Answers that fill every buffer on the way several times over.
const ANSWERS: u64 = 80;

/// The viewer that loses nothing, and all it ever knew.
struct Witness {
    viewer: Viewer,
    known: BTreeMap<(String, u64), Picture>,
}

impl Witness {
    async fn see(&mut self) -> Seen {
        let seen = self.viewer.see().await;
        let picture = self.viewer.picture(&seen.channel).clone();
        self.known.insert((seen.channel.clone(), seen.seq), picture);
        seen
    }

    /// What the server knew at this moment.
    async fn at(&mut self, channel: &str, seq: u64) -> &Picture {
        let moment = (channel.to_owned(), seq);
        while !self.known.contains_key(&moment) {
            assert!(self.see().await.seq <= seq + 1, "the witness saw nothing at {moment:?}");
        }
        &self.known[&moment]
    }
}

#[tokio::test]
async fn after_frames_that_were_lost_a_key_frame_comes_and_the_state_is_the_servers() {
    let fixture = Fixture::start().await;
    let proxy = Proxy::before(fixture.address(), Link::CLEAN);
    let viewer = Viewer::of(fixture.address(), &CHANNELS).await;
    let mut witness = Witness { viewer, known: BTreeMap::new() };
    witness.see().await;
    let mut viewer = Viewer::of(proxy.address(), &CHANNELS).await;
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    while last.len() < CHANNELS.len() {
        let seen = viewer.see().await;
        last.insert(seen.channel, seen.seq);
    }

    proxy.set(Link::down(Toxic::Stall));
    for id in 0..ANSWERS {
        viewer.raw.send_json(&json!({"type": "request", "id": id, "method": "snapshot"})).await;
    }
    let stalled_at = witness.see().await.seq;
    while witness.see().await.seq < stalled_at + 4 {}
    proxy.set(Link::CLEAN);

    // Each channel: what was under way, then a gap, then a key frame, then in step again.
    let mut gaps = BTreeMap::new();
    let mut in_step = 0;
    while in_step < 2 * CHANNELS.len() {
        let seen = viewer.see().await;
        assert_eq!(viewer.picture(&seen.channel), witness.at(&seen.channel, seen.seq).await, "{seen:?}");
        let before = last.insert(seen.channel.clone(), seen.seq).expect("it was seen before");
        if seen.seq > before + 1 {
            assert!(seen.key, "{seen:?} went on from {before}");
            gaps.insert(seen.channel, seen.seq - before);
        } else if gaps.len() == CHANNELS.len() {
            in_step += 1;
        }
    }
}
