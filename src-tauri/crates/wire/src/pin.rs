//! By which key a machine that encrypts its links is known again.

use std::fmt;

use crate::proof::hex;

/// SHA-256 of a machine's public key (the certificate's SubjectPublicKeyInfo), by which it is known again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pin([u8; 32]);

impl Pin {
    /// A pin of these bytes: a SHA-256 that was made elsewhere, since this crate reads no certificates.
    #[must_use]
    pub const fn new(sha256: [u8; 32]) -> Self {
        Self(sha256)
    }

    /// 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex(&self.0)
    }

    /// What [`Pin::to_hex`] wrote.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
        let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
        if digits.len() == 64 { bytes.try_into().ok().map(Self) } else { None }
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pin({})", self.to_hex())
    }
}

/// An app's random text as it stands in the proofs of a pairing ([`crate::proof`]): bound to the key that encrypts
/// the connection, if one does.
#[must_use]
pub fn bound_nonce(nonce: &str, pin: Option<Pin>) -> String {
    pin.map_or_else(|| nonce.to_owned(), |pin| format!("{nonce}{}", pin.to_hex()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_read_as_it_was_written_and_nothing_else_is_read() {
        let pin = Pin::new(std::array::from_fn(|at| at as u8 * 8));
        let text = pin.to_hex();
        assert_eq!(Pin::from_hex(&text), Some(pin));
        for broken in ["", "ab", &text[1..], &format!("{text}00"), &text.replace('0', "x")] {
            assert_eq!(Pin::from_hex(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_nonce_is_bound_to_the_key_of_the_connection() {
        let pin = Pin::new([0xab; 32]);
        assert_eq!(bound_nonce("n", None), "n");
        assert_eq!(bound_nonce("n", Some(pin)), format!("n{}", "ab".repeat(32)));
    }
}
