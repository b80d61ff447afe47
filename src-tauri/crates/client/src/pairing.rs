//! Pairing by a link, which gives a token. The link has a code that is valid once; neither code nor token is sent: each
//! end proves to the other that it knows the code. The connection is encrypted, whatever a browser would do with the
//! link, and both proofs cover the key that encrypts it, so that a man in the middle, who has another one, is detected.
//! The key is pinned from then on. Without a link, people compare digits ([`super::short_auth_string`]).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::http::header::CONTENT_TYPE;
use serde::Deserialize;
use wire::codec::foreign;
use wire::limits::CLIENT_MESSAGE_BYTES;
use wire::message::ErrorBody;
use wire::pin::Pin;
use wire::proof::{Identity, Pairing, Secret, hex};
use wire::sharing::{PairAnswer, PairRequest};
use wire::text::{is_id, shown};
use wire::{ErrorCode, Scope};

use super::address::{Address, Unreachable};
use super::constants::RESPONSE_TIMEOUT;
use super::exchange::Exchange;
use super::secrets::{Known, Token};
use super::stream::{OpenError, enter, random};
use super::tls::{Privacy, TlsTrouble};

/// The part between the address and the code of a link.
const FRAGMENT: &str = "#p=";

/// A machine that this program is paired with.
#[derive(Debug)]
pub struct Paired {
    /// Where.
    pub address: Address,
    /// The machine's id.
    pub machine_id: String,
    /// The machine's name, as it claims and as far as it may be shown.
    pub machine_name: String,
    /// What may be seen.
    pub scope: Scope,
    /// The token's id.
    pub token_id: String,
    /// The token.
    pub secret: Secret,
    /// The key that encrypts its links.
    pub pin: Pin,
}

/// Pairing failed.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// It is no link.
    #[error(
        "this is no link of Sightline; it looks like http://192.168.1.20:7444/#p=… and is to be pasted whole"
    )]
    NoLink,
    /// There is no connection.
    #[error("{0}. Is the machine on, on the same network, and does it share?")]
    Unreachable(#[from] Unreachable),
    /// The link is to be encrypted, and cannot be.
    #[error("the connection to {address} cannot be encrypted: {trouble}")]
    Tls {
        /// Where.
        address: Address,
        /// What went wrong.
        trouble: TlsTrouble,
    },
    /// What answers is not Sightline.
    #[error("what answers at {0} is not Sightline")]
    NotSightline(Address),
    /// The machine does not accept the proof.
    #[error(
        "{said}. If the link is the newest one, something between decrypts the connection to {address}: a proxy, or \
         an attacker"
    )]
    NotAccepted {
        /// Where.
        address: Address,
        /// What the machine says.
        said: String,
    },
    /// The machine refused, for this reason.
    #[error("{}", .0.message)]
    Refused(ErrorBody),
    /// It did not prove that it made the link, or that it showed the digits.
    #[error("what answers at {0} is not the machine that you pair with: the connection is intercepted")]
    Impostor(Address),
    /// Both screens showed digits, and the owner did not answer in time.
    #[error(
        "nobody answered at {0}. Somebody there has to compare the digits and allow it, within five minutes"
    )]
    Unanswered(Address),
    /// The system has no random numbers.
    #[error("the system gives no random numbers")]
    NoRandom,
}

/// The address and the code of a link.
#[derive(Clone, PartialEq, Eq)]
struct Link {
    address: Address,
    code: [u8; 16],
}

impl Paired {
    /// The id that the machine has to have from now on, and its token.
    #[must_use]
    pub fn known(&self) -> Known {
        let token = Token { id: self.token_id.clone(), secret: self.secret.clone(), pin: Some(self.pin) };
        Known { machine_id: self.machine_id.clone(), token }
    }
}

/// Pairs this program, named `name`, with the machine that made `link`.
///
/// # Errors
/// See [`PairError`]; its text says what to do.
pub async fn pair(link: &str, name: &str) -> Result<Paired, PairError> {
    let Link { address, code } = Link::of(link)?;
    let nonce = hex(&random().ok_or(PairError::NoRandom)?);
    let (mut exchange, pin) = open(&address, Privacy::AnyKey).await?;
    let binding = exchange.binding();
    let proof = Pairing::app_proof(&code, &nonce, binding, name);
    let request = PairRequest::Proof { nonce: nonce.clone(), proof, name: name.to_owned() };
    let answer = ask(&mut exchange, &request, RESPONSE_TIMEOUT).await.map_err(|error| match error {
        PairError::Refused(error) if error.code == ErrorCode::Unauthorized => {
            PairError::NotAccepted { address: address.clone(), said: error.message }
        }
        other => other,
    })?;
    let PairAnswer::Proven { machine_id, machine_name, scope, token_id, nonce: machine_nonce, proof } =
        answer
    else {
        return Err(PairError::NotSightline(address));
    };
    let pairing = Pairing {
        code: &code,
        binding,
        app_nonce: &nonce,
        machine_nonce: &machine_nonce,
        machine_id: &machine_id,
        token_id: &token_id,
        machine: Identity { name: &machine_name, scope },
    };
    if !is_id(&machine_id) || !pairing.is_machine(&proof) {
        return Err(PairError::Impostor(address));
    }
    let secret = pairing.token();
    let machine_name = shown(&machine_name).unwrap_or_else(|| address.to_string());
    Ok(Paired { address, machine_id, machine_name, scope, token_id, secret, pin })
}

