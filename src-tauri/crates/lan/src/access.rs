//! Who proves what: tokens, the owner's file, and the challenge that keeps a token off the network.
//!
//! A token is an id and a secret of 256 bits. Programs on this computer may send it as `Authorization: Bearer`;
//! a stream answers a challenge with it, so that neither a listener nor a wrong machine ever learns the secret.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use tracing::warn;
use wire::Scope;

/// File in the data directory that lets its reader control this monitor.
const OWNER_FILE: &str = "owner.token";
/// Id of the owner's token.
const OWNER: &str = "owner";
/// Longest id of a token, and longest nonce of a viewer.
const ID_CHARS: usize = 64;

/// A secret, which no log prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// 256 random bits; `None` where the system has none to give.
    #[must_use]
    pub fn random() -> Option<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).ok().map(|()| Self(bytes))
    }

    /// From 64 hexadecimal digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
        let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
        (text.len() == 64).then(|| bytes.try_into().ok().map(Self))?
    }

    /// 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }

    fn equals(&self, other: &Secret) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// The tokens that open this door. Cheap to clone; all clones are one set.
#[derive(Debug, Clone, Default)]
pub struct Tokens(Arc<Mutex<HashMap<String, Token>>>);

#[derive(Debug, Clone)]
struct Token {
    secret: Secret,
    scope: Scope,
}

/// What a token gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) scope: Scope,
    /// The owner's token is good on this computer only: on the network it would travel in clear.
    pub(crate) loopback_only: bool,
}

impl Grant {
    /// What it gives to a caller from `address`, whose link is not encrypted.
    pub(crate) fn over_plain_link(self, address: IpAddr) -> Option<Scope> {
        match (address.is_loopback(), self.loopback_only) {
            (true, _) => Some(self.scope),
            (false, true) => None,
            (false, false) => Some(self.scope.min(Scope::Processes)),
        }
    }
}

impl Tokens {
    /// Lets the holder of `secret` in under `id`.
    pub fn insert(&self, id: &str, secret: Secret, scope: Scope) {
        self.lock().insert(id.to_owned(), Token { secret, scope });
    }

    /// Takes a token back: nobody gets in by it any more.
    pub fn remove(&self, id: &str) {
        self.lock().remove(id);
    }

    /// What `<id>.<secret in hex>` gives, if it is a token.
    pub(crate) fn bearer(&self, text: &str) -> Option<Grant> {
        let (id, secret) = text.split_once('.')?;
        let secret = Secret::from_hex(secret)?;
        let token = self.lock().get(id).cloned()?;
        token.secret.equals(&secret).then(|| Self::grant(id, &token))
    }

    /// What the answer to a challenge gives, and our own proof in return; nothing where it is wrong.
    pub(crate) fn prove(&self, challenge: &Challenge<'_>, mac: &str) -> Option<(Grant, String)> {
        if challenge.token_id.len() > ID_CHARS || challenge.client_nonce.len() > ID_CHARS {
            return None;
        }
        let token = self.lock().get(challenge.token_id).cloned()?;
        let expected = challenge.mac(&token.secret, "client");
        let same: bool = expected.as_bytes().ct_eq(mac.as_bytes()).into();
        same.then(|| (Self::grant(challenge.token_id, &token), challenge.mac(&token.secret, "server")))
    }

    fn grant(id: &str, token: &Token) -> Grant {
        Grant { scope: token.scope, loopback_only: id == OWNER }
    }

