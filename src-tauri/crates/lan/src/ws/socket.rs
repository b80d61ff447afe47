//! The task of one viewer's WebSocket, for any protocol: it reads, writes, pings and closes for a [`SessionHandler`].
//!
//! There is no queue. The task sends what there is, waits until the kernel has accepted it, and only then asks for what
//! is newest. A socket that accepts nothing for ten seconds is closed. One that sends too much, or what costs too much, is
//! read later.

use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use station::cpu_budget::Account;
use station::{Payload, SessionSlot};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_util::sync::CancellationToken;
use tracing::debug;
use wire::limits::{CPU_WAIT_STREAM, DEAD_AFTER, PING_EVERY, SHUTDOWN, SLOW_AFTER};
use wire::{Encoding, Goodbye};

use super::rate_limit::RateLimit;
use super::ws_writer::WsWriter;
use crate::transport::byte_stream::Transport;

/// The protocol on a socket: one session of one family.
pub(crate) trait SessionHandler: Send {
    /// Its slot, which counts what is sent and received.
    fn slot(&self) -> &SessionSlot;
    /// Pushes the first messages.
    fn on_open(&mut self, out: &mut Vec<Payload>);
    /// Handles a message of the viewer, and pushes the answer.
    ///
    /// # Errors
    /// The reason to end the session.
    fn on_message(&mut self, encoding: Encoding, bytes: &[u8], out: &mut Vec<Payload>)
    -> Result<(), Goodbye>;
    /// Completes when there may be something to send. May be dropped and called again.
    ///
    /// # Errors
    /// The reason to end the session.
    fn changed(&mut self) -> impl Future<Output = Result<(), Goodbye>> + Send;
    /// Pushes what there is to send.
    fn poll_outgoing(&mut self, out: &mut Vec<Payload>);
    /// The last message before the close frame, where the family has one.
    fn final_message(&self, reason: Goodbye) -> Option<Payload>;
}

/// A socket that its own task reads. The fanout may write to it while it is idle.
#[derive(Debug)]
pub(crate) struct Socket {
    writer: Arc<Mutex<WsWriter>>,
    /// Cancelled when the listener that accepted it closes.
    closing: CancellationToken,
    /// Why the station ends all sessions, if it does.
    close_reason: watch::Receiver<Option<Goodbye>>,
    /// By which its task pays.
    account: Account,
}

/// What the library reads: a message, an error, or the end.
type Received = Option<Result<Message, Error>>;

/// A message whose viewer has used up its CPU time.
#[derive(Debug)]
struct Held {
    message: Received,
    /// It is handled then in any case.
    until: Instant,
}

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The connection broke.
    Gone,
    /// The viewer closes; the library has the answer ready.
    Closed,
    /// We end it, for this reason.
    Goodbye(Goodbye),
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        End::Gone
    }
}

impl Socket {
    pub(crate) fn new(
        stream: WebSocketStream<Transport>,
        closing: CancellationToken,
        close_reason: watch::Receiver<Option<Goodbye>>,
        account: Account,
    ) -> Self {
        Self { writer: Arc::new(Mutex::new(WsWriter::new(stream))), closing, close_reason, account }
    }

    /// Cancelled when the listener that accepted it closes.
    pub(crate) fn closing(&self) -> &CancellationToken {
        &self.closing
    }

    /// What it writes with.
    pub(crate) fn writer(&self) -> &Arc<Mutex<WsWriter>> {
        &self.writer
    }

    /// Serves `handler` until one side ends it.
    pub(crate) async fn serve(self, mut handler: impl SessionHandler) {
        debug!("began");
        self.account.set(handler.slot().peer().payer());
        let session_reason = handler.slot().close_reason();
        // The end comes first: a session that is to be closed gets no further frame.
        let end = tokio::select! {
            biased;
            reason = self.ended(session_reason) => End::Goodbye(reason),
            Err(end) = self.run(&mut handler) => end,
        };
        debug!(?end, "ends");
        self.lock().retire();
        let close = async {
            match end {
                // A socket that accepts nothing would not accept a goodbye either; it is dropped.
                End::Gone | End::Goodbye(Goodbye::Slow) => {}
                End::Closed => self.finish().await,
                End::Goodbye(reason) => drop(self.end_session(&handler, reason).await),
            }
        };
        // A peer that does not answer the close frame must not delay shutdown, and least of all a revoked one.
        let limit = if end == End::Goodbye(Goodbye::Revoked) { SHUTDOWN / 4 } else { SHUTDOWN / 2 };
        drop(timeout(limit, close).await);
    }

