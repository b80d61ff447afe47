//! `Authorization: Sightline`: how a program proves over HTTP that it has a token, without sending it, and has the
//! machine prove itself in the answer. The scheme of the native stream ([`crate::proof`]), in two requests:
//!
//! ```text
//! GET /api/v1/snapshot                     401
//! Authorization: Sightline                 WWW-Authenticate: Sightline machine="<id>", nonce="<random>"
//!
//! GET /api/v1/snapshot                     200
//! Authorization: Sightline token="<id>",   Authentication-Info: proof="<server's>"
//!   nonce="<the one above>",
//!   client="<random>", proof="<client's>"
//! ```
//!
//! A proof covers method, target and body ([`crate::proof::Purpose::Http`]), so it is good for this request and for no
//! other, and on the stream for nothing. A nonce is good once, for 30 s, for the address that asked for it. Over https
//! the key that a proof covers is that of the certificate which this connection got.

use std::fmt::Write as _;

/// Name of the scheme.
pub const SCHEME: &str = "Sightline";
/// Parameter: a proof, hex.
pub const PROOF: &str = "proof";
/// Parameter: the server's random text.
pub const NONCE: &str = "nonce";
/// Parameter: the client's random text.
pub const CLIENT: &str = "client";
/// Parameter: id of the token.
pub const TOKEN: &str = "token";
/// Parameter: id of the machine.
pub const MACHINE: &str = "machine";
/// Parameter: why there is a challenge in spite of a proof.
pub const ERROR: &str = "error";
/// Value of [`ERROR`]: the access was revoked.
pub const REVOKED: &str = "revoked";

/// Parameters as they stand in a header: `name="text"`, with commas between.
#[derive(Debug, Clone, Copy)]
pub struct Parameters<'a>(&'a str);

impl<'a> Parameters<'a> {
    /// What stands behind the scheme's name in `header`; nothing where it is of another scheme.
    #[must_use]
    pub fn of(header: &'a str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        scheme.eq_ignore_ascii_case(SCHEME).then_some(Self(rest))
    }

    /// Those of a header that has no scheme.
    #[must_use]
    pub fn bare(header: &'a str) -> Self {
        Self(header)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0.trim().is_empty()
    }

    /// The text of the parameter called `name`. None of ours has quotes or commas in it.
    #[must_use]
    pub fn get(self, name: &str) -> Option<&'a str> {
        self.0.split(',').find_map(|part| {
            let (key, text) = part.split_once('=')?;
            let text = text.trim().strip_prefix('"')?.strip_suffix('"')?;
            (key.trim().eq_ignore_ascii_case(name)).then_some(text)
        })
    }
}

/// Parameters for a header.
#[must_use]
pub fn written(parameters: &[(&str, &str)]) -> String {
    let mut header = String::new();
    for (name, text) in parameters {
        let comma = if header.is_empty() { "" } else { ", " };
        let _ = write!(header, "{comma}{name}=\"{text}\"");
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_as_they_are_written() {
        let header = format!("sightline {}", written(&[(TOKEN, "a"), (NONCE, "b c"), (PROOF, "")]));
        assert_eq!(header, r#"sightline token="a", nonce="b c", proof="""#);
        let read = Parameters::of(&header).unwrap();
        assert_eq!(
            [TOKEN, "NONCE", PROOF, CLIENT].map(|name| read.get(name)),
            [Some("a"), Some("b c"), Some(""), None]
        );
        assert!(!read.is_empty());
        assert!(Parameters::of(" Sightline ").is_some_and(Parameters::is_empty));
        for other in ["", "Bearer x", "Sightlines a=\"b\"", "Sightline,"] {
            assert!(Parameters::of(other).is_none(), "{other}");
        }
        for broken in ["Sightline token", "Sightline token=a", "Sightline token=\"a", "Sightline =\"a\""] {
            assert_eq!(Parameters::of(broken).unwrap().get(TOKEN), None, "{broken}");
        }
    }
}