/// An encrypted connection to `address`, and the key that encrypts it.
async fn open(address: &Address, privacy: Privacy) -> Result<(Exchange, Pin), PairError> {
    let exchange = Exchange::open(address, privacy).await?;
    let pin = exchange.binding().pin().ok_or_else(|| PairError::NotSightline(address.clone()))?;
    Ok((exchange, pin))
}

/// Whether the machine that was `paired` is the one that was `known` by the same id before: it has its key, or knows its
/// token. An id is only a claim, and a link may be anybody's.
pub async fn is_same(known: &Known, paired: &Paired) -> bool {
    if known.token.pin == Some(paired.pin) {
        return true;
    }
    // Its key may have been made anew: the proof covers the one it has now.
    let token = Token { pin: Some(paired.pin), ..known.token.clone() };
    let before = Known { token, ..known.clone() };
    match enter(&paired.address, true, Some(&before)).await {
        Ok(stream) => {
            stream.end().await;
            true
        }
        Err(error) => {
            tracing::warn!(%error, machine = known.machine_id, "what was paired did not prove that it is known");
            false
        }
    }
}

impl From<OpenError> for PairError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Unreachable(error) => PairError::Unreachable(error),
            OpenError::Tls { address, trouble } => PairError::Tls { address, trouble },
            other => PairError::NotSightline(other.address().clone()),
        }
    }
}

/// How an error looks in HTTP.
#[derive(Deserialize)]
struct Failure {
    error: ErrorBody,
}

/// Sends `request` over a connection of its own, encrypted by the key `pin`, or by any; what comes back within `limit`, and
/// the key.
pub(crate) async fn ask_once(
    address: &Address,
    pin: Option<Pin>,
    request: &PairRequest,
    limit: Duration,
) -> Result<(PairAnswer, Pin), PairError> {
    let (mut exchange, pin) = open(address, pin.map_or(Privacy::AnyKey, Privacy::Key)).await?;
    Ok((ask(&mut exchange, request, limit).await?, pin))
}

/// Sends `request`; what comes back within `limit`.
async fn ask(
    exchange: &mut Exchange,
    request: &PairRequest,
    limit: Duration,
) -> Result<PairAnswer, PairError> {
    let address = exchange.address().clone();
    let not_sightline = || PairError::NotSightline(address.clone());
    let body = Full::new(Bytes::from(wire::codec::encode(request)));
    let request = Request::post("/api/v1/pair").header(CONTENT_TYPE, "application/json");
    let (head, body) = exchange.ask_within(limit, request, body, CLIENT_MESSAGE_BYTES).await?;
    if head.status.is_success() {
        return foreign(&body).map_err(|_| not_sightline());
    }
    let failure: Failure = foreign(&body).map_err(|_| not_sightline())?;
    Err(PairError::Refused(failure.error))
}

impl Link {
    fn of(text: &str) -> Result<Self, PairError> {
        let text = text.trim();
        let (address, code) = text.split_once(FRAGMENT).ok_or(PairError::NoLink)?;
        let bare = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
        let address = bare.ok_or(PairError::NoLink)?;
        let address = address.strip_suffix('/').unwrap_or(address);
        let address = address.parse().map_err(|_| PairError::NoLink)?;
        let code = URL_SAFE_NO_PAD.decode(code).map_err(|_| PairError::NoLink)?;
        Ok(Self { address, code: code.try_into().map_err(|_| PairError::NoLink)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read_whole_or_not_at_all() {
        let code: [u8; 16] = std::array::from_fn(|at| at as u8 * 17);
        // Made with Python's base64.urlsafe_b64encode.
        let link = Link::of(" http://192.168.1.20:7444/#p=ABEiM0RVZneImaq7zN3u_w\n")
            .unwrap_or_else(|err| panic!("{err}"));
        assert_eq!((link.address.to_string().as_str(), link.code), ("192.168.1.20:7444", code));
        let wrong = [
            "",
            "http://192.168.1.20:7444/",
            "http://192.168.1.20:7444/#p=",
            "http://192.168.1.20:7444/#p=ABEiM0RVZneImaq7zN3u_",
            "http://192.168.1.20:7444/#p=ABEiM0RVZneImaq7zN3u_x",
            "http://192.168.1.20:7444/#p=ABEiM0RVZneImaq7zN3u/w",
            "http://192.168.1.20/#p=ABEiM0RVZneImaq7zN3u_w",
            "http://you@192.168.1.20:7444/#p=ABEiM0RVZneImaq7zN3u_w",
            "ftp://192.168.1.20:7444/#p=ABEiM0RVZneImaq7zN3u_w",
        ];
        for text in wrong {
            assert!(matches!(Link::of(text), Err(PairError::NoLink)), "{text}");
        }
        let encrypted = Link::of("https://192.168.1.20:7444/#p=ABEiM0RVZneImaq7zN3u_w");
        assert!(encrypted.is_ok_and(|encrypted| encrypted == link), "the scheme is for browsers");
    }
}
