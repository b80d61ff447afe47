//! `GET /api/v1/stream`: the native protocol on a WebSocket.
//!
//! Whoever brought no proof of who it is gets a challenge first, so that no token crosses the network and a wrong
//! machine is found out before anything is told.

use std::sync::{Arc, Mutex};

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use station::{Payload, Seat, Session, Visitor};
use tracing::{debug, debug_span};
use wire::codec::decode_client;
use wire::endpoint::CHALLENGE;
use wire::limits::{AUTH_WITHIN, SHUTDOWN};
use wire::proof::{Challenge, hex};
use wire::{Carrier, ClientMessage, Encoding, Goodbye, SUBPROTOCOL, Scope, ServerMessage};

use crate::access::{self, Claim, Link};
use crate::door::Shared;
use crate::guard::Caller;
use crate::line::Line;
use crate::post::Recipient;
use crate::problem::Problem;
use crate::socket::{Dialogue, End, Socket};
use crate::upgrade::Upgrade;

/// Longest random text of a client.
pub(crate) const NONCE_CHARS: usize = 64;

/// Answers the upgrade and serves the session that follows.
pub(crate) async fn upgrade(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    RawQuery(asked): RawQuery,
    upgrade: Upgrade,
) -> Result<Response, Problem> {
    let upgrade = upgrade.protocol(SUBPROTOCOL);
    let (link, door) = (caller.link, Arc::clone(&shared));
    let peer = link.address;
    let viewer = if asked.as_deref() == Some(CHALLENGE) { None } else { caller.viewer() };
    let Some(viewer) = viewer else {
        let span = debug_span!("session", %peer, id = tracing::field::Empty);
        if caller.revoked {
            // A page cannot read why an upgrade was refused; it is told on the socket.
            return Ok(upgrade.serve(&shared, span, |socket| refuse(socket, Goodbye::Revoked)));
        }
        return Ok(upgrade.serve(&shared, span, move |socket| prove_and_serve(socket, door, link)));
    };
    let token = viewer.token.clone();
    let session = shared.station.attach(visitor(link, viewer.scope, viewer.token))?;
    if let Some(token) = token {
        shared.access.came(&token, peer);
    }
    let span = debug_span!("session", %peer, id = session.id());
    Ok(upgrade.serve(&shared, span, move |socket| serve(socket, door, session, None)))
}

fn visitor(link: Link, scope: Scope, token: Option<Arc<str>>) -> Visitor {
    Visitor { carrier: Carrier::Stream, address: Some(link.address), scope, token }
}

async fn serve(socket: Socket, shared: Arc<Shared>, session: Session, mac: Option<String>) {
    let native = Native::new(shared, session, socket.line(), mac);
    socket.serve(native).await;
}

/// Serves a viewer that answers the challenge; says goodbye to one that does not.
async fn prove_and_serve(socket: Socket, shared: Arc<Shared>, link: Link) {
    let proven = tokio::select! {
        proven = prove(&socket, &shared, link) => proven,
        () = shared.unproven.give_way() => Err(End::Goodbye(Goodbye::TooMany)),
        () = socket.closing().cancelled() => Err(End::Goodbye(Goodbye::Shutdown)),
    };
    let session = proven.and_then(|(scope, token, mac)| {
        let session = shared.station.attach(visitor(link, scope, Some(token.clone())));
        session.map(|session| (session, token, mac)).map_err(|_| End::Goodbye(Goodbye::TooMany))
    });
    match session {
        Ok((session, token, mac)) => {
            shared.access.came(&token, link.address);
            tracing::Span::current().record("id", session.id());
            serve(socket, shared, session, Some(mac)).await;
        }
        Err(End::Goodbye(reason)) => refuse(socket, reason).await,
        // A page has no token: it hangs up when it is asked for one, and hears nothing more.
        Err(End::Closed) => drop(tokio::time::timeout(SHUTDOWN / 2, socket.finish()).await),
        Err(End::Gone) => {}
    }
}

/// Says why a viewer is not let in, and closes.
async fn refuse(socket: Socket, reason: Goodbye) {
    debug!(?reason, "not let in");
    let leave = async {
        socket.say(Payload::json(&ServerMessage::Goodbye { reason })).await?;
        socket.close(reason).await
    };
    drop(tokio::time::timeout(SHUTDOWN / 2, leave).await);
}

/// Asks for a proof; what it gives, and our own proof in return.
async fn prove(socket: &Socket, shared: &Shared, link: Link) -> Result<(Scope, Arc<str>, String), End> {
    const WRONG: End = End::Goodbye(Goodbye::Unauthorized);
    let machine = shared.station.machine();
    let nonce = hex(&access::random::<32>().map_err(|_| WRONG)?);
    let challenge = ServerMessage::Challenge { machine_id: machine.id.clone(), nonce: nonce.clone() };
    socket.say(Payload::json(&challenge)).await?;
    let (encoding, said) = socket.hear_within(AUTH_WITHIN).await?;
    let Ok(ClientMessage::Auth { token_id, nonce: client_nonce, mac }) = decode_client(encoding, &said)
    else {
        return Err(WRONG);
    };
    if client_nonce.len() > NONCE_CHARS {
        return Err(WRONG);
    }
    let challenge = Challenge { machine_id: &machine.id, server_nonce: &nonce, client_nonce: &client_nonce };
    let proven = shared.access.prove(&challenge, &token_id, &mac, link.address);
    let (grant, mac) = proven.map_err(|claim| match claim {
        Claim::Revoked => End::Goodbye(Goodbye::Revoked),
        _ => WRONG,
    })?;
    let scope = grant.over(link).ok_or(WRONG)?;
    Ok((scope, grant.id, mac))
}

/// The native protocol: all of it is the station's. Ticks come by the post; here is what the post leaves over.
struct Native {
    shared: Arc<Shared>,
    recipient: Arc<Recipient>,
    /// The session's own, which outlives every lock on it.
    seat: Arc<Seat>,
    /// Our own proof, for a viewer that gave one.
    mac: Option<String>,
}

impl Native {
    fn new(shared: Arc<Shared>, session: Session, line: &Arc<Mutex<Line>>, mac: Option<String>) -> Self {
        let seat = Arc::clone(session.seat());
        let recipient = shared.post.sign_up(session, line);
        Self { shared, recipient, seat, mac }
    }
}

impl Dialogue for Native {
    fn seat(&self) -> &Seat {
        &self.seat
    }

    fn greet(&mut self, out: &mut Vec<Payload>) {
        out.push(self.recipient.session().greeting(self.mac.take()));
    }

    fn hear(&mut self, encoding: Encoding, said: &[u8], out: &mut Vec<Payload>) -> Result<(), Goodbye> {
        self.recipient.session().receive(encoding, said, out)
    }

    async fn news(&mut self) -> Result<(), Goodbye> {
        self.recipient.called().await;
        self.shared.post.leaving().map_or(Ok(()), Err)
    }

    fn tell(&mut self, out: &mut Vec<Payload>) {
        match self.shared.station.latest() {
            Some(tick) => self.recipient.session().collect(&tick, out),
            None => self.recipient.session().collect_answers(out),
        }
    }

    fn last_word(&self, reason: Goodbye) -> Option<Payload> {
        Some(self.recipient.session().goodbye(reason))
    }
}
