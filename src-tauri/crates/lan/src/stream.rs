//! `GET /api/v1/stream`: the native protocol on a WebSocket.
//!
//! A viewer that has not authenticated by HTTP gets a challenge first, so that no token crosses the network, and so that
//! a client detects another machine before it sends anything.

use std::sync::{Arc, Mutex};

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use station::{Payload, Peer, Session, SessionSlot};
use tracing::{debug, debug_span};
use wire::codec::decode_client;
use wire::endpoint::CHALLENGE;
use wire::limits::{AUTH_WITHIN, SHUTDOWN};
use wire::proof::{Challenge, Identity, Purpose, hex};
use wire::{Carrier, ClientMessage, Encoding, Goodbye, HttpReason, SUBPROTOCOL, ServerMessage};

use crate::access::rights::Rights;
use crate::access::{Claim, Link};
use crate::auth::guard::HttpPeer;
use crate::error_response::ErrorResponse;
use crate::random::random;
use crate::state::ServerState;
use crate::ws::fanout::Subscriber;
use crate::ws::socket::{End, SessionHandler, Socket};
use crate::ws::upgrade::Upgrade;
use crate::ws::ws_writer::WsWriter;

/// What a viewer is told of which it cannot be told whether it has access: it tries again later, and forgets no token.
const UNCLEAR: Goodbye = Goodbye::Changed;

/// Answers the upgrade and serves the session that follows.
pub(crate) async fn upgrade(
    State(server): State<Arc<ServerState>>,
    Extension(peer): Extension<HttpPeer>,
    RawQuery(asked): RawQuery,
    upgrade: Upgrade,
) -> Result<Response, ErrorResponse> {
    let upgrade = upgrade.protocol(SUBPROTOCOL);
    let (link, served_by) = (peer.link, Arc::clone(&server));
    let address = link.address;
    let viewer = if asked.as_deref() == Some(CHALLENGE) { None } else { peer.viewer() };
    let Some(viewer) = viewer else {
        let span = debug_span!("session", peer = %address, id = tracing::field::Empty);
        let reason = match peer.refused {
            HttpReason::Revoked => Some(Goodbye::Revoked),
            HttpReason::AccessUnclear => Some(UNCLEAR),
            _ => None,
        };
        if let Some(reason) = reason {
            // A page cannot read why an upgrade was refused; the socket's goodbye says it.
            return Ok(server.serve(upgrade, span, move |socket| refuse(socket, reason)));
        }
        return Ok(server
            .serve(upgrade, span, move |socket| authenticate_and_serve(socket, served_by, link, peer.tied)));
    };
    let token = viewer.token.clone();
    let session = server.station.attach(stream_peer(link, viewer.rights, viewer.token))?;
    if let Some(token) = token {
        server.access.viewer_connected(&token, address);
    }
    let span = debug_span!("session", peer = %address, id = session.id());
    Ok(server.serve(upgrade, span, move |socket| serve(socket, served_by, session, None)))
}

fn stream_peer(link: Link, rights: Rights, token: Option<Arc<str>>) -> Peer {
    let Rights { scope, arguments } = rights;
    Peer { carrier: Carrier::Stream, address: Some(link.address), scope, arguments, token }
}

async fn serve(socket: Socket, server: Arc<ServerState>, session: Session, mac: Option<String>) {
    let native = Native::new(server, session, socket.writer(), mac);
    socket.serve(native).await;
}

/// Serves a viewer that answers the challenge; closes one that does not.
async fn authenticate_and_serve(
    socket: Socket,
    server: Arc<ServerState>,
    link: Link,
    tied: Option<Arc<str>>,
) {
    let holder = server.access.holder(link.address, link.user);
    let proven = tokio::select! {
        proven = authenticate(&socket, &server, link, tied.as_deref()) => proven,
        () = server.pending_auth.give_way(holder) => {
            server.access.gave_way(link.address);
            Err(End::Goodbye(Goodbye::TooMany))
        }
        () = socket.closing().cancelled() => Err(End::Goodbye(Goodbye::Shutdown)),
    };
    let session = proven.and_then(|(rights, token, mac)| {
        let session = server.station.attach(stream_peer(link, rights, Some(token.clone())));
        session.map(|session| (session, token, mac)).map_err(|_| End::Goodbye(Goodbye::TooMany))
    });
    match session {
        Ok((session, token, mac)) => {
            server.access.viewer_connected(&token, link.address);
            tracing::Span::current().record("id", session.id());
            serve(socket, server, session, Some(mac)).await;
        }
        Err(End::Goodbye(reason)) => refuse(socket, reason).await,
        // A page has no token: it closes the socket when it gets the challenge.
        Err(End::Closed) => drop(tokio::time::timeout(SHUTDOWN / 2, socket.finish()).await),
        Err(End::Gone) => {}
    }
}

