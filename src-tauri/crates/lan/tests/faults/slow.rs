//! Viewers that read slowly, or not at all.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use wire::limits::SLOW_AFTER;

use crate::fixture::Fixture;
use crate::proxy::{BUFFER_BYTES, Link, Proxy, Toxic};
use crate::viewer::{Seen, Viewer};

/// Time between two ticks.
const TICK: Duration = Duration::from_secs(1);

#[expect(
    clippy::disallowed_methods,
    reason = "how old a frame is can only be told by the clock that dated it"
)]
fn age(sampled_at_ms: u64) -> Duration {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    now.saturating_sub(Duration::from_millis(sampled_at_ms))
}

#[tokio::test]
async fn a_viewer_that_stops_reading_is_closed_and_the_others_miss_nothing() {
    const OTHERS: u16 = 20;
    let fixture = Fixture::start().await;
    let mut others = Vec::new();
    for number in 1..=OTHERS {
        let mut viewer = Viewer::connect(fixture.address(), number).await.expect("an open stream");
        viewer.raw.send_json(&json!({"type": "subscribe", "channels": ["overview"]})).await;
        viewer.see().await;
        others.push(viewer);
    }
    let mut stopped = Viewer::of(fixture.address(), &["overview", "processes"]).await;
    for id in 0..80 {
        stopped.raw.send_json(&json!({"type": "request", "id": id, "method": "snapshot"})).await;
    }
    let stopped_at = Instant::now();

    let handle = fixture.station.handle();
    let mut seq = None;
    while handle.sessions() > usize::from(OTHERS) {
        assert!(stopped_at.elapsed() < SLOW_AFTER * 2, "it is still served");
        for viewer in &mut others {
            let seen = viewer.see().await;
            assert!(
                age(seen.sampled_at_ms) < SLOW_AFTER / 2,
                "somebody else waited for the one that stopped"
            );
            assert!(seq.is_none_or(|seq| seen.seq == seq || seen.seq == seq + 1), "{seen:?} after {seq:?}");
            seq = Some(seen.seq);
        }
    }
    let took = stopped_at.elapsed();
    assert!(took > SLOW_AFTER - TICK, "it had {took:?} only");

    // What was under way can still be read; then there is an end.
    let mut rest = Vec::new();
    drop(timeout(SLOW_AFTER, stopped.raw.socket.read_to_end(&mut rest)).await.expect("its socket is closed"));
}

#[tokio::test]
async fn who_asks_by_http_and_reads_nothing_is_closed() {
    /// Together many times what the sockets of both ends hold.
    const ASKED: usize = 200;
    let fixture = Fixture::start().await;
    let mut socket = TcpStream::connect(fixture.address()).await.expect("a connection");
    let request = format!("GET /api/openapi.json HTTP/1.1\r\nHost: {}\r\n\r\n", fixture.address());
    let (mut reads, mut writes) = socket.split();
    let asked = timeout(SLOW_AFTER, writes.write_all(request.repeat(ASKED).as_bytes())).await;
    asked.expect("the sockets hold that many requests").expect("the server takes them");
    tokio::time::sleep(SLOW_AFTER + 2 * TICK).await;
    let mut answers = Vec::new();
    drop(timeout(SLOW_AFTER, reads.read_to_end(&mut answers)).await.expect("there is an end"));
    let answered = answers.windows(9).filter(|it| it == b"HTTP/1.1 ").count();
    assert!((1..ASKED).contains(&answered), "{answered} answers");
}

/// 32 kbit/s. With every frame it sees, the viewer asks for several times what the link can carry until the next
/// tick, so that the link is never idle.
#[tokio::test]
async fn over_a_slow_link_frames_are_skipped_and_what_comes_is_no_older_than_the_link_makes_it() {
    const BYTES_PER_S: u32 = 4_000;
    /// What the server lets a socket buffer; where the system knows no bound for what was not sent, the whole buffer.
    const HELD_BYTES: u32 = if cfg!(target_os = "linux") { 16 * 1024 } else { 32 * 1024 };
    /// What may be under way before a frame: that, and what the proxy's two sockets hold.
    const UNDER_WAY_BYTES: u32 = HELD_BYTES + 2 * 2 * BUFFER_BYTES;
    /// Long enough that frames would be older than that by now if nothing bounded what is under way.
    const WATCHED: Duration = Duration::from_secs(30);
    let fixture = Fixture::start().await;
    let proxy = Proxy::before(fixture.address(), Link::down(Toxic::Bandwidth { bytes_per_s: BYTES_PER_S }));
    let mut viewer = Viewer::of(proxy.address(), &["overview"]).await;
    let begun = Instant::now();
    let mut last: Option<Seen> = None;
    let (mut came, mut skipped) = (0, 0);
    while begun.elapsed() < WATCHED {
        let seen = viewer.see().await;
        let under_way = UNDER_WAY_BYTES + seen.bytes as u32;
        let limit = Duration::from_secs(1) * under_way / BYTES_PER_S + SLOW_AFTER / 2;
        let age = age(seen.sampled_at_ms);
        assert!(age <= limit, "{seen:?} is {age:?} old, and the link holds {limit:?}");
        for id in 0..3 {
            viewer.raw.send_json(&json!({"type": "request", "id": id, "method": "snapshot"})).await;
        }
        if let Some(last) = last.replace(seen.clone()) {
            let missed = seen.seq - last.seq - 1;
            assert!(seen.key || missed == 0, "{seen:?} after {last:?}");
            skipped += missed;
        }
        came += 1;
    }
    assert!(came >= 3, "frames stopped coming: there were {came}");
    assert!(skipped >= came, "{skipped} of {came} were skipped on a link that is full");
}