    /// Adds the owner's token, made at the first start. Without a data directory to write to there is none.
    pub(crate) fn add_owner(&self, data_dir: &Path) {
        let path = data_dir.join(OWNER_FILE);
        let known = std::fs::read_to_string(&path).ok();
        let known = known.as_deref().and_then(|text| text.trim().strip_prefix("owner."));
        if let Some(secret) = known.and_then(Secret::from_hex) {
            self.insert(OWNER, secret, Scope::Control);
            return;
        }
        let Some(secret) = Secret::random() else { return };
        match write_private(&path, &format!("{OWNER}.{}\n", secret.to_hex())) {
            Ok(()) => self.insert(OWNER, secret, Scope::Control),
            Err(err) => warn!(error = %err, path = %path.display(), "the owner's token could not be written"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Token>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a proof is about. Both sides put in something of their own, so no proof can be used a second time.
#[derive(Debug)]
pub(crate) struct Challenge<'a> {
    pub(crate) machine_id: &'a str,
    pub(crate) server_nonce: &'a str,
    pub(crate) token_id: &'a str,
    pub(crate) client_nonce: &'a str,
}

impl Challenge<'_> {
    /// The proof of `side`: "client" or "server". Hex.
    fn mac(&self, secret: &Secret, side: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret.0).expect("HMAC takes keys of any length");
        for part in [side, self.machine_id, self.server_nonce, self.client_nonce] {
            mac.update(part.as_bytes());
        }
        hex(&mac.finalize().into_bytes())
    }
}

/// Random text for one challenge; `None` where the system has no randomness to give.
pub(crate) fn nonce() -> Option<String> {
    Secret::random().map(|secret| secret.to_hex())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Writes a file that nobody else can read, at no moment.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn secret(text: &str) -> Secret {
        Secret::from_hex(text).unwrap()
    }

    #[test]
    fn a_bearer_is_an_id_and_its_secret_to_the_last_digit() {
        let tokens = Tokens::default();
        tokens.insert("kitchen", secret(SECRET), Scope::View);
        let good = format!("kitchen.{SECRET}");
        assert_eq!(tokens.bearer(&good), Some(Grant { scope: Scope::View, loopback_only: false }));
        let wrong = [
            "",
            "kitchen",
            "kitchen.",
            SECRET,
            &format!("garage.{SECRET}"),
            &good[..good.len() - 1],
            &format!("{good}0"),
            &format!("{}e", &good[..good.len() - 1]),
            &format!("kitchen.{}", "é".repeat(32)),
        ];
        for text in wrong {
            assert_eq!(tokens.bearer(text), None, "{text}");
        }
        tokens.remove("kitchen");
        assert_eq!(tokens.bearer(&good), None, "taken back");
    }

    #[test]
    fn a_proof_is_good_for_its_machine_its_socket_and_its_side_only() {
        let tokens = Tokens::default();
        tokens.insert("kitchen", secret(SECRET), Scope::Processes);
        let challenge =
            Challenge { machine_id: "m", server_nonce: "s1", token_id: "kitchen", client_nonce: "c1" };
        let client = challenge.mac(&secret(SECRET), "client");
        // hmac.new(bytes(range(32)), b"client" b"m" b"s1" b"c1", hashlib.sha256).hexdigest(), in Python.
        assert_eq!(client, "a707f4aac75226071ec348515a5b51bd39315acaadc6af1bf5a4f85f89f4d9e7");
        let (grant, server) = tokens.prove(&challenge, &client).unwrap();
        assert_eq!(grant.scope, Scope::Processes);
        assert_ne!(server, client);
        assert_eq!(tokens.prove(&challenge, &server), None, "our own proof sent back");
        let others = [
            Challenge { machine_id: "n", ..challenge },
            Challenge { server_nonce: "s2", ..challenge },
            Challenge { client_nonce: "c2", ..challenge },
            Challenge { token_id: "garage", ..challenge },
        ];
        for other in others {
            assert_eq!(tokens.prove(&other, &client), None, "{other:?}");
        }
    }

    #[test]
    fn the_owners_token_is_private_and_stays_over_restarts() {
        let data = tempfile::tempdir().unwrap();
        Tokens::default().add_owner(data.path());
        let text = std::fs::read_to_string(data.path().join(OWNER_FILE)).unwrap();
        let again = Tokens::default();
        again.add_owner(data.path());
        assert_eq!(again.bearer(text.trim()), Some(Grant { scope: Scope::Control, loopback_only: true }));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(data.path().join(OWNER_FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(data.path().join(OWNER_FILE), "half a tok").unwrap();
        let renewed = Tokens::default();
        renewed.add_owner(data.path());
        assert_eq!(renewed.bearer(text.trim()), None);
    }

    #[test]
    fn secrets_are_not_printed() {
        let printed = format!("{:?}", secret(SECRET));
        assert!(!printed.contains("1f") && !printed.contains("31"), "{printed}");
    }
}
