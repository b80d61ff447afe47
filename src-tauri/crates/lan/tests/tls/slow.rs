//! Viewers on encrypted links that read slowly, or not at all.

use std::time::Duration;

use futures_util::SinkExt;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use wire::limits::SLOW_AFTER;

use crate::DEADLINE;
use crate::client::fixture;

/// Time between two ticks.
const TICK: Duration = Duration::from_secs(1);

/// Each with a server of its own, side by side: they wait most of the time.
#[tokio::test]
async fn who_takes_nothing_is_closed_and_who_takes_a_little_stays() {
    tokio::join!(
        a_viewer_that_stops_reading_is_closed_and_the_others_miss_nothing(),
        a_viewer_that_reads_a_little_now_and_then_stays(),
        who_asks_by_http_and_reads_nothing_is_closed(),
    );
}

async fn a_viewer_that_stops_reading_is_closed_and_the_others_miss_nothing() {
    let (fixture, trust) = fixture().await;
    let mut other = trust.stream(fixture.address()).await;
    other.send_json(json!({"type": "subscribe", "channels": ["overview"]})).await;
    other.recv(|message| message["channel"] == "overview").await;
    let mut stopped = trust.stream(fixture.address()).await;
    stopped.send_json(json!({"type": "subscribe", "channels": ["overview", "processes"]})).await;
    for id in 0..80 {
        stopped.send_json(json!({"type": "request", "id": id, "method": "series.list"})).await;
    }
    let stopped_at = Instant::now();
    let handle = fixture.station.handle();
    while handle.sessions() > 1 {
        assert!(stopped_at.elapsed() < SLOW_AFTER * 2, "it is still served");
        other.recv(|message| message["channel"] == "overview").await;
    }
    let took = stopped_at.elapsed();
    assert!(took > SLOW_AFTER - TICK, "it had {took:?} only");
}

async fn a_viewer_that_reads_a_little_now_and_then_stays() {
    /// Less in each step than TLS holds for it: only what the kernel takes can tell that it reads.
    const STEP_BYTES: usize = 4 * 1024;
    let (fixture, trust) = fixture().await;
    let mut viewer = trust.stream(fixture.address()).await;
    let frames = json!({"type": "subscribe", "channels": ["overview", "processes"]});
    viewer.send_json(frames).await;
    for id in 0..80 {
        let request = json!({"type": "request", "id": id, "method": "series.list"});
        viewer.socket.feed(Message::text(request.to_string())).await.expect("it is taken");
    }
    viewer.socket.flush().await.expect("it is taken");
    let begun = Instant::now();
    let link = viewer.socket.get_mut();
    let mut some = vec![0; STEP_BYTES];
    while begun.elapsed() < SLOW_AFTER + 4 * TICK {
        link.read_exact(&mut some).await.expect("the link holds");
        sleep(TICK / 4).await;
    }
    assert_eq!(fixture.station.handle().sessions(), 1, "it is still served");
}

async fn who_asks_by_http_and_reads_nothing_is_closed() {
    /// Together many times what the sockets of both ends and TLS hold.
    const ASKED: usize = 200;
    let (fixture, trust) = fixture().await;
    let link = trust.connect(fixture.address()).await.expect("an encrypted link");
    let request = format!("GET /api/openapi.json HTTP/1.1\r\nHost: {}\r\n\r\n", fixture.address());
    let (mut reads, mut writes) = tokio::io::split(link);
    let asks = async {
        // It may be closed before it has asked for all.
        drop(writes.write_all(request.repeat(ASKED).as_bytes()).await);
        drop(writes.flush().await);
    };
    drop(timeout(SLOW_AFTER / 2, asks).await);
    sleep(SLOW_AFTER + 2 * TICK).await;
    let mut answers = Vec::new();
    drop(timeout(DEADLINE, reads.read_to_end(&mut answers)).await.expect("there is an end"));
    let answered = answers.windows(9).filter(|it| it == b"HTTP/1.1 ").count();
    assert!((1..ASKED).contains(&answered), "{answered} answers");
}
