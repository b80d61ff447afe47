//! A session with a machine, over `GET /api/v1/stream`. Both sides prove that they know the token before anything else is
//! sent, so that it never crosses the network, and no other machine is accepted in its place.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use hyper::HeaderMap;
use hyper::http::header::{
    HeaderValue, RETRY_AFTER, SEC_WEBSOCKET_PROTOCOL, USER_AGENT as USER_AGENT_HEADER,
};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use tracing::debug;
use wire::codec::{decode_server, encode};
use wire::endpoint::CHALLENGE;
use wire::limits::{CLIENT_MESSAGE_BYTES, FRAME_BYTES};
use wire::message::Connected;
use wire::pin::{ChannelBinding, Pin};
use wire::proof::{Challenge, Identity, Purpose, Secret, hex};
use wire::text::is_id;
use wire::{ClientMessage, Encoding, Goodbye, PROTOCOL, SUBPROTOCOL, ServerMessage};

use super::address::{Address, Unreachable};
use super::constants::{RESPONSE_TIMEOUT, USER_AGENT};
use super::pace::Pace;
use super::secrets::Known;
#[cfg(unix)]
use super::tls::LocalSocket;
use super::tls::{Carrier, ConnectError, Connection, Privacy, TlsTrouble, connect};

/// Longest `Retry-After` that is respected; a longer one is a mistake, or malice.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// How long to wait for the machine's close frame when this client ends a session.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// A session with a machine. Where this program has its token, the machine has proved its identity. Requests and
/// subscriptions are those of the protocol.
#[derive(Debug)]
pub struct Stream {
    socket: Socket,
    connected: Connected,
}

/// There is no session.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no connection.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// The connection could not be encrypted.
    #[error("the connection to {address} is not encrypted as it should be: {trouble}")]
    Tls {
        /// Its address.
        address: Address,
        /// What went wrong.
        trouble: TlsTrouble,
    },
    /// It accepts the connection, and does not answer.
    #[error("{0} takes the connection and says nothing")]
    Silent(Address),
    /// What answers is not Sightline.
    #[error("what answers at {0} is not Sightline")]
    NotSightline(Address),
    /// It answers in HTTP, and accepts no WebSocket.
    #[error("{address} answered {status} where a WebSocket was asked for")]
    Blocked {
        /// Who.
        address: Address,
        /// HTTP status.
        status: u16,
    },
    /// It refuses this session for now.
    #[error("{address} answered {status}; try again later")]
    Refused {
        /// Who.
        address: Address,
        /// HTTP status.
        status: u16,
        /// `Retry-After`, where it has one.
        retry_after: Option<Duration>,
    },
    /// Another machine answers at the address.
    #[error("another machine answers at {address}: it calls itself {found}, {expected} was expected")]
    WrongMachine {
        /// Where.
        address: Address,
        /// Id that was expected.
        expected: String,
        /// Id that it claims.
        found: String,
    },
    /// It asks for a token, and there is none.
    #[error("{address} gives access to paired devices only")]
    ToPair {
        /// Who.
        address: Address,
        /// Its id, as it claims.
        machine_id: String,
    },
    /// It did not prove that it is the machine.
    #[error(
        "what answers at {0} did not prove that it is the machine that was paired; nothing was sent to it"
    )]
    Impostor(Address),
    /// It does not know the token.
    #[error("{0} does not know this token; pair with it again")]
    Unauthorized(Address),
    /// It revoked this program's access.
    #[error("{0} revoked this computer's access; its owner can pair it again")]
    Revoked(Address),
    /// It ended the session at once.
    #[error("{address} ended the session: {}", reason_text(*.reason))]
    Ended {
        /// Who.
        address: Address,
        /// Why.
        reason: Goodbye,
    },
    /// It has an older version of the protocol.
    #[error("{address} runs an older Sightline; update it")]
    Older {
        /// Who.
        address: Address,
        /// Which version, where it says.
        protocol: Option<u32>,
    },
    /// It has a newer version of the protocol.
    #[error("{address} runs a newer Sightline; update this one")]
    Newer {
        /// Who.
        address: Address,
        /// Which version, where it says.
        protocol: Option<u32>,
    },
}

/// The session is over.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// The machine ended it, for this reason.
    #[error("the machine ended the session: {}", reason_text(*.0))]
    Goodbye(Goodbye),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(Box<Error>),
    /// The connection ended without a goodbye.
    #[error("the connection ended")]
    Closed,
    /// Nothing came in time.
    #[error("no answer within {} seconds", RESPONSE_TIMEOUT.as_secs())]
    Silent,
}

