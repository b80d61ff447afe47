//! A session with a machine, over `GET /api/v1/stream`. Both sides prove that they know the token before anything
//! else is said, so it never crosses the network, and nobody else is taken for the machine.

use futures_util::{SinkExt, StreamExt};
use hyper::http::header::{HeaderValue, SEC_WEBSOCKET_PROTOCOL, USER_AGENT as USER_AGENT_HEADER};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use tracing::debug;
use wire::codec::{decode_server, encode};
use wire::limits::{CLIENT_MESSAGE_BYTES, FRAME_BYTES};
use wire::message::Connected;
use wire::proof::{Challenge, Secret, hex};
use wire::{ClientMessage, Encoding, Goodbye, PROTOCOL, SUBPROTOCOL, ServerMessage};

use super::address::{Address, Unreachable};
use super::{PATIENCE, USER_AGENT};
use crate::stream::CHALLENGE;

/// A session with a machine that proved itself. Its requests and subscriptions are those of the protocol.
#[derive(Debug)]
pub struct Stream {
    socket: Socket,
    connected: Connected,
}

/// There is no session.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nobody answers.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// Something answers, and it is no Sightline, or goes silent.
    #[error("what answers at {0} is no Sightline")]
    Stranger(Address),
    /// It does not take this session now.
    #[error("{address} answered {status}; try again later")]
    Refused {
        /// Who.
        address: Address,
        /// HTTP status.
        status: u16,
    },
    /// Another machine answers at the address.
    #[error("another machine answers at {address}: it calls itself {found}, {expected} was expected")]
    WrongMachine {
        /// Where.
        address: Address,
        /// Id that was expected.
        expected: String,
        /// Id that was said.
        found: String,
    },
    /// It did not prove that it is the machine.
    #[error(
        "what answers at {0} did not prove that it is the machine that was paired; nothing was told to it"
    )]
    Impostor(Address),
    /// It does not know the token.
    #[error("{0} does not know this token; pair with it again")]
    NotLetIn(Address),
    /// It took the access back.
    #[error("{0} took the access back; its owner can let you in again")]
    Revoked(Address),
    /// It ended the session at once.
    #[error("{address} ended the session: {}", words(*.reason))]
    Ended {
        /// Who.
        address: Address,
        /// Why.
        reason: Goodbye,
    },
    /// It speaks an older version of the protocol.
    #[error("{0} runs an older Sightline; update it")]
    Older(Address),
    /// It speaks a newer version of the protocol.
    #[error("{0} runs a newer Sightline; update this one")]
    Newer(Address),
}

/// The session is over.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// The machine said why.
    #[error("the machine ended the session: {}", words(*.0))]
    Goodbye(Goodbye),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(Box<Error>),
    /// The connection ended without a word.
    #[error("the connection ended")]
    Closed,
    /// Nothing came in time.
    #[error("no answer within {} seconds", PATIENCE.as_secs())]
    Silent,
}

/// Opens a session with the machine at `address`: by the token of id `token_id`, which is `secret`. The machine has
/// to be `machine_id`, where that is known; it has to prove that it knows the token in any case.
///
/// # Errors
/// See [`OpenError`]. A wrong machine is told nothing; of the token nobody is told more than a proof for this socket.
pub async fn open(
    address: &Address,
    token_id: &str,
    secret: &Secret,
    machine_id: Option<&str>,
) -> Result<Stream, OpenError> {
    let mut socket = Socket::open(address).await?;
    let stranger = || OpenError::Stranger(address.clone());
    let nonce = hex(&random().ok_or_else(stranger)?);
    let (found, server_nonce) = match socket.hear_soon().await {
        Ok(ServerMessage::Challenge { machine_id, nonce }) => (machine_id, nonce),
        // Before it could ask for a proof, it must have known what to ask for.
        Ok(ServerMessage::Connected(_)) => return Err(OpenError::Older(address.clone())),
        Ok(_) => return Err(stranger()),
        Err(lost) => return Err(refusal(address, lost)),
    };
    if let Some(expected) = machine_id.filter(|expected| *expected != found) {
        return Err(OpenError::WrongMachine {
            address: address.clone(),
            expected: expected.to_owned(),
            found,
        });
    }
    let challenge = Challenge { machine_id: &found, server_nonce: &server_nonce, client_nonce: &nonce };
    let mac = secret.prove(&challenge);
    let answer = ClientMessage::Auth { token_id: token_id.to_owned(), nonce: nonce.clone(), mac };
    socket.say(&answer).await.map_err(|lost| refusal(address, lost))?;
    let connected = match socket.hear_soon().await {
        Ok(ServerMessage::Connected(connected)) => connected,
        Ok(_) => return Err(stranger()),
        Err(lost) => return Err(refusal(address, lost)),
    };
    let proven = connected.mac.as_deref().is_some_and(|mac| secret.verifier().is_server(&challenge, mac));
    if !proven {
        return Err(OpenError::Impostor(address.clone()));
    }
    match connected.protocol {
        PROTOCOL => Ok(Stream { socket, connected: *connected }),
        older if older < PROTOCOL => Err(OpenError::Older(address.clone())),
        _ => Err(OpenError::Newer(address.clone())),
    }
}

