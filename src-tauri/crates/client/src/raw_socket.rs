//! A WebSocket to a machine for the window's page, which implements the protocol itself once both ends have
//! authenticated: that is done here, so that the page has no part in it, and no proof is made for another connection
//! than the one it is sent over.

use futures_util::SinkExt;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use wire::limits::CLIENT_MESSAGE_BYTES;
use wire::message::Connected;
use wire::pin::Pin;

use super::address::Address;
use super::constants::RESPONSE_TIMEOUT;
use super::secrets::Known;
use super::stream::{OpenError, Socket, enter};

/// What RFC 6455 calls a connection that broke.
const ABNORMAL: u16 = 1006;
/// One that was ended over a message that is too large.
const TOO_LARGE: u16 = 1009;
/// One that ended without a code.
const NO_CODE: u16 = 1005;

/// An open WebSocket. Dropping it closes the connection.
#[derive(Debug)]
pub struct RawSocket(Socket);

/// What is received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A message, at most [`wire::limits::FRAME_BYTES`] long.
    Text(Utf8Bytes),
    /// The end: the other side closed it with this code, or it broke.
    Closed(u16),
}

/// A message could not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It is longer than a client's message may be.
    #[error("a message has at most {CLIENT_MESSAGE_BYTES} bytes")]
    TooLarge,
    /// The connection broke, or accepts nothing.
    #[error("the connection broke")]
    Broken,
}

impl RawSocket {
    /// Opens one to the machine at `address`, and authenticates both ends; what the machine said first. A link that is
    /// `secure` is encrypted by the key of the machine that is `known`, and by no other.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(
        address: &Address,
        secure: bool,
        known: &Known,
    ) -> Result<(Self, Connected), OpenError> {
        let (socket, connected) = enter(address, secure, Some(known)).await?.into_parts();
        Ok((Self(socket), connected))
    }

    /// The key that encrypts it; `None` on plain TCP.
    #[must_use]
    pub fn pin(&self) -> Option<Pin> {
        self.0.binding.pin()
    }

    /// Sends a message.
    ///
    /// # Errors
    /// When it is too large, or the other end accepts nothing for five seconds.
    pub async fn send(&mut self, text: String) -> Result<(), SendError> {
        if text.len() > CLIENT_MESSAGE_BYTES {
            return Err(SendError::TooLarge);
        }
        let sent = timeout(RESPONSE_TIMEOUT, self.0.socket.send(Message::text(text))).await;
        sent.map_err(|_| SendError::Broken)?.map_err(|_| SendError::Broken)
    }

    /// The next message, or the end; pings are answered meanwhile. Can be dropped and called again.
    pub async fn recv(&mut self) -> Received {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Received::Text(text),
                Some(Ok(Message::Close(frame))) => {
                    return Received::Closed(frame.map_or(NO_CODE, |frame| frame.code.into()));
                }
                // No machine of ours sends anything else.
                Some(Ok(_)) => {}
                Some(Err(Error::Capacity(_))) => return Received::Closed(TOO_LARGE),
                Some(Err(_)) | None => return Received::Closed(ABNORMAL),
            }
        }
    }
}
