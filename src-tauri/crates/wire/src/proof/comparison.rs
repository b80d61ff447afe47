//! Two screens that show the same digits, where no code was passed on before.
//!
//! Both sides make an X25519 key for this once and 32 random bytes. The app commits itself to its own before it gets
//! the machine's, so that an attacker in the middle would have to guess what the digits on both screens will be: one try
//! in a million, which people at both screens see.
//!
//! ```text
//! commitment      = SHA-256("sightline compare" ‖ app's key ‖ app's nonce)
//! what            = commitment, app's key, app's nonce, machine's key, machine's nonce, connection's key, app's name,
//!                   machine's id, machine's name
//! shared          = X25519(own secret key, the other's key)
//! digits          = the first 8 bytes of MAC(shared; "compare digits", what), big-endian, modulo 1 000 000
//! token id        = the first 8 bytes of MAC(shared; "compare id", what)
//! token           = MAC(shared; "compare token", what)
//! machine's proof = MAC(shared; "compare machine", what, scope)
//! ```
//!
//! `MAC` and the connection's key are those of [`super`]. Keys and nonces are 64 hexadecimal digits, as [`thirty_two`]
//! reads them.

use sha2::{Digest, Sha256};

use super::{Secret, Transcript, hex, same_text};
use crate::Scope;
use crate::hex::from_hex;
use crate::pin::ChannelBinding;

/// What both ends of a comparison know of each other, as it travelled.
#[derive(Debug, Clone, Copy)]
pub struct Comparison<'a> {
    /// The app's key.
    pub app_key: &'a str,
    /// The app's random text.
    pub app_nonce: &'a str,
    /// The machine's key.
    pub machine_key: &'a str,
    /// The machine's random text.
    pub machine_nonce: &'a str,
    /// The connection, as this side sees it.
    pub binding: ChannelBinding,
    /// What the app calls itself.
    pub app_name: &'a str,
    /// The machine's id.
    pub machine_id: &'a str,
    /// What the machine calls itself.
    pub machine_name: &'a str,
}

/// The result of a comparison: the same at both ends, without an attacker in the middle.
#[derive(Clone)]
pub struct Compared {
    /// Six digits, for both screens.
    pub digits: String,
    /// Id of the token.
    pub token_id: String,
    /// The token, which is good as soon as both screens were agreed to.
    pub token: Secret,
    /// What the machine's yes is made with, without the scope.
    yes: Transcript,
}

impl std::fmt::Debug for Compared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Compared(…)")
    }
}

impl Comparison<'_> {
    /// What the app sends first.
    #[must_use]
    pub fn commitment(app_key: &str, app_nonce: &str) -> String {
        digest(&["sightline compare", app_key, app_nonce])
    }

    /// Whether `commitment` was made of this key and this random text.
    #[must_use]
    pub fn is_commitment(commitment: &str, app_key: &str, app_nonce: &str) -> bool {
        same_text(&Self::commitment(app_key, app_nonce), commitment)
    }

    /// What comes of it, at the end that found `shared` by its own secret key.
    #[must_use]
    pub fn compare(&self, shared: &[u8]) -> Compared {
        let made = |of| self.about(Transcript::new(shared, of));
        Compared {
            digits: six(made("compare digits").mac()),
            token_id: hex(&made("compare id").mac()[..8]),
            token: Secret::new(made("compare token").mac()),
            yes: made("compare machine"),
        }
    }

    fn about(&self, transcript: Transcript) -> Transcript {
        let of_app = transcript.part(Self::commitment(self.app_key, self.app_nonce));
        let keys = of_app.part(self.app_key).part(self.app_nonce).part(self.machine_key);
        let binding = self.binding.to_string();
        let names = keys.part(self.machine_nonce).part(binding).part(self.app_name);
        names.part(self.machine_id).part(self.machine_name)
    }
}

impl Compared {
    /// The machine's proof with an approval of `scope`.
    #[must_use]
    pub fn machine_proof(&self, scope: Scope) -> String {
        hex(&self.yes.clone().part(scope.name()).mac())
    }

