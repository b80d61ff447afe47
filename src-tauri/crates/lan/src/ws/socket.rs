//! One viewer's socket, whatever is spoken on it.
//!
//! There is no queue. Whoever serves the socket sends what there is, waits until the kernel took it, and only
//! then looks for what is newest. A socket that accepts nothing for ten seconds is closed.

use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use station::{Payload, SessionSlot};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_util::sync::CancellationToken;
use tracing::debug;
use wire::limits::{DEAD_AFTER, PING_EVERY, SHUTDOWN, SLOW_AFTER};
use wire::{Encoding, Goodbye};

use super::rate_limit::RateLimit;
use super::ws_writer::WsWriter;
use crate::transport::byte_stream::Transport;

/// What is spoken on a socket: one session of one family.
pub(crate) trait SessionHandler: Send {
    /// Where it is counted what goes out and comes in.
    fn slot(&self) -> &SessionSlot;
    /// Pushes the first words.
    fn on_open(&mut self, out: &mut Vec<Payload>);
    /// Takes in what the viewer said, and pushes the answer.
    ///
    /// # Errors
    /// The reason to end the session.
    fn on_message(&mut self, encoding: Encoding, said: &[u8], out: &mut Vec<Payload>) -> Result<(), Goodbye>;
    /// Completes when there may be something to tell. May be dropped and called again.
    ///
    /// # Errors
    /// The reason to end the session.
    fn changed(&mut self) -> impl Future<Output = Result<(), Goodbye>> + Send;
    /// Pushes what there is to tell.
    fn poll_outgoing(&mut self, out: &mut Vec<Payload>);
    /// The last message before the close frame, where the family has one.
    fn final_message(&self, reason: Goodbye) -> Option<Payload>;
}

