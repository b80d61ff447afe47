//! How two sides that share a secret prove it to each other without sending it, and how they come to share one.
//!
//! **A token** is 32 random bytes, known to the viewer alone. The machine keeps two values made from it
//! ([`Verifier`]), from which nobody can act as the viewer. The scheme is that of SCRAM (RFC 5802) without its
//! slow hash, which is for passwords; a token has 256 bits:
//!
//! ```text
//! clientKey = HMAC(token, "sightline client")      storedKey = SHA-256(clientKey)
//! serverKey = HMAC(token, "sightline server")
//! what      = machineId ‖ server's nonce ‖ client's nonce
//! client's  = clientKey XOR HMAC(storedKey, "client" ‖ what)
//! server's  = HMAC(serverKey, "server" ‖ what)
//! ```
//!
//! **A pairing code** is 16 random bytes, known to both sides for five minutes:
//!
//! ```text
//! app's proof     = HMAC(code, "pair app" ‖ app's nonce)
//! machine's proof = HMAC(code, "pair machine" ‖ app's nonce ‖ machine's nonce ‖ token id)
//! token           = HMAC(code, "pair token" ‖ app's nonce ‖ machine's nonce ‖ token id)
//! ```
//!
//! Over an encrypted link, SHA-256 of the key that encrypts it (the certificate's SubjectPublicKeyInfo, as hex) follows
//! the app's nonce in all three: whoever stands between shows another key.
//!
//! **Two screens that show the same digits** need no code: see [`comparison`].
//!
//! HMAC is HMAC-SHA256, ‖ joins the texts as they travel, and results travel as hex.

pub mod comparison;

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// 32 bytes nobody else may know. No log prints them.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

/// What a machine keeps of a token: enough to check it, too little to use it.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    stored_key: [u8; 32],
    server_key: [u8; 32],
}

/// What the two proofs of a challenge are about. Both sides put in something of their own, so none is good twice.
#[derive(Debug, Clone, Copy)]
pub struct Challenge<'a> {
    /// The machine's id.
    pub machine_id: &'a str,
    /// The server's random text.
    pub server_nonce: &'a str,
    /// The client's random text.
    pub client_nonce: &'a str,
}

/// What the proofs of a pairing are about.
#[derive(Debug, Clone, Copy)]
pub struct Pairing<'a> {
    /// The code that both know.
    pub code: &'a [u8; 16],
    /// The app's random text.
    pub app_nonce: &'a str,
    /// The machine's random text.
    pub machine_nonce: &'a str,
    /// Id of the token that comes of it.
    pub token_id: &'a str,
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
        Verifier { stored_key, server_key: hmac(&self.0, &["sightline server"]) }
    }

    /// The client's answer to `challenge`.
    #[must_use]
    pub fn prove(&self, challenge: &Challenge<'_>) -> String {
        let mask = self.verifier().client_mask(challenge);
        hex(&xor(self.client_key(), mask))
    }

    fn client_key(&self) -> [u8; 32] {
        hmac(&self.0, &["sightline client"])
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
        from_hex(proof).is_some_and(|proof| self.is_of(xor(proof, self.client_mask(challenge))))
    }

    /// The server's own proof.
    #[must_use]
    pub fn prove(&self, challenge: &Challenge<'_>) -> String {
        hex(&hmac(&self.server_key, &challenge.parts("server")))
    }

    /// Whether `proof` is the server's, for the client that holds the token.
    #[must_use]
    pub fn is_server(&self, challenge: &Challenge<'_>, proof: &str) -> bool {
        self.prove(challenge).as_bytes().ct_eq(proof.as_bytes()).into()
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

    fn client_mask(&self, challenge: &Challenge<'_>) -> [u8; 32] {
        hmac(&self.stored_key, &challenge.parts("client"))
    }
}

impl<'a> Challenge<'a> {
    fn parts(&self, side: &'a str) -> [&'a str; 4] {
        [side, self.machine_id, self.server_nonce, self.client_nonce]
    }
}

