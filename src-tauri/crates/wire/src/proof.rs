//! How two sides that share a secret prove it to each other without sending it, and how they come to share one.
//!
//! A proof is worth something for one purpose, on one connection, once. It covers its purpose, the ids of both sides, a
//! random text of each, and the key that encrypts the connection as that side sees it ([`ChannelBinding`]). So a relay
//! that passes a proof on to another connection, or uses it for another request, has a proof of nothing.
//!
//! Below, `MAC(key; a, b, …)` is HMAC-SHA256 over all parts, each with its length in four bytes (big-endian) before it,
//! so that no other parts make the same bytes. Random texts are 32 bytes in 64 hexadecimal digits, and so are results.
//! A connection's key is SHA-256 of the certificate's SubjectPublicKeyInfo, in hexadecimal digits, or "plain".
//!
//! **A token** is 32 random bytes, known to the viewer alone. The machine keeps two values made from it
//! ([`Verifier`]), from which nobody can act as the viewer. The scheme is that of SCRAM (RFC 5802) with its channel
//! binding (RFC 5929, here of the key), without its slow hash, which is for passwords; a token has 256 bits:
//!
//! ```text
//! clientKey = HMAC(token, "sightline client")      storedKey = SHA-256(clientKey)
//! serverKey = HMAC(token, "sightline server")
//! what      = purpose, machine's id, token's id, server's nonce, client's nonce, connection's key
//! client's  = clientKey XOR MAC(storedKey; "client", what)
//! server's  = MAC(serverKey; "server", what, machine's name, scope)
//! purpose   = "stream" or "http", method, target, SHA-256 of the body
//! ```
//!
//! Over HTTP the server names neither itself nor a scope, and ends at what the client's proof covers.
//!
//! **A pairing code** is 16 random bytes, known to both sides for five minutes, and good once:
//!
//! ```text
//! app's proof     = MAC(code; "pair app", app's nonce, connection's key, app's name)
//! what            = app's nonce, machine's nonce, connection's key, machine's id, token's id, machine's name, scope
//! machine's proof = MAC(code; "pair machine", what)
//! token           = MAC(code; "pair token", what)
//! ```
//!
//! The app's proof is sent before there is anything of the machine to cover: the code itself is what makes it good at
//! one machine and once.
//!
//! **Two screens that show the same digits** need no code: see [`comparison`].

pub mod comparison;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::Scope;
use crate::hex::from_hex;
pub use crate::hex::hex;
use crate::pin::ChannelBinding;

/// 32 bytes nobody else may know. No log prints them.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

/// What a machine keeps of a token: enough to check it, too little to use it.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    stored_key: [u8; 32],
    server_key: [u8; 32],
}

/// What a proof is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose<'a> {
    /// The native stream.
    Stream,
    /// One request over HTTP.
    Http {
        /// `GET`, `POST`, …
        method: &'a str,
        /// Path and query.
        target: &'a str,
        /// SHA-256 of the body, which is empty where there is none.
        body: &'a [u8; 32],
    },
}

/// What the two proofs of a challenge are about. Both sides put in something of their own, so none is good twice.
#[derive(Debug, Clone, Copy)]
pub struct Challenge<'a> {
    /// What for.
    pub purpose: Purpose<'a>,
    /// The connection, as this side sees it.
    pub binding: ChannelBinding,
    /// The machine's id.
    pub machine_id: &'a str,
    /// The token's id.
    pub token_id: &'a str,
    /// The server's random text.
    pub server_nonce: &'a str,
    /// The client's random text.
    pub client_nonce: &'a str,
}

/// What a machine proves of itself, beside that it knows the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity<'a> {
    /// Its name.
    pub name: &'a str,
    /// What the client may see.
    pub scope: Scope,
}

/// What the proofs of a pairing are about.
#[derive(Debug, Clone, Copy)]
pub struct Pairing<'a> {
    /// The code that both know.
    pub code: &'a [u8; 16],
    /// The connection, as this side sees it.
    pub binding: ChannelBinding,
    /// The app's random text.
    pub app_nonce: &'a str,
    /// The machine's random text.
    pub machine_nonce: &'a str,
    /// The machine's id.
    pub machine_id: &'a str,
    /// Id of the token that comes of it.
    pub token_id: &'a str,
    /// The machine, as the app gets to know it.
    pub machine: Identity<'a>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Verifier(…)")
    }
}