    /// Completes with the reason when this session has to end, whatever it is doing: its listener closes, or the
    /// session itself is to be closed.
    async fn ended(&self, mut session_reason: watch::Receiver<Option<Goodbye>>) -> Goodbye {
        tokio::select! {
            () = self.closing.cancelled() => (*self.close_reason.borrow()).unwrap_or(Goodbye::Shutdown),
            reason = session_reason.wait_for(Option::is_some) => {
                reason.map_or(None, |reason| *reason).unwrap_or(Goodbye::Shutdown)
            }
        }
    }

    /// Serves until there is a reason to end.
    async fn run(&self, handler: &mut impl SessionHandler) -> Result<std::convert::Infallible, End> {
        let mut rate_limit = RateLimit::new(Instant::now());
        let mut paced_from: Option<Instant> = None;
        let mut held = None;
        let (mut received_at, mut pinged_at) = (Instant::now(), Instant::now());
        let mut timer = std::pin::pin!(sleep(PING_EVERY));
        self.answer(handler, |handler, out| {
            handler.on_open(out);
            Ok(())
        })?;
        loop {
            self.sent().await?;
            tokio::select! {
                biased;
                changed = handler.changed() => {
                    changed.map_err(End::Goodbye)?;
                    // The newest is taken only when it can be sent.
                    self.sent().await?;
                    self.answer(handler, |handler, out| {
                        handler.poll_outgoing(out);
                        Ok(())
                    })?;
                }
                message = async { pause(paced_from).await; self.heard(&mut held).await } => {
                    received_at = Instant::now();
                    paced_from = Some(rate_limit.count(received_at)).filter(|from| *from > received_at);
                    if let Some((encoding, bytes)) = payload_of(message)? {
                        handler.slot().received();
                        self.answer(handler, |handler, out| handler.on_message(encoding, &bytes, out))?;
                    }
                }
                () = &mut timer => {
                    let now = Instant::now();
                    if now >= received_at + DEAD_AFTER {
                        debug!("silent for too long");
                        return Err(End::Gone);
                    }
                    if now >= pinged_at + PING_EVERY {
                        pinged_at = now;
                        // Where frames wait to be written, no ping is needed to test the connection.
                        self.lock().start_send(Message::Ping(Bytes::new())).map_err(|_| End::Gone)?;
                    }
                    timer.as_mut().reset((pinged_at + PING_EVERY).min(received_at + DEAD_AFTER));
                }
            }
        }
    }

    /// The next message, once its viewer has CPU time left: see [`station::cpu_budget`]. It waits in `held`, since this
    /// future may be dropped and called again. Nothing waits so long that either end takes the other for dead.
    async fn heard(&self, held: &mut Option<Held>) -> Received {
        if held.is_none() {
            let message = self.next().await;
            let asks = matches!(message, Some(Ok(Message::Text(_) | Message::Binary(_))));
            let longest = if asks { CPU_WAIT_STREAM } else { Duration::ZERO };
            *held = Some(Held { message, until: Instant::now() + longest });
        }
        // Asked anew after each wait: what is answered meanwhile costs as well.
        while let Some(Held { until, .. }) = held
            && let (wait, now) = (self.account.wait(), Instant::now())
            && !wait.is_zero()
            && now < *until
        {
            sleep_until((now + wait).min(*until)).await;
        }
        held.take().and_then(|held| held.message)
    }

    /// Has `handler` make its messages and queues them, before any other task can write.
    fn answer<D: SessionHandler>(
        &self,
        handler: &mut D,
        make: impl FnOnce(&mut D, &mut Vec<Payload>) -> Result<(), Goodbye>,
    ) -> Result<(), End> {
        let mut out = Vec::new();
        let mut writer = self.lock();
        let ended = make(handler, &mut out);
        count(handler.slot(), &out);
        writer.push(out);
        ended.map_err(End::Goodbye)
    }