/// The token to prove, and the machine it has to be.
#[derive(Debug, Clone, Copy)]
struct Proof<'a> {
    token_id: &'a str,
    secret: &'a Secret,
    /// `None` where any machine will do that knows the token.
    machine_id: Option<&'a str>,
}

/// Opens a session with the machine at `address`, over plain TCP: by the token of id `token_id`, which is `secret`.
/// The machine has to be `machine_id`, where that is known; it has to prove that it knows the token in any case.
///
/// # Errors
/// See [`OpenError`]. Another machine gets no proof; of the token no one gets more than a proof for this socket.
pub async fn open(
    address: &Address,
    token_id: &str,
    secret: &Secret,
    machine_id: Option<&str>,
) -> Result<Stream, OpenError> {
    let proof = Proof { token_id, secret, machine_id };
    authenticate(Socket::open(address, Privacy::Plain, true).await?, address, Some(proof)).await
}

/// Opens the owner's session over `socket`, whose other end is a program of this user. Nothing is proven: the system did.
///
/// # Errors
/// As [`open`].
#[cfg(unix)]
pub(crate) async fn open_local(socket: LocalSocket) -> Result<Stream, OpenError> {
    let address = Address::new("localhost", wire::PORT);
    authenticate(Socket::over(Connection::local(socket), &address, false).await?, &address, None).await
}

/// Opens a session with the machine at `address`. One that is known has to be the machine that was paired, and both sides
/// prove it; any other has to give access without a token, as a machine does to programs on it, or where anyone may view.
///
/// # Errors
/// As [`open`].
pub async fn enter(address: &Address, secure: bool, known: Option<&Known>) -> Result<Stream, OpenError> {
    let proof = known.map(|known| Proof {
        token_id: &known.token.id,
        secret: &known.token.secret,
        machine_id: Some(&known.machine_id),
    });
    let socket = Socket::open(address, Privacy::of(secure, known), proof.is_some()).await?;
    authenticate(socket, address, proof).await
}

/// Authenticates both sides, and checks the version of the protocol.
async fn authenticate(
    mut socket: Socket,
    address: &Address,
    proof: Option<Proof<'_>>,
) -> Result<Stream, OpenError> {
    let not_sightline = || OpenError::NotSightline(address.clone());
    let first = socket.recv_in_time().await.map_err(|lost| refusal(address, lost))?;
    let connected = match (first, proof) {
        (ServerMessage::Challenge { machine_id, nonce }, Some(proof)) => {
            answer(&mut socket, address, proof, &machine_id, &nonce).await?
        }
        (ServerMessage::Challenge { machine_id, .. }, None) if !is_id(&machine_id) => {
            return Err(not_sightline());
        }
        (ServerMessage::Challenge { machine_id, .. }, None) => {
            return Err(OpenError::ToPair { address: address.clone(), machine_id });
        }
        // A version that sends no challenge is older than challenges.
        (ServerMessage::Connected(_), Some(_)) => {
            return Err(OpenError::Older { address: address.clone(), protocol: None });
        }
        (ServerMessage::Connected(connected), None) if is_id(&connected.machine.id) => connected,
        _ => return Err(not_sightline()),
    };
    let (address, protocol) = (address.clone(), Some(connected.protocol));
    match connected.protocol {
        PROTOCOL => Ok(Stream { socket, connected: *connected }),
        older if older < PROTOCOL => Err(OpenError::Older { address, protocol }),
        _ => Err(OpenError::Newer { address, protocol }),
    }
}

