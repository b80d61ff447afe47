//! Exchanges between a container dashboard and the server, without a socket.

use expect_test::expect_file;
use station::NewAlert;
use wire::{Scope, Severity};

use super::*;
use crate::compat::fixtures::{Exchange, Fixture, session};

async fn somebody(fixture: &Fixture) -> CompatSession {
    session(fixture, Carrier::ContainerDashboard, Scope::View).await
}

/// A viewer, and the messages between it and the server.
struct Visit {
    board: Board,
    out: Vec<Payload>,
    exchange: Exchange,
}

impl Visit {
    async fn begin(fixture: &Fixture, legacy: bool) -> Self {
        let board = Board::begin(&fixture.compat, somebody(fixture).await, legacy);
        let mut visit = Self { board, out: Vec::new(), exchange: Exchange::default() };
        visit.board.on_open(&mut visit.out);
        visit.exchange.server(&mut visit.out);
        visit
    }

    fn send(&mut self, what: &str) {
        self.exchange.client(what);
        assert_eq!(self.board.on_message(Encoding::Json, what.as_bytes(), &mut self.out), Ok(()));
        self.exchange.server(&mut self.out);
    }

    /// A round of the timer comes, as of a machine that was made up.
    fn round(&mut self, containers: Option<Value>) {
        self.exchange.note("every 3 seconds");
        self.board.next.update = Some(Arc::new(Update::made_up(containers)));
        self.board.poll_outgoing(&mut self.out);
        self.exchange.server(&mut self.out);
    }

    /// Waits until there is something to send that is no update, and sends it.
    async fn waits(&mut self, why: &str) {
        self.exchange.note(why);
        while self.out.is_empty() {
            self.board.changed().await.expect("it goes on");
            self.board.next.update = None;
            self.board.poll_outgoing(&mut self.out);
        }
        self.exchange.server(&mut self.out);
    }
}

fn emit(fixture: &Fixture) {
    fixture.compat.server.station.emit_alert(NewAlert {
        severity: Severity::Warning,
        title: "Hot".to_owned(),
        message: "the processor is at 95 °C".to_owned(),
        source: "test".to_owned(),
    });
}

#[tokio::test(start_paused = true)]
async fn an_exchange_in_the_words_of_the_family() {
    let fixture = Fixture::new();
    let mut visit = Visit::begin(&fixture, false).await;
    visit.round(None);
    visit.exchange.note("were containers read");
    visit.round(Some(serde_json::json!({
        "aggregated": {
            "total_cpu_percent": 1.5,
            "total_memory_mb": 64.0,
            "total_memory_percent": 0.39,
            "container_count": 1,
        },
        "containers": [{
            "name": "web",
            "cpu": 1.5,
            "memory": {"usage_mb": 64.0, "usage_percent": 0.39},
            "status": "running",
        }],
    })));
    let other = somebody(&fixture).await;
    visit.waits("somebody comes").await;
    drop(other);
    visit.waits("and goes").await;
    emit(&fixture);
    visit.waits("something happens").await;
    visit.waits("every 30 seconds").await;

    visit.send(r#"{"type":"subscribe","channels":["metrics"]}"#);
    visit.round(None);
    visit.send(r#"{"type":"subscribe","channels":["sessions","weather"]}"#);
    visit.round(None);
    visit.send(r#"{"type":"unsubscribe","channels":["metrics"]}"#);
    visit.round(None);
    visit.send(r#"{"type":"subscribe","channels":["weather"]}"#);
    visit.send(r#"{"type":"subscribe"}"#);
    visit.send(r#"{"type":"ping"}"#);
    visit.send("garbage");
    visit.exchange.note("binary");
    assert_eq!(visit.board.on_message(Encoding::Msgpack, b"\x80", &mut visit.out), Ok(()));
    visit.exchange.server(&mut visit.out);
    visit.send(r#"{"type":"unsubscribe","channels":["sessions"]}"#);
    visit.round(None);
    expect_file!["../../../golden/containers.txt"].assert_eq(visit.exchange.text());
}

#[tokio::test(start_paused = true)]
async fn the_older_format_has_metrics_alone() {
    let fixture = Fixture::new();
    let mut visit = Visit::begin(&fixture, true).await;
    visit.round(None);
    visit.send(r#"{"type":"unsubscribe","channels":["metrics"]}"#);
    visit.round(None);
    visit.send(r#"{"type":"subscribe","channels":["metrics"]}"#);
    visit.round(None);
    expect_file!["../../../golden/containers-legacy.txt"].assert_eq(visit.exchange.text());
}

#[tokio::test(start_paused = true)]
async fn viewers_share_one_timer_and_the_bytes_of_its_rounds() {
    let fixture = Fixture::new();
    let (mut first, mut second) = (Visit::begin(&fixture, false).await, Visit::begin(&fixture, false).await);
    let began = Instant::now();
    // Each gets an event about the other first.
    first.waits("the second came").await;
    let mut rounds = Vec::new();
    for visit in [&mut first, &mut second] {
        while visit.board.next.update.is_none() {
            visit.board.changed().await.unwrap();
        }
        visit.board.poll_outgoing(&mut visit.out);
        rounds.push(visit.out.pop().expect("a round").bytes);
    }
    assert_eq!(began.elapsed().as_secs(), 3);
    assert_eq!(rounds[0].as_ptr(), rounds[1].as_ptr(), "encoded once");
}

#[tokio::test(start_paused = true)]
async fn what_is_switched_off_is_not_told() {
    let fixture = Fixture::set(|settings| {
        settings.compat.websocket_session_events = Some(false);
        settings.compat.websocket_system_alerts = Some(false);
    });
    let mut visit = Visit::begin(&fixture, false).await;
    let other = somebody(&fixture).await;
    emit(&fixture);
    visit.waits("nothing but the heartbeat").await;
    drop(other);
    let text = visit.exchange.text();
    assert!(text.contains("heartbeat") && !text.contains("_event") && !text.contains("_alert"), "{text}");
    assert_eq!(fixture.compat.alerts.listening(), 0);
}

#[tokio::test(start_paused = true)]
async fn one_that_comes_and_goes_all_the_time_floods_nobody() {
    let fixture = Fixture::new();
    let mut visit = Visit::begin(&fixture, false).await;
    let began = Instant::now();
    let mut told = 0;
    for _ in 0..50 {
        drop(somebody(&fixture).await);
        visit.board.changed().await.unwrap();
        visit.board.poll_outgoing(&mut visit.out);
        told += visit.out.drain(..).filter(|it| it.bytes.starts_with(br#"{"type":"session_event"#)).count();
    }
    let most = 2 * (began.elapsed().as_millis() / EVENTS_APART.as_millis() + 1) as usize;
    assert!((2..=most).contains(&told), "{told} in {:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_station_ends_and_so_does_the_socket() {
    let fixture = Fixture::new();
    let mut visit = Visit::begin(&fixture, false).await;
    fixture.station.close_all_sessions(Goodbye::Shutdown);
    assert_eq!(visit.board.changed().await, Err(Goodbye::Shutdown));
}
