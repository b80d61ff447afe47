//! From an HTTP request to a WebSocket: the handshake, checked by the library, and the bare stream after it.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::{
    CONNECTION, HeaderName, HeaderValue, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use station::cpu_budget::Account;
use tokio::sync::watch;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, Span, debug};
use wire::limits::CLIENT_MESSAGE_BYTES;
use wire::pin::ChannelBinding;
use wire::{Goodbye, HttpReason};

use super::socket::Socket;
use crate::error_response::ErrorResponse;
use crate::transport::byte_stream::Transport;

/// Requests are a few hundred bytes; the library's default of 128 KiB a viewer would be all memory of a thousand.
const READ_BUFFER_BYTES: usize = 512;

/// A request that may become a WebSocket.
#[derive(Debug)]
pub(crate) struct Upgrade {
    answer: Response,
    stream: OnUpgrade,
    /// The subprotocols that the client offers.
    offered: Vec<String>,
    /// Cancelled when the listener that accepted it closes.
    closing: CancellationToken,
    /// By which its connection pays.
    account: Account,
}

impl<S: Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let encrypted = parts.extensions.get().is_some_and(|binding: &ChannelBinding| binding.is_encrypted());
        if !key_fits(&parts.headers) {
            let problem = || ErrorResponse::from(HttpReason::BadWebSocketKey).into_response();
            let upgrading = parts.headers.contains_key(UPGRADE);
            return Err(if upgrading { problem() } else { upgrade_required(encrypted) });
        }
        let mut request = Request::builder().method(parts.method.clone()).version(parts.version);
        if let Some(headers) = request.headers_mut() {
            headers.clone_from(&parts.headers);
            if names(&parts.headers, &UPGRADE).any(|name| name.eq_ignore_ascii_case("websocket")) {
                // The library accepts the one token only; HTTP allows a list.
                headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
            }
        }
        let request = request.body(()).map_err(|_| upgrade_required(encrypted))?;
        let answer =
            create_response(&request).map_err(|_| upgrade_required(encrypted))?.map(|()| Body::empty());
        let stream = parts.extensions.remove::<OnUpgrade>().ok_or_else(|| upgrade_required(encrypted))?;
        let offered = names(&parts.headers, &SEC_WEBSOCKET_PROTOCOL).map(str::to_owned).collect();
        let closing = parts.extensions.get().cloned().unwrap_or_default();
        let account = parts.extensions.get::<Account>().cloned().expect("every connection has one");
        Ok(Self { answer, stream, offered, closing, account })
    }
}

/// The names in a header that is a list, over all its lines.
fn names<'a>(headers: &'a HeaderMap, header: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(header).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

/// Exactly one key of 16 bytes in base64, as RFC 6455 (4.2.1) requires; the library accepts any text.
fn key_fits(headers: &HeaderMap) -> bool {
    let mut keys = headers.get_all(SEC_WEBSOCKET_KEY).iter();
    let (Some(key), None) = (keys.next(), keys.next()) else { return false };
    key.as_bytes().strip_suffix(b"==").is_some_and(|digits| {
        digits.len() == 22 && digits.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/'))
    })
}

/// A plain request to a path that is a WebSocket.
fn upgrade_required(encrypted: bool) -> Response {
    let reason = HttpReason::WebSocketOnly { encrypted };
    let mut response = ErrorResponse::because(StatusCode::UPGRADE_REQUIRED, reason).into_response();
    response.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
    response.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    response
}

impl Upgrade {
    /// Echoes `name` to a client that offers it. One that offers none is served all the same; a header it did not
    /// ask for would make it give up.
    pub(crate) fn protocol(mut self, name: &'static str) -> Self {
        if self.offered.iter().any(|offered| offered == name) {
            self.answer.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(name));
        }
        self
    }

    /// Answers the handshake and runs `serve` with the socket, as one of `tasks`. `close_reason` is why the station ends
    /// all sessions, if it does.
    pub(crate) fn serve<F>(
        self,
        tasks: &TaskTracker,
        close_reason: watch::Receiver<Option<Goodbye>>,
        span: Span,
        serve: impl FnOnce(Socket) -> F + Send + 'static,
    ) -> Response
    where
        F: Future<Output = ()> + Send,
    {
        let (closing, account) = (self.closing, self.account);
        let session = async move {
            let paid = account.clone();
            let served = async move {
                match opened(self.stream).await {
                    Some(stream) => serve(Socket::new(stream, closing, close_reason, account)).await,
                    None => debug!("the link broke during the handshake"),
                }
            };
            paid.charge(served).await;
        };
        tasks.spawn(session.instrument(span));
        self.answer
    }
}

/// The stream under the HTTP connection, once its answer is sent. What the client sent early is kept.
async fn opened(stream: OnUpgrade) -> Option<WebSocketStream<Transport>> {
    let parts = stream.await.ok()?.downcast::<TokioIo<Transport>>().ok()?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(CLIENT_MESSAGE_BYTES))
        .max_frame_size(Some(CLIENT_MESSAGE_BYTES))
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0);
    let (mut stream, early) = (parts.io.into_inner(), parts.read_buf);
    stream.disable_timeout();
    let socket = if early.is_empty() {
        WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await
    } else {
        WebSocketStream::from_partially_read(stream, early.to_vec(), Role::Server, Some(config)).await
    };
    Some(socket)
}
