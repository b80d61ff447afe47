//! Pairing over HTTP, and how a browser removes its own access.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use station::WorkKind;
use wire::Reason;
use wire::endpoint::OWNER;
use wire::limits::PAIRING_ANSWER;
use wire::sharing::{PairAnswer, PairRequest, Reach};

use super::answer::json;
use super::query::bad;
use crate::access::approvals::Device;
use crate::access::codes::Refusal;
use crate::access::{Admitted, Committed, Machine, NotPaired, Paired, client_of};
use crate::auth::cookie;
use crate::auth::guard::{HttpPeer, HttpViewer};
use crate::body::{NotRead, Posted};
use crate::error_response::ErrorResponse;
use crate::state::ServerState;

/// Largest body. A name and a code take 200 bytes.
const BODY_BYTES: usize = 4 * 1024;
/// Longest text of what is wrong with a body.
const WHY_CHARS: usize = 200;

/// Pair with this machine
///
/// For browsers: `code` is the part after `#p=` of the link that the machine shows, `digits` are the six beside
/// it; with digits, the owner has to approve, and `request` asks for the result (the answer is delayed for up to
/// 20 s). When it is done, the answer sets the cookie. For apps: `proof`, by which neither the code nor the token
/// crosses the network. A code is valid once, for five minutes. After five times wrong digits from an address, digits of
/// that address are not checked for 15 minutes; after a hundred times from all addresses, nobody's are; a link always is.
/// Without a link, while the machine is shared on the network: `commit` and `reveal` make six
/// digits at both ends, which the owner compares with those of the app; `request` asks for the result, and `withdraw`
/// cancels. An attempt without approval counts as wrong digits.
#[utoipa::path(
    post, path = "/api/v1/pair", tag = "Access", security(()),
    request_body(content = PairRequest, example = json!({"with": "digits", "digits": "417902", "name": "Phone"})),
    responses(
        (status = 200, description = "It is paired.", body = PairAnswer, example = json!({
            "state": "paired", "machineId": "8f14e45f-ceea-467f-a8ff-5c1d7c1b1b6e", "machineName": "nas-01",
            "scope": "view",
        })),
        (status = 202, description = "The machine's owner has to approve; ask again with `request`.",
            body = PairAnswer, example = json!({
                "state": "waiting", "request": "6a1f0c7e9b2d4f8833aa5c5e7d91b004", "leftMs": 300_000,
            })),
        (status = 401, description = "The code is wrong, or another key is revealed than was committed to.", body = crate::error_response::Failure),
        (status = 403, description = "It was refused at the machine, or the machine is not shared on the network.", body = crate::error_response::Failure),
        (status = 404, description = "No code is shown now, or this ticket is not known.",
            body = crate::error_response::Failure),
        (status = 408, description = "The body did not come in time.", body = crate::error_response::Failure),
        (status = 410, description = "The code was used, or has expired.", body = crate::error_response::Failure),
        (status = 413, description = "The body is longer than 4 KiB.", body = crate::error_response::Failure),
        (status = 415, description = "The body is not sent as JSON.", body = crate::error_response::Failure),
        (status = 429, description = "Too many wrong digits; try again after the time in Retry-After.",
            body = crate::error_response::Failure),
    ),
)]
pub(super) async fn pair(
    State(server): State<Arc<ServerState>>,
    Extension(peer): Extension<HttpPeer>,
    headers: HeaderMap,
    body: Result<Posted<BODY_BYTES>, NotRead>,
) -> Result<Response, ErrorResponse> {
    let Posted(body) = body?;
    let request = serde_json::from_slice(&body).map_err(|err| {
        // It quotes what was sent, which may be anything.
        let why: String = err.to_string().chars().filter(|c| !c.is_control()).take(WHY_CHARS).collect();
        bad(format!("this is no request to pair: {why}"))
    })?;
    let address = peer.link.address;
    let user_agent = headers.get(USER_AGENT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let device = |name| Device { name, client: client_of(user_agent) };
    let access = &server.access;
    let machine = server.station.machine();
    let machine = Machine { id: machine.id.clone(), name: machine.name.clone() };
    match request {
        PairRequest::Code { code, name } => {
            let code = URL_SAFE_NO_PAD.decode(&code).unwrap_or_default();
            let (device, served) = (device(name), Arc::clone(&server));
            let asks = peer.asks(WorkKind::Change);
            let pair = move || {
                let device = served.access.pair_by_code(&code, device, peer.link, peer.port)?;
                Ok(paired(&served, &peer, &device))
            };
            server.station.later(asks, pair).await?.map_err(problem)
        }
        PairRequest::Digits { digits, name } => {
            let waiting = access.pair_by_digits(&digits, device(name), address).map_err(problem)?;
            Ok(still_waiting(waiting.ticket, waiting.left))
        }
        PairRequest::Request { request } => {
            let (mut answer, left) = access.follow(&request).map_err(problem)?;
            let answered = tokio::select! {
                answered = answer.wait_for(Option::is_some) => answered.map_or(None, |answer| *answer),
                () = tokio::time::sleep(PAIRING_ANSWER.min(left)) => None,
                () = server.closing.cancelled() => None,
            };
            match answered {
                Some(allowed) => {
                    let served = Arc::clone(&server);
                    let asks = peer.asks(WorkKind::Change);
                    let pair = move || match served
                        .access
                        .pair_by_answer(&request, allowed, peer.link, peer.port)?
                    {
                        Admitted::Browser(device) => Ok(paired(&served, &peer, &device)),
                        Admitted::App(scope, proof) => {
                            Ok(json(&PairAnswer::Agreed { scope, proof }).into_response())
                        }
                    };
                    server.station.later(asks, pair).await?.map_err(problem)
                }
                None => {
                    let (_, left) = access.follow(&request).map_err(problem)?;
                    Ok(still_waiting(request, left))
                }
            }
        }
        PairRequest::Proof { nonce, proof, name } => {
            let (access, device, link) = (access.clone(), device(name), peer.link);
            let asked = machine.clone();
            let pair = move || access.pair_by_proof(&nonce, &proof, device, &asked, link);
            let proven = server.station.later(peer.asks(WorkKind::Change), pair).await?.map_err(problem)?;
            let Machine { id: machine_id, name: machine_name } = machine;
            let Paired { id: token_id, rights, .. } = proven.paired;
            let scope = rights.scope;
            let (nonce, proof) = (proven.nonce, proven.proof);
            let answer = PairAnswer::Proven { machine_id, machine_name, scope, token_id, nonce, proof };
            Ok(json(&answer).into_response())
        }
        PairRequest::Commit { commitment, name } => {
            if server.exposure.reach(&access.state().store) != Reach::Lan {
                return Err(problem(NotPaired::NotShared));
            }
            let committed =
                access.commit(commitment, device(name), peer.link, machine.clone()).map_err(problem)?;
            let Committed { ticket: request, key, nonce } = committed;
            let Machine { id: machine_id, name: machine_name } = machine;
            let answer = PairAnswer::Committed { request, machine_id, machine_name, key, nonce };
            Ok(json(&answer).into_response())
        }
        PairRequest::Reveal { request, key, nonce } => {
            let waiting = access.reveal(&request, &key, &nonce, peer.link).map_err(problem)?;
            Ok(still_waiting(waiting.ticket, waiting.left))
        }
        PairRequest::Withdraw { request } => {
            access.withdraw(&request).map_err(problem)?;
            Ok(json(&PairAnswer::Withdrawn {}).into_response())
        }
    }
}

/// The answer that pairs a browser. Where it was paired before, its old access is removed. Waits for the disk.
fn paired(server: &ServerState, peer: &HttpPeer, paired: &Paired) -> Response {
    if let Some(before) = peer.token.as_deref().filter(|token| *token != OWNER)
        && let Err(err) = server.access.leave(before)
    {
        tracing::debug!(error = %err, "the access of before could not be removed");
    }
    let machine = server.station.machine();
    let token = format!("{}.{}", paired.id, paired.secret.to_hex());
    let cookie = cookie::give(&token, &machine.id, peer.link.is_encrypted());
    let scope = peer.link.carries(paired.rights).scope;
    let (machine_id, machine_name) = (machine.id.clone(), machine.name.clone());
    ([(SET_COOKIE, cookie)], json(&PairAnswer::Paired { machine_id, machine_name, scope })).into_response()
}

fn still_waiting(request: String, left: Duration) -> Response {
    let answer = PairAnswer::Waiting { request, left_ms: left.as_millis() as u64 };
    (StatusCode::ACCEPTED, json(&answer)).into_response()
}

/// The error for a device that was not paired. It does not contain the machine's name.
fn problem(outcome: NotPaired) -> ErrorResponse {
    match outcome {
        NotPaired::Code(Refusal::NoCode) => Reason::NoCode.into(),
        NotPaired::Code(Refusal::Used) => ErrorResponse::because(StatusCode::GONE, Reason::CodeUsed),
        NotPaired::Code(Refusal::Ended) => ErrorResponse::because(StatusCode::GONE, Reason::CodeExpired),
        NotPaired::Code(Refusal::Wrong(left)) => {
            ErrorResponse::from(Reason::WrongCode { left }).with_tries_left(left)
        }
        NotPaired::Code(Refusal::Waits(wait)) => {
            let minutes = wait.as_secs().div_ceil(60);
            let problem = ErrorResponse::because(StatusCode::TOO_MANY_REQUESTS, Reason::Locked { minutes });
            problem.after(wait).with_tries_left(0)
        }
        NotPaired::Code(Refusal::WrongLink) => Reason::WrongLink.into(),
        NotPaired::Code(Refusal::Paused(wait)) => {
            let minutes = wait.as_secs().div_ceil(60);
            ErrorResponse::because(StatusCode::TOO_MANY_REQUESTS, Reason::DigitsPaused { minutes })
                .after(wait)
        }
        NotPaired::Broken => Reason::BrokenCommitment.into(),
        NotPaired::NotShared => Reason::NotShared.into(),
        NotPaired::Refused => Reason::Refused.into(),
        NotPaired::NotWaiting => Reason::Unanswered.into(),
        NotPaired::Error(body) => body.into(),
    }
}

/// Remove your own access
///
/// For a paired browser or token: it has no access any more, and its sessions end.
#[utoipa::path(
    delete, path = "/api/v1/session", tag = "Access",
    responses(
        (status = 204, description = "The access is removed."),
        (status = 404, description = "There is no token in the request: there is no access to remove.",
            body = crate::error_response::Failure),
    ),
)]
pub(super) async fn leave(
    State(server): State<Arc<ServerState>>,
    viewer: HttpViewer,
) -> Result<Response, ErrorResponse> {
    let token = viewer.token.as_deref().filter(|token| *token != OWNER).ok_or(Reason::NothingToGiveBack)?;
    let (access, id) = (server.access.clone(), token.to_owned());
    server.station.later(viewer.asks(WorkKind::Change), move || access.leave(&id)).await??;
    let cookie = cookie::take(&server.station.machine().id, viewer.link.is_encrypted());
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response())
}