    /// Whether `proof` is the machine's yes to `scope`.
    #[must_use]
    pub fn is_machine(&self, scope: Scope, proof: &str) -> bool {
        same_text(&self.machine_proof(scope), proof)
    }
}

/// The bytes of a key, a nonce or a commitment: 64 hexadecimal digits.
#[must_use]
pub fn thirty_two(text: &str) -> Option<[u8; 32]> {
    from_hex(text)
}

fn six(bytes: [u8; 32]) -> String {
    let number = bytes.iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
    format!("{:06}", number % 1_000_000)
}

/// SHA-256 of texts, one behind the other; hex.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part.as_bytes()));
    hex(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pin::Pin;

    const SHARED: [u8; 32] = {
        let mut bytes = [0; 32];
        let mut at = 0;
        while at < 32 {
            bytes[at] = at as u8;
            at += 1;
        }
        bytes
    };
    const COMPARISON: Comparison<'_> = Comparison {
        app_key: "a1",
        app_nonce: "a2",
        machine_key: "m1",
        machine_nonce: "m2",
        binding: ChannelBinding::Plain,
        app_name: "Laptop",
        machine_id: "m",
        machine_name: "nas",
    };

    #[test]
    fn what_comes_of_it_is_that_of_the_formulas() {
        // Made with Python's hmac and hashlib from the formulas above.
        assert_eq!(
            Comparison::commitment("a1", "a2"),
            "ed41913d9fe4e6b92609673d055ff83164d3bfd480e87e3189eefc057a51d65c"
        );
        let compared = COMPARISON.compare(&SHARED);
        assert_eq!((compared.digits.as_str(), compared.token_id.as_str()), ("102535", "a639ea6be6fb0f47"));
        assert_eq!(
            compared.token.to_hex(),
            "d370d124ddd2c1e71cdbef41a47b69bc28425e5c662e7ea05d0dad5860255d08"
        );
        assert_eq!(
            compared.machine_proof(Scope::Processes),
            "c641a5ff48b6bfc3fff81753434b2518a3a2bd16230afede447bf07832fdbc3e"
        );
        assert_eq!(format!("{compared:?}"), "Compared(…)");
    }

    #[test]
    fn whatever_differs_between_the_ends_makes_all_of_it_differ() {
        let compared = COMPARISON.compare(&SHARED);
        let others = [
            Comparison { app_key: "x", ..COMPARISON },
            Comparison { app_nonce: "x", ..COMPARISON },
            Comparison { machine_key: "x", ..COMPARISON },
            Comparison { machine_nonce: "x", ..COMPARISON },
            Comparison { binding: ChannelBinding::Key(Pin::new([1; 32])), ..COMPARISON },
            Comparison { app_name: "x", ..COMPARISON },
            Comparison { machine_id: "x", ..COMPARISON },
            Comparison { machine_name: "x", ..COMPARISON },
            // The same letters, cut elsewhere.
            Comparison { machine_id: "mn", machine_name: "as", ..COMPARISON },
        ];
        let others = others.map(|other| other.compare(&SHARED));
        for other in others.iter().chain([&COMPARISON.compare(&[7; 32])]) {
            assert_ne!(other.digits, compared.digits);
            assert_ne!(other.token_id, compared.token_id);
            assert_ne!(other.token.to_hex(), compared.token.to_hex());
            assert!(!compared.is_machine(Scope::View, &other.machine_proof(Scope::View)));
        }
    }

    #[test]
    fn a_yes_is_good_for_its_scope_and_a_commitment_for_what_it_was_made_of() {
        let compared = COMPARISON.compare(&SHARED);
        let yes = compared.machine_proof(Scope::View);
        assert!(compared.is_machine(Scope::View, &yes) && !compared.is_machine(Scope::Control, &yes));
        let commitment = Comparison::commitment("a1", "a2");
        assert!(Comparison::is_commitment(&commitment, "a1", "a2"));
        assert!(!Comparison::is_commitment(&commitment, "a1", "a3"));
        assert!(!Comparison::is_commitment("", "a1", "a2"));
    }
}
