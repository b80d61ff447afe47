//! A WebSocket to a machine over which somebody else speaks the protocol: the page of the window, where the engine's own
//! WebSocket will not do. What is decided here is where it leads and by which key it is encrypted; who proves what to
//! whom is said in the messages, which pass unread.

use futures_util::{SinkExt, StreamExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use wire::limits::CLIENT_MESSAGE_BYTES;

use super::address::Address;
use super::constants::RESPONSE_TIMEOUT;
use super::secrets::Known;
use super::stream::{OpenError, Socket};
use super::tls::Privacy;

/// What RFC 6455 calls a connection that broke.
const ABNORMAL: u16 = 1006;
/// And one that ended without a code.
const NO_CODE: u16 = 1005;

/// An open WebSocket. Dropping it hangs up.
#[derive(Debug)]
pub struct RawSocket(Socket);

/// What comes over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A message, at most [`wire::limits::FRAME_BYTES`] long.
    Text(Utf8Bytes),
    /// Nothing more: the other end closed it with this code, or it broke.
    Closed(u16),
}

/// What was said did not go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// No message of a client is as long.
    #[error("a message has at most {CLIENT_MESSAGE_BYTES} bytes")]
    TooLarge,
    /// The connection broke, or takes nothing.
    #[error("the connection broke")]
    Broken,
}

impl RawSocket {
    /// Opens one to the machine at `address`, which will ask for a proof. A link that is `secure` is encrypted by the key
    /// of the machine that is `known`, and by no other.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(address: &Address, secure: bool, known: &Known) -> Result<Self, OpenError> {
        Socket::open(address, Privacy::of(secure, Some(known)), true).await.map(Self)
    }

    /// Says something.
    ///
    /// # Errors
    /// When it is too large, or the other end takes nothing for five seconds.
    pub async fn send(&mut self, text: String) -> Result<(), SendError> {
        if text.len() > CLIENT_MESSAGE_BYTES {
            return Err(SendError::TooLarge);
        }
        let said = timeout(RESPONSE_TIMEOUT, self.0.socket.send(Message::text(text))).await;
        said.map_err(|_| SendError::Broken)?.map_err(|_| SendError::Broken)
    }

    /// What comes next; pings are answered meanwhile. Can be dropped and called again.
    pub async fn recv(&mut self) -> Received {
        loop {
            match self.0.socket.next().await {
                Some(Ok(Message::Text(text))) => return Received::Text(text),
                Some(Ok(Message::Close(frame))) => {
                    return Received::Closed(frame.map_or(NO_CODE, |frame| frame.code.into()));
                }
                // No machine of ours says anything else.
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Received::Closed(ABNORMAL),
            }
        }
    }
}
