use std::time::Duration;

use sampling::Sources;
use station::{Config, Station};

use super::*;

/// A station that reads an empty machine, so that nothing depends on this one.
fn seats() -> (tempfile::TempDir, Station, Seats) {
    let directory = tempfile::tempdir().unwrap();
    let sources = Sources::recorded(directory.path().join("machine"));
    let config = Config { data_dir: directory.path().to_owned(), sources, version: "0".to_owned() };
    let station = Station::start(config).unwrap();
    let seats = Seats::new(station.handle(), Scope::Control);
    (directory, station, seats)
}

fn messages(lines: &[u8]) -> Vec<wire::ServerMessage> {
    lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(parse).collect()
}

fn parse(line: &[u8]) -> wire::ServerMessage {
    serde_json::from_slice(line).unwrap()
}

/// Pulls until a message passes `wanted`.
async fn until(
    seats: &Seats,
    id: &str,
    wanted: impl Fn(&wire::ServerMessage) -> bool,
) -> wire::ServerMessage {
    loop {
        let lines = seats.next(id, || true).await.unwrap();
        if let Some(found) = messages(&lines).into_iter().find(|message| wanted(message)) {
            return found;
        }
    }
}

fn run<F: Future>(test: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

#[test]
fn a_page_is_greeted_answered_and_fed() {
    let (_directory, _station, seats) = seats();
    run(async {
        let wire::ServerMessage::Connected(connected) = until(&seats, "a", |_| true).await else {
            panic!("expected the greeting first");
        };
        assert_eq!(connected.scope, Scope::Control);
        seats.receive("a", br#"{"type":"ping","id":7}"#).unwrap();
        until(&seats, "a", |message| matches!(message, wire::ServerMessage::Pong { id: 7, .. })).await;
        seats.receive("a", br#"{"type":"subscribe","channels":["overview"]}"#).unwrap();
        until(&seats, "a", |message| matches!(message, wire::ServerMessage::Frame(frame) if frame.key)).await;
    });
}

#[test]
fn nothing_is_brought_to_a_page_that_nobody_sees() {
    let (_directory, _station, seats) = seats();
    run(async {
        let hidden = tokio::time::timeout(Duration::from_millis(100), seats.next("a", || false)).await;
        assert!(hidden.is_err(), "it waits");
        assert!(
            matches!(until(&seats, "a", |_| true).await, wire::ServerMessage::Connected(_)),
            "and is fed after"
        );
    });
}

#[test]
fn one_pull_of_a_session_is_in_flight() {
    let (_directory, _station, seats) = seats();
    run(async {
        until(&seats, "a", |_| true).await;
        let (_first, second) = tokio::join!(
            tokio::time::timeout(Duration::from_millis(100), seats.next("a", || false)),
            seats.next("a", || true)
        );
        assert_eq!(second.unwrap_err().code, ErrorCode::TooMany);
        assert!(!seats.seat("a").unwrap().lock().pulling, "a pull that was given up frees its session");
    });
}

#[test]
fn sessions_that_nobody_pulls_end_and_their_number_is_bounded() {
    let (_directory, station, seats) = seats();
    for id in 0..SESSIONS + 3 {
        seats.seat(&id.to_string()).unwrap();
    }
    assert_eq!(seats.lock().len(), SESSIONS);
    assert!(!seats.lock().contains_key("0"), "the oldest gives way");
    seats.sweep(Instant::now() + PULL_TIMEOUT);
    assert_eq!(station.handle().sessions(), 0);
    assert_eq!(seats.receive("5", b"{}").unwrap_err().code, ErrorCode::NotFound);
    assert_eq!(seats.seat("").unwrap_err().code, ErrorCode::BadParams);
    assert_eq!(seats.seat(&"x".repeat(ID_CHARS + 1)).unwrap_err().code, ErrorCode::BadParams);
}

#[test]
fn it_is_known_how_long_no_page_has_pulled() {
    let (_directory, _station, seats) = seats();
    let made = Instant::now();
    assert!(seats.unattended_for(made + PULL_TIMEOUT) >= PULL_TIMEOUT, "before any page came");
    run(async {
        let pulled = Instant::now();
        until(&seats, "a", |_| true).await;
        assert!(seats.unattended_for(pulled + PULL_TIMEOUT) < PULL_TIMEOUT, "a pull is somebody there");
        let refused = seats.next("", || true).await;
        assert!(refused.is_err() && seats.unattended_for(Instant::now() + PULL_TIMEOUT) >= PULL_TIMEOUT);
    });
}

#[test]
fn a_page_that_sends_too_much_is_told_and_its_session_ends() {
    let (_directory, _station, seats) = seats();
    run(async {
        until(&seats, "a", |_| true).await;
        seats.receive("a", &vec![b'x'; wire::limits::CLIENT_MESSAGE_BYTES + 1]).unwrap();
        let end = until(&seats, "a", |_| true).await;
        assert!(matches!(end, wire::ServerMessage::Goodbye { reason: Goodbye::TooLarge }), "{end:?}");
        assert!(!seats.lock().contains_key("a"));
    });
}

#[test]
fn the_end_of_the_station_is_said_even_to_a_page_that_nobody_sees() {
    let (_directory, station, seats) = seats();
    run(async {
        until(&seats, "a", |_| true).await;
        station.say_goodbye(Goodbye::Shutdown);
        let lines = seats.next("a", || false).await.unwrap();
        assert!(matches!(messages(&lines)[..], [wire::ServerMessage::Goodbye { reason: Goodbye::Shutdown }]));
        assert_eq!(seats.next("a", || true).await.unwrap_err().code, ErrorCode::Unavailable);
    });
}
