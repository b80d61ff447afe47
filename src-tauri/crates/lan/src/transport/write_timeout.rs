//! A stream whose writes time out where the peer accepts nothing: an answer that is not read would be kept for ever.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};
use wire::limits::SLOW_AFTER;

/// `stream`, whose writes fail once one has waited for [`SLOW_AFTER`]. TLS comes above it: what TLS buffers is not what
/// the peer accepts.
#[derive(Debug)]
pub(crate) struct WriteTimeout<S> {
    stream: S,
    /// Runs while a write waits.
    ends: Option<Pin<Box<Sleep>>>,
    /// The timeout is off.
    disabled: bool,
}

impl<S> WriteTimeout<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, ends: None, disabled: false }
    }

    /// The stream itself.
    pub(crate) fn get_ref(&self) -> &S {
        &self.stream
    }

    /// Turns the timeout off: the owner of the stream has its own.
    pub(crate) fn disable_timeout(&mut self) {
        self.disabled = true;
        self.ends = None;
    }

    /// The result of a write, or `TimedOut`.
    fn judge(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() || self.disabled {
            self.ends = None;
            return written;
        }
        let ends = self.ends.get_or_insert_with(|| Box::pin(sleep(SLOW_AFTER)));
        ready!(ends.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "nothing of an answer was taken for too long",
        )))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WriteTimeout<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.judge(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WriteTimeout<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::Instant;

    use super::*;

    const ANSWER: [u8; 64] = [b'a'; 64];

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_given_up() {
        let (stream, _peer) = duplex(16);
        let begun = Instant::now();
        let err = WriteTimeout::new(stream).write_all(&ANSWER).await.unwrap_err();
        assert_eq!((err.kind(), begun.elapsed()), (io::ErrorKind::TimedOut, SLOW_AFTER));
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_watched_by_others_is_not_given_up() {
        let (stream, _peer) = duplex(16);
        let mut stream = WriteTimeout::new(stream);
        stream.disable_timeout();
        tokio::time::timeout(SLOW_AFTER * 10, stream.write_all(&ANSWER)).await.unwrap_err();
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_a_little_now_and_then_is_served() {
        let (stream, mut peer) = duplex(16);
        let mut stream = WriteTimeout::new(stream);
        let begun = Instant::now();
        let mut taken = Vec::new();
        let takes = async {
            while taken.len() < ANSWER.len() {
                sleep(SLOW_AFTER / 2).await;
                let mut some = [0; 8];
                let count = peer.read(&mut some).await.unwrap();
                taken.extend_from_slice(&some[..count]);
            }
        };
        let (written, ()) = tokio::join!(stream.write_all(&ANSWER), takes);
        written.unwrap();
        assert_eq!(taken, ANSWER);
        assert!(begun.elapsed() > SLOW_AFTER);
    }
}