impl Stream {
    /// What the machine said first.
    #[must_use]
    pub fn connected(&self) -> &Connected {
        &self.connected
    }

    /// Says something.
    ///
    /// # Errors
    /// When the connection is broken, or takes nothing for five seconds.
    pub async fn say(&mut self, message: &ClientMessage) -> Result<(), Lost> {
        self.socket.say(message).await
    }

    /// The next thing that the machine says; pings are answered meanwhile. Can be dropped and called again.
    ///
    /// # Errors
    /// When the session is over: see [`Lost`].
    pub async fn hear(&mut self) -> Result<ServerMessage, Lost> {
        self.socket.hear().await
    }
}

/// A WebSocket that speaks our messages.
#[derive(Debug)]
struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    async fn open(address: &Address) -> Result<Self, OpenError> {
        let stranger = || OpenError::Stranger(address.clone());
        // A machine lets some in without a proof, those of its own computer for example: this one wants to be asked.
        let target = format!("ws://{address}/api/v1/stream?{CHALLENGE}");
        let mut request = target.into_client_request().map_err(|_| stranger())?;
        let headers = request.headers_mut();
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
        headers.insert(USER_AGENT_HEADER, HeaderValue::from_static(USER_AGENT));
        let config = WebSocketConfig::default()
            .max_message_size(Some(FRAME_BYTES))
            .max_frame_size(Some(FRAME_BYTES))
            .write_buffer_size(0)
            .max_write_buffer_size(4 * CLIENT_MESSAGE_BYTES);
        let tcp = address.connect().await?;
        let shaking = tokio::time::timeout(PATIENCE, client_async_with_config(request, tcp, Some(config)));
        match shaking.await.map_err(|_| stranger())? {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(answer)) => match answer.status().as_u16() {
                status @ (429 | 500..) => Err(OpenError::Refused { address: address.clone(), status }),
                401 | 403 => Err(OpenError::NotLetIn(address.clone())),
                _ => Err(stranger()),
            },
            Err(Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(_))) => {
                Err(OpenError::Newer(address.clone()))
            }
            Err(_) => Err(stranger()),
        }
    }

    async fn say(&mut self, message: &ClientMessage) -> Result<(), Lost> {
        let text = String::from_utf8(encode(message)).map_err(|_| Lost::Closed)?;
        let said = tokio::time::timeout(PATIENCE, self.0.send(Message::text(text))).await;
        said.map_err(|_| Lost::Silent)?.map_err(broken)
    }

    async fn hear(&mut self) -> Result<ServerMessage, Lost> {
        loop {
            let heard = self.0.next().await.ok_or(Lost::Closed)?.map_err(broken)?;
            let (Message::Text(_) | Message::Binary(_)) = heard else { continue };
            match decode_server(Encoding::Json, &heard.into_data()) {
                Ok(ServerMessage::Goodbye { reason }) => return Err(Lost::Goodbye(reason)),
                Ok(message) => return Ok(message),
                // A newer machine may say more than is known here.
                Err(error) => debug!(%error, "a message was passed over"),
            }
        }
    }

    async fn hear_soon(&mut self) -> Result<ServerMessage, Lost> {
        tokio::time::timeout(PATIENCE, self.hear()).await.unwrap_or(Err(Lost::Silent))
    }
}

fn broken(error: Error) -> Lost {
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed => Lost::Closed,
        error => Lost::Broken(Box::new(error)),
    }
}

/// Why a session ended before it began.
fn refusal(address: &Address, lost: Lost) -> OpenError {
    let address = address.clone();
    match lost {
        Lost::Goodbye(Goodbye::Unauthorized) => OpenError::NotLetIn(address),
        Lost::Goodbye(Goodbye::Revoked) => OpenError::Revoked(address),
        Lost::Goodbye(reason) => OpenError::Ended { address, reason },
        Lost::Broken(_) | Lost::Closed | Lost::Silent => OpenError::Stranger(address),
    }
}

/// Why a session ended, for people.
const fn words(reason: Goodbye) -> &'static str {
    match reason {
        Goodbye::Shutdown => "Sightline was ended there",
        Goodbye::Suspend => "it goes to sleep",
        Goodbye::Update => "Sightline is updated there",
        Goodbye::Changed => "what may be seen was changed",
        Goodbye::Revoked => "the access was taken back",
        Goodbye::Unauthorized => "it does not know the token",
        Goodbye::Protocol | Goodbye::TooLarge => "it did not understand what was said",
        Goodbye::Slow => "the connection was too slow",
        Goodbye::TooMany => "too many are connected",
    }
}

/// Random bytes for one socket; nothing where the system has none.
pub(super) fn random() -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}
