//! `GET /api/v1/stream`: one WebSocket, one session, one task.
//!
//! There is no queue: the task waits for whichever comes first — the end, a message, a tick, the time to ping —
//! and sends what the session has to say about it. A socket that accepts nothing for ten seconds is closed.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Error, Extension};
use bytes::Bytes;
use futures_util::StreamExt;
use station::session::Attached;
use station::{Session, Tick};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_tungstenite::tungstenite;
use tracing::{Instrument, debug, debug_span};
use wire::limits::{CLIENT_MESSAGE_BYTES, DEAD_AFTER, PING_EVERY, SHUTDOWN, SLOW_AFTER};
use wire::{ErrorCode, Goodbye, SUBPROTOCOL, Scope};

use crate::door::Shared;
use crate::pace::Pace;
use crate::problem::Problem;

/// Answers the upgrade and serves the session that follows.
pub(crate) async fn upgrade(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(scope): Extension<Scope>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(_) => return Ok(upgrade_required()),
    };
    if shared.closing.is_cancelled() {
        let message = "Sightline is ending here";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, message));
    }
    let attached = shared.station.attach(scope)?;
    let span = debug_span!("session", %peer, id = attached.session.id());
    Ok(upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(CLIENT_MESSAGE_BYTES)
        .max_frame_size(CLIENT_MESSAGE_BYTES)
        // Requests are a few hundred bytes; the default of 128 KiB a viewer would be all memory of a thousand.
        .read_buffer_size(2 * 1024)
        .write_buffer_size(0)
        .on_upgrade(move |socket| {
            let session = Connection::new(socket, attached).serve().instrument(span);
            shared.tasks.track_future(session)
        }))
}

/// A plain GET where a WebSocket lives.
fn upgrade_required() -> Response {
    let message = "this address speaks WebSocket; connect with ws://";
    let problem = Problem::new(StatusCode::UPGRADE_REQUIRED, ErrorCode::BadMessage, message);
    let mut response = problem.into_response();
    response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    response
}

/// One viewer's socket with its session.
struct Connection {
    socket: WebSocket,
    attached: Attached,
    pace: Pace,
    /// Filled by the session, emptied into the socket; kept for its capacity.
    out: Vec<Bytes>,
}

/// Why a connection ends.
enum End {
    /// The viewer went away, or the link did.
    Gone,
    /// We end it, and say why.
    Goodbye(Goodbye),
}

impl Connection {
    fn new(socket: WebSocket, attached: Attached) -> Self {
        Self { socket, attached, pace: Pace::new(Instant::now()), out: Vec::new() }
    }

    async fn serve(mut self) {
        debug!("began");
        let end = self.run().await;
        if let End::Goodbye(reason) = end {
            debug!(?reason, "goodbye");
            // A socket that accepts nothing gets no goodbye either; it is dropped.
            if reason != Goodbye::Slow {
                drop(timeout(SHUTDOWN / 2, self.take_leave(reason)).await);
            }
        }
        debug!("ended");
    }

    /// Serves until there is a reason to end.
    async fn run(&mut self) -> End {
        self.out.push(self.attached.session.greeting());
        let mut read_from = Instant::now();
        let mut heard_at = Instant::now();
        let mut pings = interval(PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if let Err(end) = self.flush().await {
                return end;
            }
            let Attached { session, ticks, farewell } = &mut self.attached;
            tokio::select! {
                biased;
                reason = said(farewell) => return End::Goodbye(reason),
                message = async { sleep_until(read_from).await; self.socket.next().await } => {
                    heard_at = Instant::now();
                    read_from = self.pace.count(heard_at);
                    match message {
                        Some(Ok(message)) => match take_in(session, &message, &mut self.out) {
                            Ok(()) => {}
                            Err(end) => return end,
                        },
                        Some(Err(err)) => return broken(err),
                        None => return End::Gone,
                    }
                }
                changed = ticks.changed() => {
                    if changed.is_err() {
                        return End::Goodbye(Goodbye::Shutdown);
                    }
                    let tick: Option<Arc<Tick>> = ticks.borrow_and_update().clone();
                    if let Some(tick) = tick {
                        session.collect(&tick, &mut self.out);
                    }
                }
                _ = pings.tick() => {
                    if heard_at.elapsed() > DEAD_AFTER {
                        debug!("silent for too long");
                        return End::Gone;
                    }
                    if let Err(end) = send(&mut self.socket, Message::Ping(Bytes::new())).await {
                        return end;
                    }
                }
            }
        }
    }

    /// Sends what there is to say.
    async fn flush(&mut self) -> Result<(), End> {
        for bytes in self.out.drain(..) {
            let text = Utf8Bytes::try_from(bytes).expect("the codec writes JSON, which is UTF-8");
            send(&mut self.socket, Message::Text(text)).await?;
        }
        Ok(())
    }

    /// Says goodbye and closes, then waits for the viewer to close too, so that the goodbye is read.
    async fn take_leave(&mut self, reason: Goodbye) -> Result<(), End> {
        self.out = vec![Session::goodbye(reason)];
        self.flush().await?;
        let close = CloseFrame { code: reason.close_code(), reason: Utf8Bytes::default() };
        send(&mut self.socket, Message::Close(Some(close))).await?;
        while let Some(Ok(_)) = self.socket.next().await {}
        Ok(())
    }
}

/// Completes with the reason why the station ends all sessions.
async fn said(farewell: &mut watch::Receiver<Option<Goodbye>>) -> Goodbye {
    // A station that is gone without a word has shut down.
    farewell.wait_for(Option::is_some).await.ok().and_then(|reason| *reason).unwrap_or(Goodbye::Shutdown)
}

/// Hands a message to the session. Pings are answered by the library below.
fn take_in(session: &mut Session, message: &Message, out: &mut Vec<Bytes>) -> Result<(), End> {
    match message {
        Message::Text(text) => session.receive(text.as_bytes(), out).map_err(End::Goodbye),
        Message::Binary(bytes) => session.receive(bytes, out).map_err(End::Goodbye),
        Message::Ping(_) | Message::Pong(_) => Ok(()),
        Message::Close(_) => Err(End::Gone),
    }
}

/// A link that broke ends the session; a message past its bound gets a word first.
fn broken(err: Error) -> End {
    debug!(error = %err, "the link broke");
    match err.into_inner().downcast_ref() {
        Some(tungstenite::Error::Capacity(_)) => End::Goodbye(Goodbye::TooLarge),
        Some(tungstenite::Error::Protocol(_) | tungstenite::Error::Utf8(_)) => {
            End::Goodbye(Goodbye::Protocol)
        }
        _ => End::Gone,
    }
}

async fn send(socket: &mut WebSocket, message: Message) -> Result<(), End> {
    match timeout(SLOW_AFTER, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Gone),
        Err(_) => Err(End::Goodbye(Goodbye::Slow)),
    }
}