    /// The next message within `limit`; for what is read before there is a session.
    ///
    /// # Errors
    /// How the connection ended, or `unauthorized` where nothing came.
    pub(crate) async fn recv_within(&self, limit: Duration) -> Result<(Encoding, Bytes), End> {
        let received = async {
            loop {
                if let Some(message) = payload_of(self.next().await)? {
                    return Ok(message);
                }
            }
        };
        timeout(limit, received).await.unwrap_or(Err(End::Goodbye(Goodbye::Unauthorized)))
    }

    /// Sends one message, where there is no session yet.
    pub(crate) async fn send(&self, payload: Payload) -> Result<(), End> {
        self.lock().push(vec![payload]);
        self.sent().await
    }

    async fn next(&self) -> Received {
        poll_fn(|cx| self.lock().poll_next(cx)).await
    }

    /// Waits until all is written, at most [`SLOW_AFTER`] without progress.
    async fn sent(&self) -> Result<(), End> {
        if self.lock().is_empty() {
            return Ok(());
        }
        let mut sending = std::pin::pin!(poll_fn(|cx| self.lock().poll_send(cx)));
        loop {
            let stuck_since = self.lock().stuck_since().unwrap_or_else(Instant::now);
            tokio::select! {
                biased;
                sent = &mut sending => return Ok(sent?),
                () = sleep_until(stuck_since + SLOW_AFTER) => {}
            }
            if self.lock().stuck_since().is_some_and(|since| since.elapsed() >= SLOW_AFTER) {
                return Err(End::Goodbye(Goodbye::Slow));
            }
        }
    }

    /// Sends the final message and closes, then waits for the viewer to close too, so that the message is read.
    async fn end_session(&self, handler: &impl SessionHandler, reason: Goodbye) -> Result<(), End> {
        let final_message = Vec::from_iter(handler.final_message(reason));
        count(handler.slot(), &final_message);
        self.lock().push(final_message);
        self.close(reason).await
    }

    /// Closes with the code of `reason`, and waits for the other side to do the same.
    pub(crate) async fn close(&self, reason: Goodbye) -> Result<(), End> {
        let frame = CloseFrame { code: CloseCode::from(reason.close_code()), reason: Utf8Bytes::default() };
        self.sent().await?;
        self.lock().start_send(Message::Close(Some(frame))).map_err(|_| End::Gone)?;
        self.sent().await?;
        self.finish().await;
        Ok(())
    }

    /// Lets the library end the close handshake; what still comes is ignored.
    pub(crate) async fn finish(&self) {
        while let Some(Ok(_)) = self.next().await {}
    }

    fn lock(&self) -> MutexGuard<'_, WsWriter> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts messages that are queued on a writer.
pub(crate) fn count(slot: &SessionSlot, messages: &[Payload]) {
    if !messages.is_empty() {
        slot.sent(messages.len(), messages.iter().map(|message| message.bytes.len()).sum());
    }
}

/// Completes at `from`, when a viewer past its rate limit is read again.
async fn pause(from: Option<Instant>) {
    if let Some(from) = from {
        sleep_until(from).await;
    }
}

/// The message of the viewer, if it is one of ours; pings are answered by the library.
fn payload_of(message: Received) -> Result<Option<(Encoding, Bytes)>, End> {
    match message {
        Some(Ok(Message::Text(text))) => Ok(Some((Encoding::Json, Bytes::from(text)))),
        Some(Ok(Message::Binary(bytes))) => Ok(Some((Encoding::Msgpack, bytes))),
        Some(Ok(Message::Close(_))) => Err(End::Closed),
        Some(Ok(_)) => Ok(None),
        Some(Err(err)) => Err(broken(err)),
        None => Err(End::Gone),
    }
}

/// A broken connection ends the session at once; one that violates the protocol gets a goodbye first.
fn broken(err: Error) -> End {
    debug!(error = %err, "the connection broke");
    match err {
        Error::Capacity(_) => End::Goodbye(Goodbye::TooLarge),
        Error::Protocol(_) | Error::Utf8(_) => End::Goodbye(Goodbye::Protocol),
        _ => End::Gone,
    }
}