/// Sends a goodbye to a viewer that has no access, and closes.
async fn refuse(socket: Socket, reason: Goodbye) {
    debug!(?reason, "refused");
    let close = async {
        socket.send(Payload::json(&ServerMessage::Goodbye { reason })).await?;
        socket.close(reason).await
    };
    drop(tokio::time::timeout(SHUTDOWN / 2, close).await);
}

/// Sends the challenge; what the proof grants, and our own proof in return.
async fn authenticate(
    socket: &Socket,
    server: &ServerState,
    link: Link,
    tied: Option<&str>,
) -> Result<(Rights, Arc<str>, String), End> {
    const WRONG: End = End::Goodbye(Goodbye::Unauthorized);
    let machine = server.station.machine();
    let nonce = hex(&random::<32>().map_err(|_| WRONG)?);
    let challenge = ServerMessage::Challenge { machine_id: machine.id.clone(), nonce: nonce.clone() };
    socket.send(Payload::json(&challenge)).await?;
    let (encoding, bytes) = socket.recv_within(AUTH_WITHIN).await?;
    let Ok(ClientMessage::Auth { token_id, nonce: client_nonce, mac }) = decode_client(encoding, &bytes)
    else {
        return Err(WRONG);
    };
    let challenge = Challenge {
        purpose: Purpose::Stream,
        binding: link.binding,
        machine_id: &machine.id,
        token_id: &token_id,
        server_nonce: &nonce,
        client_nonce: &client_nonce,
    };
    let proven = server.access.prove(&challenge, &mac, link.address);
    let (grant, verifier) = proven.map_err(|claim| match claim {
        Claim::Revoked => End::Goodbye(Goodbye::Revoked),
        Claim::Unclear => End::Goodbye(UNCLEAR),
        _ => WRONG,
    })?;
    let rights = grant.over(link, tied).ok_or(WRONG)?;
    let mac = verifier.prove(&challenge, Some(&Identity { name: &machine.name, scope: rights.scope }));
    Ok((rights, grant.id, mac))
}

/// The native protocol, which is the station's. Ticks are delivered by the fanout; this handles what is left: messages of
/// the viewer, and frames that the kernel did not accept.
struct Native {
    server: Arc<ServerState>,
    subscriber: Arc<Subscriber>,
    /// The session's slot, without its lock.
    slot: Arc<SessionSlot>,
    /// Our own proof, for a viewer that gave one.
    mac: Option<String>,
}

impl Native {
    fn new(
        server: Arc<ServerState>,
        session: Session,
        writer: &Arc<Mutex<WsWriter>>,
        mac: Option<String>,
    ) -> Self {
        let slot = Arc::clone(session.slot());
        let subscriber = server.fanout.subscribe(session, writer);
        Self { server, subscriber, slot, mac }
    }
}

impl SessionHandler for Native {
    fn slot(&self) -> &SessionSlot {
        &self.slot
    }

    fn on_open(&mut self, out: &mut Vec<Payload>) {
        out.push(self.subscriber.session().connected_message(self.mac.take()));
    }

    fn on_message(
        &mut self,
        encoding: Encoding,
        bytes: &[u8],
        out: &mut Vec<Payload>,
    ) -> Result<(), Goodbye> {
        self.subscriber.session().receive(encoding, bytes, out)
    }

    async fn changed(&mut self) -> Result<(), Goodbye> {
        self.subscriber.woken().await;
        self.server.fanout.close_reason().map_or(Ok(()), Err)
    }

    fn poll_outgoing(&mut self, out: &mut Vec<Payload>) {
        match self.server.station.latest() {
            Some(tick) => self.subscriber.session().collect(&tick, out),
            None => self.subscriber.session().collect_answers(out),
        }
    }

    fn final_message(&self, reason: Goodbye) -> Option<Payload> {
        Some(self.subscriber.session().goodbye(reason))
    }
}
