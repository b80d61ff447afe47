//! Proofs over HTTP ([`wire::auth_header`]): what one grants, and the nonce that it has to be about.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use wire::HttpReason;
use wire::auth_header::{self, CLIENT, ERROR, MACHINE, NONCE, PROOF, Parameters, REVOKED, SCHEME, TOKEN};
use wire::proof::{Challenge, Purpose, body_digest as digest};

use crate::access::{Claim, Grant, Link};
use crate::body::{NotRead, read};
use crate::error_response::ErrorResponse;
use crate::state::ServerState;

/// Longest body that a proof can cover; no route takes more.
const BODY_BYTES: usize = 64 * 1024;

/// SHA-256 of the body of `request`, which is read for that where there is a proof that has to cover it; `None` where
/// there is none.
pub(super) async fn body_digest(request: &mut Request) -> Result<Option<[u8; 32]>, NotRead> {
    if request.method().is_safe() || !has_proof(request.headers()) {
        return Ok(None);
    }
    let body = read(std::mem::take(request.body_mut()), BODY_BYTES).await?;
    let digested = digest(&body);
    *request.body_mut() = Body::from(body);
    Ok(Some(digested))
}

fn has_proof(headers: &HeaderMap) -> bool {
    let said = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(Parameters::of);
    said.is_some_and(|said| !said.is_empty())
}

/// What a proof grants, and our own in return. Without one, or with one about a nonce that is not valid any more, the
/// answer asks for a proof about a new nonce.
pub(super) fn prove(
    server: &ServerState,
    request: &Request,
    body: Option<[u8; 32]>,
    parameters: Parameters<'_>,
    link: Link,
) -> Result<(Grant, String), ErrorResponse> {
    let machine = server.station.machine();
    let asked = || -> Result<String, ErrorResponse> {
        Ok(auth_header::written(&[(MACHINE, &machine.id), (NONCE, &server.access.nonce(link)?)]))
    };
    let [token, nonce, client, proof] = [TOKEN, NONCE, CLIENT, PROOF].map(|name| parameters.get(name));
    let (Some(token), Some(nonce), Some(client), Some(proof)) = (token, nonce, client, proof) else {
        let asked = format!("{SCHEME} {}", asked()?);
        let reason = if parameters.is_empty() { HttpReason::ProofNeeded } else { HttpReason::Unknown };
        return Err(ErrorResponse::from(reason).asking(asked));
    };
    if !server.access.take_nonce(nonce, link.address) {
        return Err(ErrorResponse::from(HttpReason::ProofNeeded).asking(format!("{SCHEME} {}", asked()?)));
    }
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let body = body.unwrap_or_else(|| digest(b""));
    let challenge = Challenge {
        purpose: Purpose::Http { method: request.method().as_str(), target, body: &body },
        binding: link.binding,
        machine_id: &machine.id,
        token_id: token,
        server_nonce: nonce,
        client_nonce: client,
    };
    let proven = server.access.prove(&challenge, proof, link.address);
    let proven = proven.map(|(grant, verifier)| (grant, verifier.prove(&challenge, None)));
    proven.map_err(|claim| {
        let problem = not_granted(&claim);
        let revoked = || format!("{SCHEME} {}", auth_header::written(&[(ERROR, REVOKED)]));
        if claim == Claim::Revoked { problem.asking(revoked()) } else { problem }
    })
}

/// The error for a token that gives no access.
pub(super) fn not_granted(claim: &Claim) -> ErrorResponse {
    match claim {
        Claim::Revoked => HttpReason::Revoked.into(),
        Claim::Unclear => HttpReason::AccessUnclear.into(),
        Claim::TooMany(wait) => {
            ErrorResponse::because(StatusCode::TOO_MANY_REQUESTS, HttpReason::TooManyWrongTokens).after(*wait)
        }
        Claim::Granted(_) | Claim::Misplaced | Claim::Unknown => HttpReason::Unknown.into(),
    }
}
