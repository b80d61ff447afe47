//! Polls a machine over HTTP, where a proxy blocks WebSockets. The token is not sent: both sides prove that they
//! know it ([`wire::auth_header`]).

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::http::header::{AUTHORIZATION, HeaderName, WWW_AUTHENTICATE};
use hyper::http::response::Parts;
use hyper::{Request, StatusCode};
use wire::auth_header::{self, CLIENT, ERROR, MACHINE, NONCE, PROOF, Parameters, REVOKED, SCHEME, TOKEN};
use wire::limits::FRAME_BYTES;
use wire::proof::{Challenge, Purpose, body_digest, hex};
use wire::text::is_id;

use super::address::Address;
use super::exchange::Exchange;
use super::secrets::Known;
use super::stream::{OpenError, random, retry_after};
use super::tls::Privacy;

/// The path.
const TARGET: &str = "/api/v1/snapshot";

/// The last sample of the machine at `address`, complete: a [`wire::message::SnapshotBody`] in JSON. One that is known
/// has to be the machine that was paired, and both sides prove it.
///
/// # Errors
/// See [`OpenError`].
pub async fn poll(address: &Address, secure: bool, known: Option<&Known>) -> Result<Bytes, OpenError> {
    let mut exchange = Exchange::open(address, Privacy::of(secure, known)).await?;
    let Some(known) = known else {
        let (head, body) = exchange.ask(get(None), Full::default(), FRAME_BYTES).await?;
        if head.status == StatusCode::UNAUTHORIZED {
            let (machine_id, _) = challenge(&mut exchange, address).await?;
            return Err(OpenError::ToPair { address: address.clone(), machine_id });
        }
        return taken(address, &head, body);
    };
    let (found, nonce) = challenge(&mut exchange, address).await?;
    if found != known.machine_id {
        let expected = known.machine_id.clone();
        return Err(OpenError::WrongMachine { address: address.clone(), expected, found });
    }
    let not_sightline = || OpenError::NotSightline(address.clone());
    let client_nonce = hex(&random().ok_or_else(not_sightline)?);
    let body = body_digest(b"");
    let challenge = Challenge {
        purpose: Purpose::Http { method: "GET", target: TARGET, body: &body },
        binding: exchange.binding(),
        machine_id: &found,
        token_id: &known.token.id,
        server_nonce: &nonce,
        client_nonce: &client_nonce,
    };
    let secret = &known.token.secret;
    let proof = secret.prove(&challenge).ok_or_else(not_sightline)?;
    let said = auth_header::written(&[
        (TOKEN, &known.token.id),
        (NONCE, &nonce),
        (CLIENT, &client_nonce),
        (PROOF, &proof),
    ]);
    let request = get(Some(format!("{SCHEME} {said}")));
    let (head, body) = exchange.ask(request, Full::default(), FRAME_BYTES).await?;
    let body = taken(address, &head, body)?;
    let info = header(&head, &HeaderName::from_static("authentication-info")).map(Parameters::bare);
    let proof = info.and_then(|info| info.get(PROOF));
    let proven = proof.is_some_and(|proof| secret.verifier().is_server(&challenge, None, proof));
    if proven { Ok(body) } else { Err(OpenError::Impostor(address.clone())) }
}

/// The id that the machine at `address` claims; `None` where no Sightline answers in HTTP.
pub(crate) async fn identify(address: &Address, privacy: Privacy) -> Option<String> {
    let mut exchange = Exchange::open(address, privacy).await.ok()?;
    challenge(&mut exchange, address).await.ok().map(|(machine_id, _)| machine_id)
}

/// Requests a nonce: the id of the machine, and its nonce.
async fn challenge(exchange: &mut Exchange, address: &Address) -> Result<(String, String), OpenError> {
    let (head, body) = exchange.ask(get(Some(SCHEME.to_owned())), Full::default(), FRAME_BYTES).await?;
    if head.status != StatusCode::UNAUTHORIZED {
        taken(address, &head, body)?;
        return Err(OpenError::NotSightline(address.clone()));
    }
    let asked = header(&head, &WWW_AUTHENTICATE).and_then(Parameters::of);
    let asked = asked.and_then(|asked| Some((asked.get(MACHINE)?.to_owned(), asked.get(NONCE)?.to_owned())));
    asked.filter(|(machine_id, _)| is_id(machine_id)).ok_or_else(|| OpenError::NotSightline(address.clone()))
}

fn get(authorization: Option<String>) -> hyper::http::request::Builder {
    let request = Request::get(TARGET);
    match authorization {
        Some(text) => request.header(AUTHORIZATION, text),
        None => request,
    }
}

/// What the machine answered, where it is an answer.
fn taken(address: &Address, head: &Parts, body: Bytes) -> Result<Bytes, OpenError> {
    let address = address.clone();
    match head.status.as_u16() {
        200 => Ok(body),
        401 | 403 => {
            let said = header(head, &WWW_AUTHENTICATE).and_then(Parameters::of);
            let revoked = said.is_some_and(|said| said.get(ERROR) == Some(REVOKED));
            Err(if revoked { OpenError::Revoked(address) } else { OpenError::Unauthorized(address) })
        }
        status @ (429 | 500..) => {
            Err(OpenError::Refused { address, status, retry_after: retry_after(&head.headers) })
        }
        _ => Err(OpenError::NotSightline(address)),
    }
}

fn header<'a>(head: &'a Parts, name: &HeaderName) -> Option<&'a str> {
    head.headers.get(name)?.to_str().ok()
}
