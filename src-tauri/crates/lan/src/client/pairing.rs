//! From a link to a token. The link holds a code that is good once; the code and the token stay at the two ends,
//! each of which proves to the other that it knows the code.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::http::header::{CONTENT_TYPE, HOST, USER_AGENT as USER_AGENT_HEADER};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use wire::Scope;
use wire::limits::CLIENT_MESSAGE_BYTES;
use wire::message::ErrorBody;
use wire::proof::{Pairing, Secret, hex};
use wire::sharing::{PairAnswer, PairRequest};

use super::address::{Address, Unreachable};
use super::stream::random;
use super::{PATIENCE, USER_AGENT};

/// What stands between the address and the code of a link.
const FRAGMENT: &str = "#p=";

/// A machine that lets this program in.
#[derive(Debug)]
pub struct Paired {
    /// Where.
    pub address: Address,
    /// The machine's id.
    pub machine_id: String,
    /// The machine's name, as it says.
    pub machine_name: String,
    /// What may be seen.
    pub scope: Scope,
    /// Names the token.
    pub token_id: String,
    /// The token.
    pub secret: Secret,
}

/// This program is not let in.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// It is no link.
    #[error(
        "this is no link of Sightline; it looks like http://192.168.1.20:7444/#p=… and is to be pasted whole"
    )]
    NoLink,
    /// The link is encrypted.
    #[error(
        "this link is encrypted (https://), which this version cannot do from here yet; open it in a browser"
    )]
    Encrypted,
    /// Nobody answers.
    #[error("{0}. Is the machine on, on the same network, and does it share?")]
    Unreachable(#[from] Unreachable),
    /// Something answers, and it is no Sightline.
    #[error("what answers at {0} is no Sightline")]
    Stranger(Address),
    /// The machine says why not.
    #[error("{}", .0.message)]
    Refused(ErrorBody),
    /// It did not prove that it made the link.
    #[error("what answers at {0} did not make this link: somebody stands between you and the machine")]
    Impostor(Address),
    /// The system has no random numbers.
    #[error("the system gives no random numbers")]
    NoRandom,
}

/// Where a link leads, and its code.
#[derive(Clone, PartialEq, Eq)]
struct Link {
    address: Address,
    code: [u8; 16],
}

/// Pairs this program, which calls itself `name`, with the machine that made `link`.
///
/// # Errors
/// See [`PairError`]; its text says what to do.
pub async fn pair(link: &str, name: &str) -> Result<Paired, PairError> {
    let Link { address, code } = Link::of(link)?;
    let app_nonce = hex(&random().ok_or(PairError::NoRandom)?);
    let proof = Pairing::app_proof(&code, &app_nonce);
    let request = PairRequest::Proof { nonce: app_nonce.clone(), proof, name: name.to_owned() };
    let answer = ask(&address, &request).await?;
    let PairAnswer::Proven { machine_id, machine_name, scope, token_id, nonce, proof } = answer else {
        return Err(PairError::Stranger(address));
    };
    let pairing = Pairing { code: &code, app_nonce: &app_nonce, machine_nonce: &nonce, token_id: &token_id };
    if !pairing.is_machine(&proof) {
        return Err(PairError::Impostor(address));
    }
    let secret = pairing.token();
    Ok(Paired { address, machine_id, machine_name, scope, token_id, secret })
}

/// How an error looks in HTTP.
#[derive(Deserialize)]
struct Failure {
    error: ErrorBody,
}

/// Sends `request`; what comes back within five seconds.
async fn ask(address: &Address, request: &PairRequest) -> Result<PairAnswer, PairError> {
    let stranger = || PairError::Stranger(address.clone());
    let tcp = address.connect().await?;
    let request = Request::builder()
        .method(Method::POST)
        .uri("/api/v1/pair")
        .header(HOST, address.to_string())
        .header(USER_AGENT_HEADER, USER_AGENT)
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(wire::codec::encode(request))))
        .map_err(|_| stranger())?;
    let exchange = async {
        let (mut sender, connection) = http1::handshake(TokioIo::new(tcp)).await.ok()?;
        let answer = async {
            let answer = sender.send_request(request).await.ok()?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, CLIENT_MESSAGE_BYTES).collect().await.ok()?;
            Some((head.status, body.to_bytes()))
        };
        let (mut answer, mut connection) = (std::pin::pin!(answer), std::pin::pin!(connection));
        tokio::select! {
            answer = &mut answer => answer,
            // It may end with the last byte of the answer, which is still to be taken.
            _ = &mut connection => answer.await,
        }
    };
    let answered = tokio::time::timeout(PATIENCE, exchange).await;
    let (status, body) = answered.ok().flatten().ok_or_else(stranger)?;
    if status == StatusCode::OK {
        return serde_json::from_slice(&body).map_err(|_| stranger());
    }
    let failure: Failure = serde_json::from_slice(&body).map_err(|_| stranger())?;
    Err(PairError::Refused(failure.error))
}

impl Link {
    fn of(text: &str) -> Result<Self, PairError> {
        let text = text.trim();
        let (address, code) = text.split_once(FRAGMENT).ok_or(PairError::NoLink)?;
        if address.starts_with("https://") {
            return Err(PairError::Encrypted);
        }
        let address = address.strip_prefix("http://").ok_or(PairError::NoLink)?;
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
        assert!(matches!(encrypted, Err(PairError::Encrypted)));
    }
}
