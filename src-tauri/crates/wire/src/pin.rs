//! By which key a machine that encrypts its links is known again.

use std::fmt;

use crate::hex::{from_hex, hex};

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
        from_hex(text).map(Self)
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pin({})", self.to_hex())
    }
}

/// What tells a connection from one that somebody else ended and opened anew: the key that encrypts it, as each side
/// sees it. Proofs cover it ([`crate::proof`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelBinding {
    /// Not encrypted: nothing tells them apart.
    Plain,
    /// By TLS, with this key of the machine.
    Key(Pin),
}

impl ChannelBinding {
    /// Whether the connection is encrypted.
    #[must_use]
    pub const fn is_encrypted(self) -> bool {
        matches!(self, ChannelBinding::Key(_))
    }

    /// The key, where there is one.
    #[must_use]
    pub const fn pin(self) -> Option<Pin> {
        match self {
            ChannelBinding::Plain => None,
            ChannelBinding::Key(pin) => Some(pin),
        }
    }
}

impl fmt::Display for ChannelBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChannelBinding::Plain => f.write_str("plain"),
            ChannelBinding::Key(pin) => f.write_str(&pin.to_hex()),
        }
    }
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
    fn a_connection_is_bound_to_the_key_of_its_machine() {
        assert_eq!(ChannelBinding::Plain.to_string(), "plain");
        assert_eq!(ChannelBinding::Key(Pin::new([0xab; 32])).to_string(), "ab".repeat(32));
    }
}
