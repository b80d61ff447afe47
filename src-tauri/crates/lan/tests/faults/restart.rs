//! A server that was restarted, and all its viewers that reconnect at once.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use wire::Goodbye;

use crate::fixture::Fixture;
use crate::viewer::Viewer;

/// As many as one address may bring where a computer has only one, else more.
const VIEWERS: u16 = if cfg!(target_os = "macos") { 60 } else { 200 };
/// The longest all of them together may take.
const BACK_WITHIN: Duration = Duration::from_secs(20);

/// Connects as the protocol asks of clients: at once, then after longer and longer pauses, each for itself.
async fn back(address: SocketAddr, number: u16) -> Viewer {
    for attempt in 0.. {
        if let Ok(mut viewer) = Viewer::connect(address, number).await {
            viewer.raw.send_json(&json!({"type": "subscribe", "channels": ["overview"]})).await;
            assert!(viewer.see().await.key, "what was known before the restart is not continued");
            return viewer;
        }
        let longest = Duration::from_millis(500) * 2_u32.pow(attempt);
        sleep(longest.min(Duration::from_secs(30)) * u32::from(number % 16) / 16).await;
    }
    unreachable!("it tries for ever")
}

async fn all_back(address: SocketAddr) -> Vec<Viewer> {
    let mut coming: JoinSet<_> = (1..=VIEWERS).map(|number| back(address, number)).collect();
    let mut viewers = Vec::new();
    let came = async {
        while let Some(viewer) = coming.join_next().await {
            viewers.push(viewer.expect("it came back"));
        }
    };
    let within = timeout(BACK_WITHIN, came).await;
    assert!(within.is_ok(), "{} of {VIEWERS} came back within {BACK_WITHIN:?}", viewers.len());
    viewers
}

#[tokio::test]
async fn after_a_restart_everybody_comes_back_at_once_and_is_served_in_step() {
    let fixture = Fixture::start().await;
    let address = fixture.address();
    let viewers = all_back(address).await;
    fixture.wait_for_sessions(usize::from(VIEWERS)).await;
    fixture.station.close_all_sessions(Goodbye::Shutdown);
    fixture.server.shutdown().await;
    drop(viewers);

    let fixture = Fixture::start_at(address.port()).await;
    let mut viewers = all_back(address).await;
    fixture.wait_for_sessions(usize::from(VIEWERS)).await;
    let one = viewers.last_mut().expect("there are some");
    let mut seq = one.see().await.seq;
    for _ in 0..3 {
        let seen = one.see().await;
        assert_eq!(seen.seq, seq + 1, "{seen:?}");
        seq = seen.seq;
    }
}
