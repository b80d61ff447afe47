//! One viewer's socket, whatever is spoken on it.
//!
//! Reading, pings and closing are the WebSocket library's. What viewers share is not: a frame of the station is
//! the same bytes for all, so its few bytes of header and its payload go to the kernel as they are, one call a
//! viewer and no copy. Both meet in one rule: the library's own output is flushed before ours begins, and it is
//! not asked to read or write until ours has gone out whole.
//!
//! There is no queue. Whoever serves the socket sends what there is, waits until the kernel took it, and only
//! then looks for what is newest. A socket that accepts nothing for ten seconds is closed.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::task::ready;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use station::{Payload, Seat};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_util::sync::CancellationToken;
use tracing::debug;
use wire::limits::{DEAD_AFTER, PING_EVERY, SHUTDOWN, SLOW_AFTER};
use wire::{Encoding, Goodbye};

use crate::pace::Pace;

/// Messages handed to the kernel in one call; more follow in the next.
const MESSAGES_PER_CALL: usize = 4;
/// Longest header of a frame that a server sends.
const HEADER_BYTES: usize = 10;

/// What is spoken on a socket: one session of one family.
pub(crate) trait Dialogue: Send {
    /// Where it is counted what goes out and comes in.
    fn seat(&self) -> &Seat;
    /// Pushes the first words.
    fn greet(&mut self, out: &mut Vec<Payload>);
    /// Takes in what the viewer said, and pushes the answer.
    ///
    /// # Errors
    /// The reason to end the session.
    fn hear(&mut self, encoding: Encoding, said: &[u8], out: &mut Vec<Payload>) -> Result<(), Goodbye>;
    /// Completes when there may be something to tell. May be dropped and called again.
    ///
    /// # Errors
    /// The reason to end the session.
    fn news(&mut self) -> impl Future<Output = Result<(), Goodbye>> + Send;
    /// Pushes what there is to tell.
    fn tell(&mut self, out: &mut Vec<Payload>);
    /// The last message before the close frame, where the family has one.
    fn last_word(&self, reason: Goodbye) -> Option<Payload>;
}

/// An open WebSocket.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: WebSocketStream<TcpStream>,
    closing: CancellationToken,
    /// The library may have something of its own to send: the answer to a ping.
    read_since_flush: bool,
    /// The library may hold a message that it has read already.
    read_ahead: bool,
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

impl Socket {
    pub(crate) fn new(stream: WebSocketStream<TcpStream>, closing: CancellationToken) -> Self {
        Self { stream, closing, read_since_flush: false, read_ahead: true }
    }

    /// Serves `dialogue` until one side ends it.
    pub(crate) async fn serve(mut self, mut dialogue: impl Dialogue) {
        debug!("began");
        let end = self.converse(&mut dialogue).await;
        debug!(?end, "ends");
        let leave = async {
            match end {
                // A socket that accepts nothing gets no goodbye either; it is dropped.
                End::Gone | End::Goodbye(Goodbye::Slow) => {}
                End::Closed => self.finish().await,
                End::Goodbye(reason) => drop(self.take_leave(&dialogue, reason).await),
            }
        };
        // Neither side may keep the other waiting for a close frame.
        drop(timeout(SHUTDOWN / 2, leave).await);
        debug!("ended");
    }