impl Secret {
    /// These bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// From 64 hexadecimal digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        from_hex(text).map(Self)
    }

    /// 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }

    /// What a machine keeps of it.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        let stored_key = Sha256::digest(self.client_key()).into();
        Verifier { stored_key, server_key: derive(&self.0, "sightline server") }
    }

    /// The client's answer to `challenge`; `None` where a random text of it is none.
    #[must_use]
    pub fn prove(&self, challenge: &Challenge<'_>) -> Option<String> {
        let mask = self.verifier().client_mask(challenge)?;
        Some(hex(&xor(self.client_key(), mask)))
    }

    fn client_key(&self) -> [u8; 32] {
        derive(&self.0, "sightline client")
    }
}

impl Verifier {
    /// Whether `token` is the one.
    #[must_use]
    pub fn fits(&self, token: &Secret) -> bool {
        self.is_of(token.client_key())
    }

    /// Whether `proof` is the client's answer to `challenge`.
    #[must_use]
    pub fn accepts(&self, challenge: &Challenge<'_>, proof: &str) -> bool {
        let (proof, mask) = (from_hex(proof), self.client_mask(challenge));
        proof.zip(mask).is_some_and(|(proof, mask)| self.is_of(xor(proof, mask)))
    }

    /// The server's own proof, of itself too where it names itself.
    #[must_use]
    pub fn prove(&self, challenge: &Challenge<'_>, machine: Option<&Identity<'_>>) -> String {
        let about = challenge.about(Transcript::new(&self.server_key, "server"));
        hex(&machine.map_or(about.clone(), |machine| machine.about(about)).mac())
    }

    /// Whether `proof` is the server's, for the client that holds the token.
    #[must_use]
    pub fn is_server(&self, challenge: &Challenge<'_>, machine: Option<&Identity<'_>>, proof: &str) -> bool {
        challenge.has_nonces() && same_text(&self.prove(challenge, machine), proof)
    }

    /// Two times 64 hexadecimal digits, for a file that others than its owner may not read.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex(&self.stored_key) + &hex(&self.server_key)
    }

    /// What [`Verifier::to_hex`] wrote.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let (stored, server) = text.split_at_checked(64)?;
        Some(Self { stored_key: from_hex(stored)?, server_key: from_hex(server)? })
    }

    fn is_of(&self, client_key: [u8; 32]) -> bool {
        let found: [u8; 32] = Sha256::digest(client_key).into();
        found.ct_eq(&self.stored_key).into()
    }

    fn client_mask(&self, challenge: &Challenge<'_>) -> Option<[u8; 32]> {
        let about = || challenge.about(Transcript::new(&self.stored_key, "client"));
        challenge.has_nonces().then(|| about().mac())
    }
}

impl Challenge<'_> {
    /// Whether both random texts are such, so that none is empty or chosen to look like something else.
    fn has_nonces(&self) -> bool {
        is_nonce(self.server_nonce) && is_nonce(self.client_nonce)
    }

    fn about(&self, transcript: Transcript) -> Transcript {
        let purposed = match self.purpose {
            Purpose::Stream => transcript.part("stream"),
            Purpose::Http { method, target, body } => {
                transcript.part("http").part(method).part(target).part(body)
            }
        };
        let of_both = purposed.part(self.machine_id).part(self.token_id);
        of_both.part(self.server_nonce).part(self.client_nonce).part(self.binding.to_string())
    }
}

impl Identity<'_> {
    fn about(&self, transcript: Transcript) -> Transcript {
        transcript.part(self.name).part(self.scope.name())
    }
}

impl Pairing<'_> {
    /// What the app sends, which calls itself `app_name`.
    #[must_use]
    pub fn app_proof(code: &[u8; 16], app_nonce: &str, binding: ChannelBinding, app_name: &str) -> String {
        let about = Transcript::new(code, "pair app").part(app_nonce).part(binding.to_string());
        hex(&about.part(app_name).mac())
    }

    /// What the machine sends back.
    #[must_use]
    pub fn machine_proof(&self) -> String {
        hex(&self.about("pair machine").mac())
    }

    /// Whether `proof` is the machine's, for the app.
    #[must_use]
    pub fn is_machine(&self, proof: &str) -> bool {
        let nonces = is_nonce(self.app_nonce) && is_nonce(self.machine_nonce);
        nonces && same_text(&self.machine_proof(), proof)
    }

    /// The token that both sides have from now on.
    #[must_use]
    pub fn token(&self) -> Secret {
        Secret(self.about("pair token").mac())
    }

    fn about(&self, what: &str) -> Transcript {
        let nonces = Transcript::new(self.code, what).part(self.app_nonce).part(self.machine_nonce);
        let ids = nonces.part(self.binding.to_string()).part(self.machine_id).part(self.token_id);
        self.machine.about(ids)
    }
}