/// Answers the challenge of machine `found`, and checks what it proves in return.
async fn answer(
    socket: &mut Socket,
    address: &Address,
    proof: Proof<'_>,
    found: &str,
    server_nonce: &str,
) -> Result<Box<Connected>, OpenError> {
    let not_sightline = || OpenError::NotSightline(address.clone());
    let Proof { token_id, secret, machine_id } = proof;
    if !is_id(found) {
        return Err(not_sightline());
    }
    if let Some(expected) = machine_id.filter(|expected| *expected != found) {
        let (expected, found) = (expected.to_owned(), found.to_owned());
        return Err(OpenError::WrongMachine { address: address.clone(), expected, found });
    }
    let nonce = hex(&random().ok_or_else(not_sightline)?);
    let challenge = Challenge {
        purpose: Purpose::Stream,
        binding: socket.binding,
        machine_id: found,
        token_id,
        server_nonce,
        client_nonce: &nonce,
    };
    let mac = secret.prove(&challenge).ok_or_else(not_sightline)?;
    let auth = ClientMessage::Auth { token_id: token_id.to_owned(), nonce: nonce.clone(), mac };
    socket.send(&auth).await.map_err(|lost| refusal(address, lost))?;
    let connected = match socket.recv_in_time().await {
        Ok(ServerMessage::Connected(connected)) => connected,
        Ok(_) => return Err(not_sightline()),
        Err(lost) => return Err(refusal(address, lost)),
    };
    let machine = Identity { name: &connected.machine.name, scope: connected.scope };
    let is_machine = |mac| secret.verifier().is_server(&challenge, Some(&machine), mac);
    // The id is in the proof as it stood in the challenge.
    let proven = connected.mac.as_deref().is_some_and(is_machine) && connected.machine.id == found;
    if proven { Ok(connected) } else { Err(OpenError::Impostor(address.clone())) }
}

impl Stream {
    /// The machine's first message.
    #[must_use]
    pub fn connected(&self) -> &Connected {
        &self.connected
    }

    /// The pin of the key that encrypts the connection; `None` on plain TCP.
    #[must_use]
    pub fn pin(&self) -> Option<Pin> {
        self.socket.binding.pin()
    }

    /// When anything was received last, pings included.
    #[must_use]
    pub fn received_at(&self) -> Instant {
        self.socket.received_at
    }

    /// Sends a message.
    ///
    /// # Errors
    /// When the connection is broken, or accepts nothing for five seconds.
    pub async fn send(&mut self, message: &ClientMessage) -> Result<(), Lost> {
        self.socket.send(message).await
    }

    /// The next message of the machine; pings are answered meanwhile. Can be dropped and called again.
    ///
    /// # Errors
    /// When the session is over: see [`Lost`].
    pub async fn recv(&mut self) -> Result<ServerMessage, Lost> {
        self.socket.recv().await
    }

    /// Its socket, and the machine's first message.
    pub(super) fn into_parts(self) -> (Socket, Connected) {
        (self.socket, self.connected)
    }

    /// Closes the session; waits for the machine for a second at most.
    pub async fn end(mut self) {
        drop(tokio::time::timeout(CLOSE_TIMEOUT, self.socket.socket.close(None)).await);
    }
}

/// A WebSocket with our messages.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) socket: WebSocketStream<Carrier>,
    pub(super) binding: ChannelBinding,
    received_at: Instant,
    pace: Pace,
}

impl Socket {
    /// Opens the WebSocket; with `asked`, the machine sends a challenge in any case.
    async fn open(address: &Address, privacy: Privacy, asked: bool) -> Result<Self, OpenError> {
        let connected = connect(address, privacy).await;
        Self::over(connected.map_err(|error| OpenError::unconnected(address, error))?, address, asked).await
    }