    /// Serves until there is a reason to end.
    async fn converse(&mut self, dialogue: &mut impl Dialogue) -> End {
        let mut pace = Pace::new(Instant::now());
        let mut read_from: Option<Instant> = None;
        let (mut heard_at, mut pinged_at) = (Instant::now(), Instant::now());
        let mut alarm = std::pin::pin!(sleep(PING_EVERY));
        let mut greeting = Vec::new();
        dialogue.greet(&mut greeting);
        if let Err(end) = self.send(&greeting, dialogue.seat()).await {
            return end;
        }
        loop {
            // Made anew each time: memory that was just used is quicker to have than this viewer's own of a second ago.
            let mut out = Vec::new();
            tokio::select! {
                biased;
                news = dialogue.news() => match news {
                    Ok(()) => dialogue.tell(&mut out),
                    Err(reason) => return End::Goodbye(reason),
                },
                message = async { pause(read_from).await; self.next().await } => {
                    heard_at = Instant::now();
                    read_from = Some(pace.count(heard_at)).filter(|from| *from > heard_at);
                    let heard = match message {
                        Some(Ok(Message::Text(text))) => Some((Encoding::Json, Bytes::from(text))),
                        Some(Ok(Message::Binary(bytes))) => Some((Encoding::Msgpack, bytes)),
                        Some(Ok(Message::Close(_))) => return End::Closed,
                        None => return End::Gone,
                        Some(Ok(_)) => None,
                        Some(Err(err)) => return broken(err),
                    };
                    if let Some((encoding, bytes)) = heard {
                        dialogue.seat().received();
                        if let Err(reason) = dialogue.hear(encoding, &bytes, &mut out) {
                            return End::Goodbye(reason);
                        }
                    }
                }
                () = &mut alarm => {
                    let now = Instant::now();
                    if now >= heard_at + DEAD_AFTER {
                        debug!("silent for too long");
                        return End::Gone;
                    }
                    if now >= pinged_at + PING_EVERY {
                        pinged_at = now;
                        if let Err(end) = self.ping().await {
                            return end;
                        }
                    }
                    alarm.as_mut().reset((pinged_at + PING_EVERY).min(heard_at + DEAD_AFTER));
                }
            }
            if let Err(end) = self.send(&out, dialogue.seat()).await {
                return end;
            }
        }
    }

    /// The next message. The library is asked only when there is something to read: asking costs more than looking,
    /// and most viewers say nothing for hours. May be dropped and called again.
    async fn next(&mut self) -> Option<Result<Message, Error>> {
        poll_fn(|cx| {
            if !self.read_ahead {
                // A broken socket is ready too; reading it tells how it broke.
                let _ = ready!(self.stream.get_ref().poll_read_ready(cx));
            }
            self.read_since_flush = true;
            let next = self.stream.poll_next_unpin(cx);
            self.read_ahead = next.is_ready();
            next
        })
        .await
    }

    /// The next message within `limit`; for what is said before a dialogue begins.
    pub(crate) async fn hear_within(&mut self, limit: std::time::Duration) -> Option<(Encoding, Bytes)> {
        let heard = async {
            loop {
                match self.next().await? {
                    Ok(Message::Text(text)) => return Some((Encoding::Json, Bytes::from(text))),
                    Ok(Message::Binary(bytes)) => return Some((Encoding::Msgpack, bytes)),
                    Ok(Message::Ping(_) | Message::Pong(_)) => {}
                    _ => return None,
                }
            }
        };
        timeout(limit, heard).await.ok().flatten()
    }

    /// Sends one message outside of a dialogue.
    pub(crate) async fn say(&mut self, payload: Payload) -> Result<(), End> {
        self.write(&[payload]).await
    }

    /// Sends all of `out`, and counts it.
    async fn send(&mut self, out: &[Payload], seat: &Seat) -> Result<(), End> {
        if out.is_empty() {
            return Ok(());
        }
        let bytes = out.iter().map(|payload| payload.bytes.len()).sum();
        for payloads in out.chunks(MESSAGES_PER_CALL) {
            self.write(payloads).await?;
        }
        seat.sent(out.len(), bytes);
        Ok(())
    }

    async fn write(&mut self, payloads: &[Payload]) -> Result<(), End> {
        self.flush().await?;
        let headers: [Header; MESSAGES_PER_CALL] =
            std::array::from_fn(|at| payloads.get(at).map(Header::of).unwrap_or_default());
        let mut parts = [IoSlice::new(&[]); 2 * MESSAGES_PER_CALL];
        for (at, (header, payload)) in headers.iter().zip(payloads).enumerate() {
            parts[2 * at] = IoSlice::new(header.as_bytes());
            parts[2 * at + 1] = IoSlice::new(&payload.bytes);
        }
        let mut left = &mut parts[..2 * payloads.len()];
        while !left.is_empty() {
            match self.stream.get_ref().try_write_vectored(left) {
                Ok(0) => return Err(End::Gone),
                Ok(written) => IoSlice::advance_slices(&mut left, written),
                Err(err) if err.kind() == io::ErrorKind::WouldBlock => self.until_writable().await?,
                Err(_) => return Err(End::Gone),
            }
        }
        Ok(())
    }