/// What a proof covers: parts that were given one after the other, each with its length.
#[derive(Clone)]
struct Transcript(Hmac<Sha256>);

impl Transcript {
    /// One that begins with its `label`, by `key`.
    fn new(key: &[u8], label: &str) -> Self {
        Self(keyed(key)).part(label)
    }

    fn part(mut self, part: impl AsRef<[u8]>) -> Self {
        let part = part.as_ref();
        self.0.update(&(part.len() as u32).to_be_bytes());
        self.0.update(part);
        self
    }

    fn mac(self) -> [u8; 32] {
        self.0.finalize().into_bytes().into()
    }
}

/// A key made from another one, for one use.
fn derive(key: &[u8], label: &str) -> [u8; 32] {
    let mut mac = keyed(key);
    mac.update(label.as_bytes());
    mac.finalize().into_bytes().into()
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

/// Whether `text` is a random text of a proof: 64 hexadecimal digits.
#[must_use]
pub fn is_nonce(text: &str) -> bool {
    from_hex::<32>(text).is_some()
}

/// Whether both are the same; how long it takes says nothing about where they differ.
#[must_use]
pub fn same_text(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}

/// SHA-256 of a request's body, for [`Purpose::Http`].
#[must_use]
pub fn body_digest(body: &[u8]) -> [u8; 32] {
    Sha256::digest(body).into()
}

fn xor(mut left: [u8; 32], right: [u8; 32]) -> [u8; 32] {
    for (left, right) in left.iter_mut().zip(right) {
        *left ^= right;
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pin::Pin;

    fn token() -> Secret {
        Secret::new(std::array::from_fn(|at| at as u8))
    }

    const SERVER: &str = "5555555555555555555555555555555555555555555555555555555555555555";
    const CLIENT: &str = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc";
    const KEY: ChannelBinding = ChannelBinding::Key(Pin::new([0xab; 32]));
    const CHALLENGE: Challenge<'_> = Challenge {
        purpose: Purpose::Stream,
        binding: ChannelBinding::Plain,
        machine_id: "m",
        token_id: "t",
        server_nonce: SERVER,
        client_nonce: CLIENT,
    };
    const NAS: Identity<'_> = Identity { name: "nas", scope: Scope::View };

    #[test]
    fn proofs_are_those_of_the_scheme() {
        // Made with Python's hmac and hashlib from the formulas above.
        let proofs = |challenge: &Challenge<'_>, machine| {
            (token().prove(challenge).unwrap(), token().verifier().prove(challenge, machine))
        };
        let (client, server) = proofs(&CHALLENGE, Some(&NAS));
        assert_eq!(client, "7153062f465679df70c788c55ea669aaac20cf35362a9a2942c9130f55683242");
        assert_eq!(server, "08a33c5f06faec4f73ebc14ee1c01a2da632393f828250802562c517404bc8f3");
        let body = body_digest(b"{}");
        let purpose = Purpose::Http { method: "POST", target: "/x", body: &body };
        let (client, server) = proofs(&Challenge { purpose, binding: KEY, ..CHALLENGE }, None);
        assert_eq!(client, "c657a00836a03bf899d43a0921f8834746b3f6cadb567335a446a98c250460ef");
        assert_eq!(server, "ae141ae5d2de7696ea1a64c5ebb3db583616bcd12f6413b956a2e1e438e3851e");
        let code = std::array::from_fn(|at| at as u8);
        let app_nonce = "a".repeat(64);
        assert_eq!(
            Pairing::app_proof(&code, &app_nonce, KEY, "Laptop"),
            "aa9e8eb64588fb2a491d79f25b0c914f1124c5084e8d101749b082bb2f7b74a1"
        );
        let pairing = Pairing {
            code: &code,
            binding: KEY,
            app_nonce: &app_nonce,
            machine_nonce: &"d".repeat(64),
            machine_id: "m",
            token_id: "t",
            machine: NAS,
        };
        assert_eq!(
            pairing.machine_proof(),
            "6e454c094b4834348bdefa2fc3a268bd6ed4c818c1ea9bea9281eb1a09057f8f"
        );
        assert!(pairing.is_machine(&pairing.machine_proof()));
        assert!(!Pairing { app_nonce: "a", ..pairing }.is_machine(&pairing.machine_proof()));
        assert_eq!(
            pairing.token().to_hex(),
            "4d43c7d17e794d3da2c392f639faa58773294afc1e50c540bec8891bc978dfe5"
        );
    }

    #[test]
    fn a_proof_is_good_for_one_purpose_on_one_connection_once() {
        let verifier = token().verifier();
        let proof = token().prove(&CHALLENGE).unwrap();
        let server = verifier.prove(&CHALLENGE, Some(&NAS));
        assert!(verifier.accepts(&CHALLENGE, &proof));
        assert!(verifier.is_server(&CHALLENGE, Some(&NAS), &server));
        assert!(!verifier.accepts(&CHALLENGE, &server), "our own proof sent back");
        let (none, some) = (body_digest(b""), body_digest(b"x"));
        let http =
            |method, target, body| Challenge { purpose: Purpose::Http { method, target, body }, ..CHALLENGE };
        let others = [
            Challenge { binding: KEY, ..CHALLENGE },
            Challenge { machine_id: "n", ..CHALLENGE },
            Challenge { token_id: "u", ..CHALLENGE },
            // The same letters, cut elsewhere.
            Challenge { machine_id: "mt", token_id: "", ..CHALLENGE },
            Challenge { server_nonce: CLIENT, client_nonce: SERVER, ..CHALLENGE },
            Challenge { client_nonce: SERVER, ..CHALLENGE },
            http("GET", "/", &none),
        ];
        for other in others {
            assert!(!verifier.accepts(&other, &proof), "{other:?}");
            assert!(!verifier.is_server(&other, Some(&NAS), &server), "{other:?}");
        }
        let asked = http("GET", "/a?b", &none);
        let proof = token().prove(&asked).unwrap();
        assert!(verifier.accepts(&asked, &proof));
        for other in [http("POST", "/a?b", &none), http("GET", "/a", &none), http("GET", "/a?b", &some)] {
            assert!(!verifier.accepts(&other, &proof), "{other:?}");
        }
        for other in [Identity { name: "nas2", ..NAS }, Identity { scope: Scope::Control, ..NAS }] {
            assert!(!verifier.is_server(&CHALLENGE, Some(&other), &server), "{other:?}");
        }
        assert!(!verifier.is_server(&CHALLENGE, None, &server));
        for garbage in ["", "zz", &proof[1..], &format!("{proof}00"), &"é".repeat(32)] {
            assert!(!verifier.accepts(&asked, garbage), "{garbage}");
        }
    }

    #[test]
    fn what_is_no_random_text_proves_nothing() {
        let short = &SERVER[1..];
        for nonce in ["", "s", short, &format!("{SERVER}5"), &"é".repeat(32), &"x".repeat(64)] {
            for challenge in [
                Challenge { server_nonce: nonce, ..CHALLENGE },
                Challenge { client_nonce: nonce, ..CHALLENGE },
            ] {
                assert_eq!(token().prove(&challenge), None, "{nonce}");
                let server = token().verifier().prove(&challenge, Some(&NAS));
                assert!(!token().verifier().is_server(&challenge, Some(&NAS), &server), "{nonce}");
            }
        }
    }

    #[test]
    fn what_the_machine_keeps_does_not_open_it() {
        let verifier = token().verifier();
        assert!(verifier.fits(&token()));
        // A thief of the file tries each half of what it says as the token, and as the key of a proof.
        for kept in [verifier.stored_key, verifier.server_key] {
            let thief = Secret::new(kept);
            assert!(!verifier.fits(&thief));
            assert!(!verifier.accepts(&CHALLENGE, &thief.prove(&CHALLENGE).unwrap()));
            let mask = verifier.client_mask(&CHALLENGE).unwrap();
            assert!(!verifier.accepts(&CHALLENGE, &hex(&xor(kept, mask))));
        }
        assert_eq!(Verifier::from_hex(&verifier.to_hex()), Some(verifier));
    }

    #[test]
    fn secrets_are_not_printed() {
        let printed = format!("{:?} {:?}", token(), token().verifier());
        assert_eq!(printed, "Secret(…) Verifier(…)");
    }
}
