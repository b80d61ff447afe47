use std::time::Duration;

use sampling::Sources;
use station::{Config, Station};

use super::*;

/// A station that reads an empty machine, so that nothing depends on this one.
fn pages() -> (tempfile::TempDir, Station, PageSessions) {
    let directory = tempfile::tempdir().unwrap();
    let sources = Sources::recorded(directory.path().join("machine"));
    let config = Config { data_dir: directory.path().to_owned(), sources, version: "0".to_owned() };
    let station = Station::start(config).unwrap();
    let pages = PageSessions::new(station.handle(), Scope::Control);
    (directory, station, pages)
}

fn messages(lines: &[u8]) -> Vec<wire::ServerMessage> {
    lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(parse).collect()
}

fn parse(line: &[u8]) -> wire::ServerMessage {
    serde_json::from_slice(line).unwrap()
}

/// Pulls until a message passes `wanted`.
async fn until(
    pages: &PageSessions,
    id: &str,
    wanted: impl Fn(&wire::ServerMessage) -> bool,
) -> wire::ServerMessage {
    loop {
        let lines = pages.next(id, || true).await.unwrap();
        if let Some(found) = messages(&lines).into_iter().find(|message| wanted(message)) {
            return found;
        }
    }
}

fn run<F: Future>(test: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

#[test]
fn a_page_is_connected_answered_and_sent_frames() {
    let (_directory, _station, pages) = pages();
    run(async {
        let wire::ServerMessage::Connected(connected) = until(&pages, "a", |_| true).await else {
            panic!("expected `connected` first");
        };
        assert_eq!(connected.scope, Scope::Control);
        pages.receive("a", br#"{"type":"ping","id":7}"#).unwrap();
        until(&pages, "a", |message| matches!(message, wire::ServerMessage::Pong { id: 7, .. })).await;
        pages.receive("a", br#"{"type":"subscribe","channels":["overview"]}"#).unwrap();
        until(&pages, "a", |message| matches!(message, wire::ServerMessage::Frame(frame) if frame.key)).await;
    });
}

#[test]
fn nothing_is_brought_to_a_page_that_nobody_sees() {
    let (_directory, _station, pages) = pages();
    run(async {
        let hidden = tokio::time::timeout(Duration::from_millis(100), pages.next("a", || false)).await;
        assert!(hidden.is_err(), "it waits");
        assert!(
            matches!(until(&pages, "a", |_| true).await, wire::ServerMessage::Connected(_)),
            "and is fed after"
        );
    });
}

#[test]
fn one_pull_of_a_session_is_in_flight() {
    let (_directory, _station, pages) = pages();
    run(async {
        until(&pages, "a", |_| true).await;
        let (_first, second) = tokio::join!(
            tokio::time::timeout(Duration::from_millis(100), pages.next("a", || false)),
            pages.next("a", || true)
        );
        assert_eq!(second.unwrap_err().code, ErrorCode::TooMany);
        assert!(
            !pages.page_session("a").unwrap().lock().pulling,
            "a pull that was given up frees its session"
        );
    });
}

#[test]
fn sessions_that_nobody_pulls_end_and_their_number_is_bounded() {
    let (_directory, station, pages) = pages();
    for id in 0..SESSIONS + 3 {
        pages.page_session(&id.to_string()).unwrap();
    }
    assert_eq!(pages.lock().len(), SESSIONS);
    assert!(!pages.lock().contains_key("0"), "the oldest gives way");
    pages.sweep(Instant::now() + PULL_TIMEOUT);
    assert_eq!(station.handle().sessions(), 0);
    assert_eq!(pages.receive("5", b"{}").unwrap_err().code, ErrorCode::NotFound);
    assert_eq!(pages.page_session("").unwrap_err().code, ErrorCode::BadParams);
    assert_eq!(pages.page_session(&"x".repeat(ID_CHARS + 1)).unwrap_err().code, ErrorCode::BadParams);
}

#[test]
fn it_is_known_how_long_no_page_has_pulled() {
    let (_directory, _station, pages) = pages();
    let made = Instant::now();
    assert!(pages.unattended_for(made + PULL_TIMEOUT) >= PULL_TIMEOUT, "before any page came");
    run(async {
        let pulled = Instant::now();
        until(&pages, "a", |_| true).await;
        assert!(pages.unattended_for(pulled + PULL_TIMEOUT) < PULL_TIMEOUT, "a pull is somebody there");
        let refused = pages.next("", || true).await;
        assert!(refused.is_err() && pages.unattended_for(Instant::now() + PULL_TIMEOUT) >= PULL_TIMEOUT);
    });
}

#[test]
fn a_page_that_sends_too_much_is_told_and_its_session_ends() {
    let (_directory, _station, pages) = pages();
    run(async {
        until(&pages, "a", |_| true).await;
        pages.receive("a", &vec![b'x'; wire::limits::CLIENT_MESSAGE_BYTES + 1]).unwrap();
        let end = until(&pages, "a", |_| true).await;
        assert!(matches!(end, wire::ServerMessage::Goodbye { reason: Goodbye::TooLarge }), "{end:?}");
        assert!(!pages.lock().contains_key("a"));
    });
}

#[test]
fn the_end_of_the_station_is_said_even_to_a_page_that_nobody_sees() {
    let (_directory, station, pages) = pages();
    run(async {
        until(&pages, "a", |_| true).await;
        station.close_all_sessions(Goodbye::Shutdown);
        let lines = pages.next("a", || false).await.unwrap();
        assert!(matches!(messages(&lines)[..], [wire::ServerMessage::Goodbye { reason: Goodbye::Shutdown }]));
        assert_eq!(pages.next("a", || true).await.unwrap_err().code, ErrorCode::Unavailable);
    });
}