    /// The same over a connection that is there.
    async fn over(connection: Connection, address: &Address, asked: bool) -> Result<Self, OpenError> {
        let Connection { carrier, binding } = connection;
        let not_sightline = || OpenError::NotSightline(address.clone());
        // A machine gives some access without a proof, to programs on it for example: with a token, ask for the challenge.
        let query = if asked { format!("?{CHALLENGE}") } else { String::new() };
        let target = format!("ws://{address}/api/v1/stream{query}");
        let mut request = target.into_client_request().map_err(|_| not_sightline())?;
        let headers = request.headers_mut();
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
        headers.insert(USER_AGENT_HEADER, HeaderValue::from_static(USER_AGENT));
        let config = WebSocketConfig::default()
            .max_message_size(Some(FRAME_BYTES))
            .max_frame_size(Some(FRAME_BYTES))
            .write_buffer_size(0)
            .max_write_buffer_size(4 * CLIENT_MESSAGE_BYTES);
        let shaking =
            tokio::time::timeout(RESPONSE_TIMEOUT, client_async_with_config(request, carrier, Some(config)));
        match shaking.await.map_err(|_| OpenError::Silent(address.clone()))? {
            Ok((socket, _)) => Ok(Self { socket, binding, received_at: Instant::now(), pace: Pace::new() }),
            Err(Error::Http(answer)) => match answer.status().as_u16() {
                status @ (429 | 500..) => Err(OpenError::Refused {
                    address: address.clone(),
                    status,
                    retry_after: retry_after(answer.headers()),
                }),
                401 | 403 => Err(OpenError::Unauthorized(address.clone())),
                status => Err(OpenError::Blocked { address: address.clone(), status }),
            },
            Err(Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(_))) => {
                Err(OpenError::Newer { address: address.clone(), protocol: None })
            }
            Err(_) => Err(not_sightline()),
        }
    }

    async fn send(&mut self, message: &ClientMessage) -> Result<(), Lost> {
        let text = String::from_utf8(encode(message)).map_err(|_| Lost::Closed)?;
        let sent = tokio::time::timeout(RESPONSE_TIMEOUT, self.socket.send(Message::text(text))).await;
        sent.map_err(|_| Lost::Silent)?.map_err(broken)
    }

    async fn recv(&mut self) -> Result<ServerMessage, Lost> {
        loop {
            let received = self.next().await.ok_or(Lost::Closed)?.map_err(broken)?;
            self.received_at = Instant::now();
            if let Message::Close(Some(CloseFrame { code: CloseCode::Restart, .. })) = received {
                // The goodbye that belongs to this code.
                return Err(Lost::Goodbye(Goodbye::Changed));
            }
            let (Message::Text(_) | Message::Binary(_)) = received else { continue };
            match decode_server(Encoding::Json, &received.into_data()) {
                Ok(ServerMessage::Goodbye { reason }) => return Err(Lost::Goodbye(reason)),
                Ok(message) => return Ok(message),
                // A newer machine may send messages that are not known here.
                Err(error) => debug!(%error, "a message was ignored"),
            }
        }
    }

    /// The next message, pings included, no faster than a machine is listened to. Can be dropped and called again.
    pub(super) async fn next(&mut self) -> Option<Result<Message, Error>> {
        self.pace.wait().await;
        let received = self.socket.next().await?;
        self.pace.count(Instant::now(), received.as_ref().map_or(0, Message::len));
        Some(received)
    }

    async fn recv_in_time(&mut self) -> Result<ServerMessage, Lost> {
        tokio::time::timeout(RESPONSE_TIMEOUT, self.recv()).await.unwrap_or(Err(Lost::Silent))
    }
}

/// The `Retry-After` of an answer; `None` where there is none, or a date.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
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
        Lost::Goodbye(Goodbye::Unauthorized) => OpenError::Unauthorized(address),
        Lost::Goodbye(Goodbye::Revoked) => OpenError::Revoked(address),
        Lost::Goodbye(reason) => OpenError::Ended { address, reason },
        Lost::Silent => OpenError::Silent(address),
        Lost::Broken(_) | Lost::Closed => OpenError::NotSightline(address),
    }
}

/// Why a session ended, for people.
const fn reason_text(reason: Goodbye) -> &'static str {
    match reason {
        Goodbye::Shutdown => "Sightline was ended there",
        Goodbye::Suspend => "it goes to sleep",
        Goodbye::Update => "Sightline is updated there",
        Goodbye::Changed => "what may be seen was changed",
        Goodbye::Revoked => "the access was revoked",
        Goodbye::Unauthorized => "it does not know the token",
        Goodbye::Protocol | Goodbye::TooLarge => "it rejected the request",
        Goodbye::Slow => "the connection was too slow",
        Goodbye::TooMany => "too many are connected",
    }
}

impl OpenError {
    /// Which machine it is about.
    #[must_use]
    pub fn address(&self) -> &Address {
        match self {
            OpenError::Unreachable(error) => error.address(),
            OpenError::Silent(address)
            | OpenError::NotSightline(address)
            | OpenError::Impostor(address)
            | OpenError::Unauthorized(address)
            | OpenError::Revoked(address)
            | OpenError::Tls { address, .. }
            | OpenError::Blocked { address, .. }
            | OpenError::Refused { address, .. }
            | OpenError::WrongMachine { address, .. }
            | OpenError::ToPair { address, .. }
            | OpenError::Ended { address, .. }
            | OpenError::Older { address, .. }
            | OpenError::Newer { address, .. } => address,
        }
    }

    /// There is no connection to `address`.
    pub(crate) fn unconnected(address: &Address, error: ConnectError) -> Self {
        match error {
            ConnectError::Unreachable(error) => OpenError::Unreachable(error),
            ConnectError::Tls(trouble) => OpenError::Tls { address: address.clone(), trouble },
        }
    }
}

/// Random bytes for one socket; nothing where the system has none.
pub(crate) fn random() -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}
