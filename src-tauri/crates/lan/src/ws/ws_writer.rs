//! One WebSocket: what can be read and written without waiting.
//!
//! Reading, pings and closing are left to the WebSocket library. Frames are not, because viewers share them: a frame of
//! the station is the same bytes for all, so its header and its payload are passed to the kernel as they are, one call
//! a viewer and no copy. One rule keeps the two apart: the library's own output is flushed before ours begins, and it
//! is not asked to read or write until all of ours is written. On an encrypted link TLS makes its own copy, and what it
//! buffers of it counts as not written.

use std::io::{self, IoSlice};
use std::task::{Context, Poll, ready};

use futures_util::{SinkExt, StreamExt};
use station::Payload;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use wire::Encoding;

use crate::transport::byte_stream::Transport;

/// Messages handed to the kernel in one call; more follow in the next.
const MESSAGES_PER_CALL: usize = 4;
/// Longest header of a frame that a server sends.
const HEADER_BYTES: usize = 10;

/// An open WebSocket.
#[derive(Debug)]
pub(crate) struct WsWriter {
    stream: WebSocketStream<Transport>,
    /// Messages that are not written completely; those before `next` are.
    unsent: Vec<Payload>,
    next: usize,
    /// Bytes of message `next` that are written, its header counted.
    gone: usize,
    /// Since when the kernel has accepted nothing of what waits.
    stuck_since: Option<Instant>,
    /// The library may have output of its own: the answer to a ping.
    library_pending: bool,
    /// The library may have buffered a message that it has read already.
    read_ahead: bool,
    /// Its session is over: only its own task sends now.
    retired: bool,
}

impl WsWriter {
    pub(crate) fn new(stream: WebSocketStream<Transport>) -> Self {
        Self {
            stream,
            unsent: Vec::new(),
            next: 0,
            gone: 0,
            stuck_since: None,
            library_pending: true,
            read_ahead: true,
            retired: false,
        }
    }

    /// Whether tasks other than its own may send: nothing waits to be written, and its session goes on.
    pub(crate) fn is_idle(&self) -> bool {
        self.is_empty() && !self.retired
    }

    /// Whether nothing waits to be written.
    pub(crate) fn is_empty(&self) -> bool {
        self.unsent.is_empty() && !self.library_pending && !self.stream.get_ref().owes()
    }

    /// From now on only its own task sends.
    pub(crate) fn retire(&mut self) {
        self.retired = true;
    }

    /// Since when the kernel has accepted nothing of what waits; `None` while it accepts all there is.
    pub(crate) fn stuck_since(&self) -> Option<Instant> {
        self.stuck_since
    }

    /// Queues messages after those that wait.
    pub(crate) fn push(&mut self, messages: Vec<Payload>) {
        if self.unsent.is_empty() {
            self.unsent = messages;
        } else {
            self.unsent.extend(messages);
        }
    }

    /// Sends `messages` on an idle writer, as far as the kernel accepts them now; whether it accepted all. The emptied
    /// list is returned, to be used for the next viewer.
    pub(crate) fn send_now(&mut self, messages: &mut Vec<Payload>) -> io::Result<bool> {
        std::mem::swap(&mut self.unsent, messages);
        let all = self.try_send()?;
        if all {
            std::mem::swap(&mut self.unsent, messages);
        }
        Ok(all)
    }

    /// Gives the library `message` to send, a ping or a close frame; false where a frame of ours has to be written first.
    pub(crate) fn start_send(&mut self, message: Message) -> Result<bool, Error> {
        if !self.unsent.is_empty() {
            return Ok(false);
        }
        self.library_pending = true;
        self.stream.start_send_unpin(message).map(|()| true)
    }

    /// Completes when all that waits is written.
    pub(crate) fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_flush(cx))?;
        while !self.try_send()? {
            ready!(self.stream.get_ref().poll_write_ready(cx))?;
        }
        Poll::Ready(Ok(()))
    }

    /// The next message. The library is polled only when there is something to read: that costs more than a readiness
    /// check, and most viewers send nothing for hours. Nothing is read while something waits to be written.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, Error>>> {
        if !self.unsent.is_empty() {
            return Poll::Pending;
        }
        if !self.read_ahead {
            // A broken socket is ready too; reading it returns the error.
            let _ = ready!(self.stream.get_ref().poll_read_ready(cx));
        }
        self.library_pending = true;
        let next = self.stream.poll_next_unpin(cx);
        self.read_ahead = next.is_ready();
        if next.is_pending()
            && let Poll::Ready(Err(err)) = self.poll_flush(cx)
        {
            return Poll::Ready(Some(Err(Error::Io(err))));
        }
        next
    }

    /// Flushes the library's own output.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // It has none while a message of ours is half written: it was not asked to read or send since.
        if self.library_pending {
            // In steps of our own, to see each one that the kernel accepts.
            while self.stream.get_ref().owes() {
                let written = self.stream.get_mut().try_write_vectored(&[]);
                if self.judge(written)?.is_none() {
                    ready!(self.stream.get_ref().poll_write_ready(cx))?;
                }
            }
            let flushed = self.stream.poll_flush_unpin(cx);
            if flushed.is_pending() {
                self.stuck_since.get_or_insert_with(Instant::now);
            }
            ready!(flushed).map_err(io::Error::other)?;
            self.stuck_since = None;
            self.library_pending = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Sends as much as the kernel accepts now; whether that was all.
    fn try_send(&mut self) -> io::Result<bool> {
        while self.next < self.unsent.len() || self.stream.get_ref().owes() {
            let written = write(self.stream.get_mut(), &self.unsent[self.next..], self.gone);
            match self.judge(written)? {
                Some(taken) => self.advance(taken),
                None => return Ok(false),
            }
        }
        self.unsent.clear();
        self.next = 0;
        Ok(true)
    }

    /// How many bytes were accepted; `None` when the kernel accepts none now.
    fn judge(&mut self, written: io::Result<usize>) -> io::Result<Option<usize>> {
        match written {
            Ok(taken) => {
                self.stuck_since = None;
                Ok(Some(taken))
            }
            Err(err) if err.kind() == io::ErrorKind::WouldBlock => {
                self.stuck_since.get_or_insert_with(Instant::now);
                Ok(None)
            }
            Err(err) => Err(err),
        }
    }

    fn advance(&mut self, written: usize) {
        self.gone += written;
        while let Some(message) = self.unsent.get(self.next) {
            let whole = Header::of(message).len + message.bytes.len();
            if self.gone < whole {
                return;
            }
            self.gone -= whole;
            self.next += 1;
        }
    }
}

/// One system call with the first of `messages`, of which `gone` bytes are written already.
fn write(transport: &mut Transport, messages: &[Payload], gone: usize) -> io::Result<usize> {
    let headers: [Header; MESSAGES_PER_CALL] =
        std::array::from_fn(|at| messages.get(at).map(Header::of).unwrap_or_default());
    let mut parts = [IoSlice::new(&[]); 2 * MESSAGES_PER_CALL];
    for (at, (header, message)) in headers.iter().zip(messages).enumerate() {
        parts[2 * at] = IoSlice::new(header.as_bytes());
        parts[2 * at + 1] = IoSlice::new(&message.bytes);
    }
    let mut left = &mut parts[..2 * messages.len().min(MESSAGES_PER_CALL)];
    IoSlice::advance_slices(&mut left, gone);
    transport.try_write_vectored(left)
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
mod tests;