/// A line that its own task reads. Others may post to it while it is idle.
#[derive(Debug)]
pub(crate) struct Socket {
    writer: Arc<Mutex<WsWriter>>,
    /// Ends all that came through the same listener.
    closing: CancellationToken,
    /// Why the station ends all sessions, if it does.
    close_reason: watch::Receiver<Option<Goodbye>>,
}

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The link broke.
    Gone,
    /// The viewer closes; the library has the answer ready.
    Closed,
    /// We end it, and say why.
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
    ) -> Self {
        Self { writer: Arc::new(Mutex::new(WsWriter::new(stream))), closing, close_reason }
    }

    /// Ends all that came through the same listener.
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
        let dismissed = handler.slot().close_reason();
        // Ending comes before all else: a viewer that is sent away gets no further frame.
        let end = tokio::select! {
            biased;
            reason = self.ended(dismissed) => End::Goodbye(reason),
            Err(end) = self.converse(&mut handler) => end,
        };
        debug!(?end, "ends");
        self.lock().retire();
        let leave = async {
            match end {
                // A socket that accepts nothing gets no goodbye either; it is dropped.
                End::Gone | End::Goodbye(Goodbye::Slow) => {}
                End::Closed => self.finish().await,
                End::Goodbye(reason) => drop(self.take_leave(&handler, reason).await),
            }
        };
        // Neither side may keep the other waiting for a close frame, and least of all who is sent away.
        let patience = if end == End::Goodbye(Goodbye::Revoked) { SHUTDOWN / 4 } else { SHUTDOWN / 2 };
        drop(timeout(patience, leave).await);
    }

    /// Completes with the reason when this session has to end, whatever it is doing: its listener closes, or its
    /// viewer is sent away.
    async fn ended(&self, mut dismissed: watch::Receiver<Option<Goodbye>>) -> Goodbye {
        tokio::select! {
            () = self.closing.cancelled() => (*self.close_reason.borrow()).unwrap_or(Goodbye::Shutdown),
            reason = dismissed.wait_for(Option::is_some) => {
                reason.map_or(None, |reason| *reason).unwrap_or(Goodbye::Shutdown)
            }
        }
    }

    /// Serves until there is a reason to end.
    async fn converse(&self, handler: &mut impl SessionHandler) -> Result<std::convert::Infallible, End> {
        let mut pace = RateLimit::new(Instant::now());
        let mut read_from: Option<Instant> = None;
        let (mut heard_at, mut pinged_at) = (Instant::now(), Instant::now());
        let mut alarm = std::pin::pin!(sleep(PING_EVERY));
        self.answer(handler, |handler, out| {
            handler.on_open(out);
            Ok(())
        })?;
        loop {
            self.sent().await?;
            tokio::select! {
                biased;
                news = handler.changed() => {
                    news.map_err(End::Goodbye)?;
                    // What is newest is looked for when it can be sent.
                    self.sent().await?;
                    self.answer(handler, |handler, out| {
                        handler.poll_outgoing(out);
                        Ok(())
                    })?;
                }
                message = async { pause(read_from).await; self.next().await } => {
                    heard_at = Instant::now();
                    read_from = Some(pace.count(heard_at)).filter(|from| *from > heard_at);
                    if let Some((encoding, said)) = understood(message)? {
                        handler.slot().received();
                        self.answer(handler, |handler, out| handler.on_message(encoding, &said, out))?;
                    }
                }
                () = &mut alarm => {
                    let now = Instant::now();
                    if now >= heard_at + DEAD_AFTER {
                        debug!("silent for too long");
                        return Err(End::Gone);
                    }
                    if now >= pinged_at + PING_EVERY {
                        pinged_at = now;
                        // While frames wait to go out, they do what a ping does.
                        self.lock().say(Message::Ping(Bytes::new())).map_err(|_| End::Gone)?;
                    }
                    alarm.as_mut().reset((pinged_at + PING_EVERY).min(heard_at + DEAD_AFTER));
                }
            }
        }
    }

    /// Has `handler` make its messages and writes them, before anyone else can write to it.
    fn answer<D: SessionHandler>(
        &self,
        handler: &mut D,
        speak: impl FnOnce(&mut D, &mut Vec<Payload>) -> Result<(), Goodbye>,
    ) -> Result<(), End> {
        let mut out = Vec::new();
        let mut writer = self.lock();
        let ended = speak(handler, &mut out);
        count(handler.slot(), &out);
        writer.push(out);
        ended.map_err(End::Goodbye)
    }

    /// The next message within `limit`; for what is read before a session handler takes over.
    ///
    /// # Errors
    /// How the connection ended, or `unauthorized` where nothing was said.
    pub(crate) async fn hear_within(&self, limit: Duration) -> Result<(Encoding, Bytes), End> {
        let heard = async {
            loop {
                if let Some(said) = understood(self.next().await)? {
                    return Ok(said);
                }
            }
        };
        timeout(limit, heard).await.unwrap_or(Err(End::Goodbye(Goodbye::Unauthorized)))
    }

    /// Sends one message without a session handler.
    pub(crate) async fn say(&self, payload: Payload) -> Result<(), End> {
        self.lock().push(vec![payload]);
        self.sent().await
    }

    async fn next(&self) -> Option<Result<Message, Error>> {
        poll_fn(|cx| self.lock().poll_hear(cx)).await
    }

    /// Waits until all has gone out; not for ever.
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

    /// Says the last word and closes, then waits for the viewer to close too, so that the word is read.
    async fn take_leave(&self, handler: &impl SessionHandler, reason: Goodbye) -> Result<(), End> {
        let last_word = Vec::from_iter(handler.final_message(reason));
        count(handler.slot(), &last_word);
        self.lock().push(last_word);
        self.close(reason).await
    }

    /// Closes with the code of `reason`, and waits for the other side to do the same.
    pub(crate) async fn close(&self, reason: Goodbye) -> Result<(), End> {
        let frame = CloseFrame { code: CloseCode::from(reason.close_code()), reason: Utf8Bytes::default() };
        self.sent().await?;
        self.lock().say(Message::Close(Some(frame))).map_err(|_| End::Gone)?;
        self.sent().await?;
        self.finish().await;
        Ok(())
    }

    /// Lets the library end the close handshake; what still comes is not looked at.
    pub(crate) async fn finish(&self) {
        while let Some(Ok(_)) = self.next().await {}
    }

    fn lock(&self) -> MutexGuard<'_, WsWriter> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts what is put on a writer.
pub(crate) fn count(slot: &SessionSlot, messages: &[Payload]) {
    if !messages.is_empty() {
        slot.sent(messages.len(), messages.iter().map(|message| message.bytes.len()).sum());
    }
}

/// Reading goes on at `from`, for a viewer that talks too much.
async fn pause(from: Option<Instant>) {
    if let Some(from) = from {
        sleep_until(from).await;
    }
}

/// What the viewer said, if it said something; pings are the library's.
fn understood(message: Option<Result<Message, Error>>) -> Result<Option<(Encoding, Bytes)>, End> {
    match message {
        Some(Ok(Message::Text(text))) => Ok(Some((Encoding::Json, Bytes::from(text)))),
        Some(Ok(Message::Binary(bytes))) => Ok(Some((Encoding::Msgpack, bytes))),
        Some(Ok(Message::Close(_))) => Err(End::Closed),
        Some(Ok(_)) => Ok(None),
        Some(Err(err)) => Err(broken(err)),
        None => Err(End::Gone),
    }
}

/// A link that broke ends the session; one that was misused gets a word first.
fn broken(err: Error) -> End {
    debug!(error = %err, "the link broke");
    match err {
        Error::Capacity(_) => End::Goodbye(Goodbye::TooLarge),
        Error::Protocol(_) | Error::Utf8(_) => End::Goodbye(Goodbye::Protocol),
        _ => End::Gone,
    }
}