    /// Waits until the kernel takes more; not for ever, and while the door closes not for long.
    async fn until_writable(&self) -> Result<(), End> {
        let leaving = async {
            self.closing.cancelled().await;
            sleep(SHUTDOWN / 2).await;
        };
        tokio::select! {
            writable = timeout(SLOW_AFTER, self.stream.get_ref().writable()) => match writable {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(End::Gone),
                Err(_) => Err(End::Goodbye(Goodbye::Slow)),
            },
            () = leaving => Err(End::Gone),
        }
    }

    /// Lets the library send what it has to send of its own.
    async fn flush(&mut self) -> Result<(), End> {
        if !self.read_since_flush {
            return Ok(());
        }
        self.read_since_flush = false;
        in_time(self.stream.flush()).await
    }

    async fn ping(&mut self) -> Result<(), End> {
        in_time(self.stream.send(Message::Ping(Bytes::new()))).await
    }

    /// Says the last word and closes, then waits for the viewer to close too, so that the word is read.
    async fn take_leave(&mut self, dialogue: &impl Dialogue, reason: Goodbye) -> Result<(), End> {
        self.send(dialogue.last_word(reason).as_slice(), dialogue.seat()).await?;
        self.close(reason).await
    }

    /// Closes with the code of `reason`, and waits for the other side to do the same.
    pub(crate) async fn close(&mut self, reason: Goodbye) -> Result<(), End> {
        let frame = CloseFrame { code: CloseCode::from(reason.close_code()), reason: Utf8Bytes::default() };
        in_time(self.stream.send(Message::Close(Some(frame)))).await?;
        self.finish().await;
        Ok(())
    }

    /// Lets the library end the close handshake; what still comes is not looked at.
    async fn finish(&mut self) {
        while let Some(Ok(_)) = self.stream.next().await {}
    }
}

/// Reading goes on at `from`, for a viewer that talks too much.
async fn pause(from: Option<Instant>) {
    if let Some(from) = from {
        sleep_until(from).await;
    }
}

/// What the library sends by itself is small, and bound by the same patience.
async fn in_time(sending: impl Future<Output = Result<(), Error>>) -> Result<(), End> {
    match timeout(SLOW_AFTER, sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Gone),
        Err(_) => Err(End::Goodbye(Goodbye::Slow)),
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

/// Header of a frame from a server: whole messages, not masked (RFC 6455, 5.2).
#[derive(Debug, Clone, Copy, Default)]
struct Header {
    bytes: [u8; HEADER_BYTES],
    len: usize,
}

impl Header {
    fn of(payload: &Payload) -> Self {
        let mut bytes = [0; HEADER_BYTES];
        bytes[0] = match payload.encoding {
            Encoding::Json => 0x81,
            Encoding::Msgpack => 0x82,
        };
        let size = payload.bytes.len();
        let len = match (u8::try_from(size), u16::try_from(size)) {
            (Ok(size @ 0..=125), _) => {
                bytes[1] = size;
                2
            }
            (_, Ok(size)) => {
                bytes[1] = 126;
                bytes[2..4].copy_from_slice(&size.to_be_bytes());
                4
            }
            _ => {
                bytes[1] = 127;
                bytes[2..10].copy_from_slice(&(size as u64).to_be_bytes());
                10
            }
        };
        Self { bytes, len }
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_have_the_shortest_length_that_fits() {
        let cases: [(usize, Encoding, &[u8]); 6] = [
            (0, Encoding::Json, &[0x81, 0]),
            (125, Encoding::Msgpack, &[0x82, 125]),
            (126, Encoding::Json, &[0x81, 126, 0, 126]),
            (255, Encoding::Json, &[0x81, 126, 0, 255]),
            (65_535, Encoding::Json, &[0x81, 126, 255, 255]),
            (65_536, Encoding::Json, &[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ];
        for (size, encoding, expected) in cases {
            let payload = Payload { bytes: vec![b' '; size].into(), encoding };
            assert_eq!(Header::of(&payload).as_bytes(), expected, "{size}");
        }
    }
}
