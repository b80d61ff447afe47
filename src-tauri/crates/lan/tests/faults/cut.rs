//! Links that end, or fall silent, at any moment: nothing of them is left.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, timeout};
use wire::limits::DEAD_AFTER;

use crate::fixture::{DEADLINE, Fixture};
use crate::proxy::{End, Link, Proxy, Toxic};
use crate::raw::{request, text};
use crate::viewer::Viewer;

/// What a process holds that a link could leave behind.
#[derive(Debug, Clone, Copy)]
struct Held {
    sessions: usize,
    tasks: usize,
    descriptors: usize,
}

impl Held {
    fn now(fixture: &Fixture) -> Self {
        let descriptors = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        let tasks = Handle::current().metrics().num_alive_tasks();
        Self { sessions: fixture.station.handle().sessions(), tasks, descriptors }
    }

    fn is_more_than(self, other: Self) -> bool {
        self.sessions > other.sessions || self.tasks > other.tasks || self.descriptors > other.descriptors
    }
}

/// Waits until no more is held than `before`, for as long as `limit` at most.
async fn given_back(fixture: &Fixture, before: Held, limit: Duration) {
    let given = async {
        while Held::now(fixture).is_more_than(before) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = timeout(limit, given).await;
    assert!(waited.is_ok(), "{:?} is held, it was {before:?}", Held::now(fixture));
}

#[tokio::test]
async fn a_thousand_links_that_end_anywhere_leave_nothing_behind() {
    /// Less than every viewer is sent at once: an answer, `connected`, two key frames.
    const HEARD_BYTES: usize = 4_000;
    let fixture = Fixture::start().await;
    let proxy = Proxy::before(fixture.address(), Link::CLEAN);
    let subscribe = json!({"type": "subscribe", "channels": ["overview", "processes"]}).to_string();
    let said = [request(fixture.address()).into_bytes(), text(&subscribe)].concat();
    let before = Held::now(&fixture);
    for cycle in 0..1_000 {
        let end = if cycle % 4 < 2 { End::Closed } else { End::Reset };
        proxy.set(if cycle % 2 == 0 {
            Link::up(Toxic::Limit { bytes: cycle * 7 % said.len(), end })
        } else {
            Link::down(Toxic::Limit { bytes: cycle * 31 % HEARD_BYTES, end })
        });
        let life = async {
            let mut socket = TcpStream::connect(proxy.address()).await?;
            socket.write_all(&said).await?;
            socket.read_to_end(&mut Vec::new()).await
        };
        // An error is one of the ends it may have.
        assert!(timeout(DEADLINE, life).await.is_ok(), "link {cycle} did not end");
    }
    given_back(&fixture, before, DEADLINE).await;
    Viewer::of(fixture.address(), &["overview"]).await.see().await;
}

/// The clock is paused and runs ahead while all tasks are idle, so that 45 s take no time.
#[tokio::test]
async fn viewers_whose_link_fell_silent_are_given_up() {
    let fixture = Fixture::start().await;
    let proxy = Proxy::before(fixture.address(), Link::CLEAN);
    let before = Held::now(&fixture);
    let mut viewers = Vec::new();
    for number in 1..=8 {
        let mut viewer = Viewer::connect(proxy.address(), number).await.expect("an open stream");
        viewer.raw.send_json(&json!({"type": "subscribe", "channels": ["overview", "processes"]})).await;
        viewer.see_one_of("processes").await;
        viewers.push(viewer);
    }
    assert_eq!(fixture.station.handle().sessions(), viewers.len());

    proxy.set(Link::both(Toxic::Silence));
    tokio::time::pause();
    let silent_since = Instant::now();
    let nobody = async {
        while fixture.station.handle().sessions() > 0 {
            sleep(Duration::from_millis(50)).await;
        }
    };
    assert!(timeout(DEAD_AFTER * 2, nobody).await.is_ok(), "silent viewers are served for ever");
    let took = silent_since.elapsed();
    let second = Duration::from_secs(1);
    assert!(took > DEAD_AFTER - 5 * second && took < DEAD_AFTER + 5 * second, "given up after {took:?}");
    drop(viewers);
    given_back(&fixture, before, DEAD_AFTER).await;
}
