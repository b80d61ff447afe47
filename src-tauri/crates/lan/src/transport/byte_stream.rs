//! The transport of a connection: plain TCP, TLS over it, or the owner's socket.
//!
//! HTTP and the WebSocket library read and write it as any stream. A [`crate::ws::ws_writer`] writes without waiting, by
//! [`Transport::try_write_vectored`]: on plain TCP that is one system call and no copy. TLS makes records of it first;
//! it accepts no more before the kernel has accepted all records, so that no viewer has a queue there either.

use std::io::{self, IoSlice, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio_rustls::server::TlsStream;

use super::write_timeout::WriteTimeout;

/// Bytes that TLS may buffer for one viewer, above what the kernel does: one record of the largest size.
const HELD_BYTES: usize = 16 * 1024;

/// Plain TCP, TLS, or the owner's socket.
#[derive(Debug)]
pub(crate) enum Transport {
    Plain(WriteTimeout<TcpStream>),
    Encrypted(Box<TlsStream<WriteTimeout<TcpStream>>>),
    #[cfg(unix)]
    Owner(WriteTimeout<UnixStream>),
}

/// Does the same with the stream of each, where that is the same for all.
macro_rules! each {
    ($transport:expr, $stream:ident => $then:expr) => {
        match $transport {
            Transport::Plain($stream) => $then,
            Transport::Encrypted($stream) => $then,
            #[cfg(unix)]
            Transport::Owner($stream) => $then,
        }
    };
}

impl Transport {
    /// After the handshake.
    pub(crate) fn encrypted(mut stream: TlsStream<WriteTimeout<TcpStream>>) -> Self {
        stream.get_mut().1.set_buffer_limit(Some(HELD_BYTES));
        Transport::Encrypted(Box::new(stream))
    }

    /// Whether something was accepted that is not passed to the kernel yet.
    pub(crate) fn owes(&self) -> bool {
        match self {
            Transport::Encrypted(stream) => stream.get_ref().1.wants_write(),
            _ => false,
        }
    }

    /// Writes without waiting; how many bytes of `parts` were accepted. That is 0 where the kernel accepted something of
    /// what was pending before.
    ///
    /// # Errors
    /// `WouldBlock` when the kernel accepts nothing now; any other when the connection is broken.
    pub(crate) fn try_write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let stream = match self {
            Transport::Plain(stream) => return some(stream.get_ref().try_write_vectored(parts)?),
            Transport::Encrypted(stream) => stream,
            #[cfg(unix)]
            Transport::Owner(stream) => return some(stream.get_ref().try_write_vectored(parts)?),
        };
        let (tcp, session) = stream.get_mut();
        let mut kernel = Kernel(tcp.get_ref());
        if session.wants_write() {
            return some(session.write_tls(&mut kernel)?).map(|_| 0);
        }
        let taken = some(session.writer().write_vectored(parts)?)?;
        match session.write_tls(&mut kernel) {
            // It is pending now, and counts as waiting from the next call on.
            Err(err) if err.kind() == io::ErrorKind::WouldBlock => Ok(taken),
            written => some(written?).map(|_| taken),
        }
    }

    /// Completes when the kernel may accept something.
    pub(crate) fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Transport::Plain(stream) => stream.get_ref().poll_write_ready(cx),
            Transport::Encrypted(stream) => stream.get_ref().0.get_ref().poll_write_ready(cx),
            #[cfg(unix)]
            Transport::Owner(stream) => stream.get_ref().poll_write_ready(cx),
        }
    }

    /// Completes when the kernel may have something to read. Nothing is left inside TLS by a read that would have
    /// to wait: it returns all it has first.
    pub(crate) fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Transport::Plain(stream) => stream.get_ref().poll_read_ready(cx),
            Transport::Encrypted(stream) => stream.get_ref().0.get_ref().poll_read_ready(cx),
            #[cfg(unix)]
            Transport::Owner(stream) => stream.get_ref().poll_read_ready(cx),
        }
    }

    /// From now on writes have no timeout: the owner of the transport has its own.
    pub(crate) fn disable_timeout(&mut self) {
        match self {
            Transport::Plain(stream) => stream.disable_timeout(),
            Transport::Encrypted(stream) => stream.get_mut().0.disable_timeout(),
            #[cfg(unix)]
            Transport::Owner(stream) => stream.disable_timeout(),
        }
    }
}

impl Drop for Transport {
    /// Sends TLS's `close_notify` on an encrypted link, so that the end is not taken for a truncation; as far as the
    /// kernel accepts it.
    fn drop(&mut self) {
        if let Transport::Encrypted(stream) = self {
            let (tcp, session) = stream.get_mut();
            session.send_close_notify();
            drop(session.write_tls(&mut Kernel(tcp.get_ref())));
        }
    }
}

/// A connection that accepts nothing without an error is broken.
fn some(written: usize) -> io::Result<usize> {
    if written == 0 { Err(io::ErrorKind::WriteZero.into()) } else { Ok(written) }
}

/// The TCP socket of a connection, for readiness and options.
struct Kernel<'a>(&'a TcpStream);

impl Write for Kernel<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(parts)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncRead for Transport {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_read(cx, into))
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_write_vectored(cx, parts))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_shutdown(cx))
    }
}