impl Pairing<'_> {
    /// What the app sends.
    #[must_use]
    pub fn app_proof(code: &[u8; 16], app_nonce: &str) -> String {
        hex(&hmac(code, &["pair app", app_nonce]))
    }

    /// Whether `proof` is what an app sends that knows `code`.
    #[must_use]
    pub fn is_app(code: &[u8; 16], app_nonce: &str, proof: &str) -> bool {
        Self::app_proof(code, app_nonce).as_bytes().ct_eq(proof.as_bytes()).into()
    }

    /// What the machine sends back.
    #[must_use]
    pub fn machine_proof(&self) -> String {
        hex(&hmac(self.code, &["pair machine", self.app_nonce, self.machine_nonce, self.token_id]))
    }

    /// Whether `proof` is the machine's, for the app.
    #[must_use]
    pub fn is_machine(&self, proof: &str) -> bool {
        self.machine_proof().as_bytes().ct_eq(proof.as_bytes()).into()
    }

    /// The token that both sides have from now on.
    #[must_use]
    pub fn token(&self) -> Secret {
        Secret(hmac(self.code, &["pair token", self.app_nonce, self.machine_nonce, self.token_id]))
    }
}

fn hmac(key: &[u8], parts: &[&str]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

fn xor(mut left: [u8; 32], right: [u8; 32]) -> [u8; 32] {
    for (left, right) in left.iter_mut().zip(right) {
        *left ^= right;
    }
    left
}

/// Lower-case hexadecimal digits of `bytes`.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of exactly as many digits as fit; nothing for anything else.
fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    if text.len() == 2 * N { bytes.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Secret {
        Secret::new(std::array::from_fn(|at| at as u8))
    }

    const CHALLENGE: Challenge<'_> = Challenge { machine_id: "m", server_nonce: "s1", client_nonce: "c1" };

    #[test]
    fn proofs_are_those_of_the_scheme() {
        // Made with Python's hmac and hashlib from the formulas above.
        assert_eq!(
            token().prove(&CHALLENGE),
            "734c5c70464ef0f385d51baa1cb037a72c019bfa4973d3260eba9ac88ddd050f"
        );
        assert_eq!(
            token().verifier().prove(&CHALLENGE),
            "2c0632f950d5ab194021c435e85caddd8ecc88542783331cc069abd4f319e965"
        );
        let code = std::array::from_fn(|at| at as u8);
        assert_eq!(
            Pairing::app_proof(&code, "a1"),
            "c1c25f482ee35966149d68b99eae7d38357cc5f96a922f31537b95c96bb19306"
        );
        let pairing = Pairing { code: &code, app_nonce: "a1", machine_nonce: "m1", token_id: "t1" };
        assert_eq!(
            pairing.machine_proof(),
            "65866b52449d845e096b847c1a7b3e3d7882ccb20f81f4435ebc2248161867ca"
        );
        assert_eq!(
            pairing.token().to_hex(),
            "ec3950ac1325dc5e31b84640c5d0bcdfeb40f4b7b23c7254fb78571c83852206"
        );
    }

    #[test]
    fn a_proof_is_good_for_its_machine_its_socket_and_its_side_only() {
        let verifier = token().verifier();
        let proof = token().prove(&CHALLENGE);
        assert!(verifier.accepts(&CHALLENGE, &proof));
        assert!(!verifier.accepts(&CHALLENGE, &verifier.prove(&CHALLENGE)), "our own proof sent back");
        let others = [
            Challenge { machine_id: "n", ..CHALLENGE },
            Challenge { server_nonce: "s2", ..CHALLENGE },
            Challenge { client_nonce: "c2", ..CHALLENGE },
        ];
        for other in others {
            assert!(!verifier.accepts(&other, &proof), "{other:?}");
            assert!(!verifier.is_server(&other, &verifier.prove(&CHALLENGE)), "{other:?}");
        }
        for garbage in ["", "zz", &proof[1..], &format!("{proof}00"), &"é".repeat(32)] {
            assert!(!verifier.accepts(&CHALLENGE, garbage), "{garbage}");
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
            assert!(!verifier.accepts(&CHALLENGE, &thief.prove(&CHALLENGE)));
            assert!(!verifier.accepts(&CHALLENGE, &hex(&xor(kept, verifier.client_mask(&CHALLENGE)))));
        }
        assert_eq!(Verifier::from_hex(&verifier.to_hex()), Some(verifier));
    }

    #[test]
    fn secrets_are_not_printed() {
        let printed = format!("{:?} {:?}", token(), token().verifier());
        assert_eq!(printed, "Secret(…) Verifier(…)");
    }
}
