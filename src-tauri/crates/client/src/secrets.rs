//! Stores the tokens of other machines: in the operating system's keyring, where this build has it (feature `keyring`)
//! and the system has one; else in a file that only its owner can read.
//!
//! A keyring may ask its owner to unlock it, and waits for that: call these from a thread that can wait.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use atomic_file::{Found, WriteError};
use wire::pin::Pin;
use wire::proof::Secret;

use super::clock::unix_ms;

/// The file, in the data directory.
const FILE: &str = "secrets.json";
/// The service name of keyring entries.
#[cfg(feature = "keyring")]
const SERVICE: &str = "Sightline";

/// The tokens of other machines.
#[derive(Debug)]
pub struct Secrets {
    path: PathBuf,
    ring: Ring,
    /// Locked while the file is read and written.
    file: Mutex<()>,
}

/// The token of another machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: Secret,
    /// The key of the machine's encrypted links; `None` where it was paired over a plain one.
    pub pin: Option<Pin>,
}

/// A machine that was paired: its id, and its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The machine's id.
    pub machine_id: String,
    /// Its token.
    pub token: Token,
}

/// Where a token is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// In the operating system's keyring.
    Keyring,
    /// In this file, which only its owner can read.
    File(PathBuf),
}

/// Where to look besides the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ring {
    /// Nowhere.
    None,
    /// The operating system's keyring.
    #[cfg(feature = "keyring")]
    System,
}

/// By machine id, as [`Token::text`].
type Tokens = BTreeMap<String, String>;

impl Secrets {
    /// In the system's keyring, and in `data_dir` where that fails.
    #[must_use]
    pub fn open(data_dir: &Path) -> Self {
        #[cfg(feature = "keyring")]
        let ring = Ring::System;
        #[cfg(not(feature = "keyring"))]
        let ring = Ring::None;
        Self { path: data_dir.join(FILE), ring, file: Mutex::default() }
    }

    /// In a file of `data_dir`, whatever the system has.
    #[must_use]
    pub fn in_file(data_dir: &Path) -> Self {
        Self { path: data_dir.join(FILE), ring: Ring::None, file: Mutex::default() }
    }

    /// Stores `token` for the machine of this id, in place of the one before; returns where.
    ///
    /// # Errors
    /// When there is no keyring, and the file cannot be written.
    pub fn keep(&self, machine_id: &str, token: &Token) -> Result<Kept, WriteError> {
        if self.ring.keep(machine_id, token) {
            // It may still be in the file from a time without a keyring.
            self.change(|tokens| tokens.remove(machine_id).is_some())?;
            return Ok(Kept::Keyring);
        }
        self.change(|tokens| {
            tokens.insert(machine_id.to_owned(), token.text());
            true
        })?;
        Ok(Kept::File(self.path.clone()))
    }

    /// The token for the machine of this id, if there is one.
    #[must_use]
    pub fn find(&self, machine_id: &str) -> Option<Token> {
        self.ring.find(machine_id).or_else(|| {
            let _reading = self.lock();
            let tokens = self.read().unwrap_or_else(|error| {
                tracing::warn!(%error, path = %self.path.display(), "tokens of other machines are not used");
                Tokens::new()
            });
            Token::of(tokens.get(machine_id)?)
        })
    }

    /// Forgets the token for the machine of this id.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn forget(&self, machine_id: &str) -> Result<(), WriteError> {
        self.ring.forget(machine_id);
        self.change(|tokens| tokens.remove(machine_id).is_some())
    }

    /// Changes what the file holds, if `change` says that it did.
    fn change(&self, change: impl FnOnce(&mut Tokens) -> bool) -> Result<(), WriteError> {
        let _writing = self.lock();
        let mut tokens = self.read().map_err(|why| WriteError::new(&self.path, why))?;
        if !change(&mut tokens) {
            return Ok(());
        }
        atomic_file::write_secret(&self.path, &tokens)
    }

    /// The file's tokens.
    ///
    /// # Errors
    /// When the file is there and must not be used, or cannot be read. It must not be overwritten then.
    fn read(&self) -> io::Result<Tokens> {
        match atomic_file::read_secret_json(&self.path, unix_ms()) {
            Found::Whole(tokens) => Ok(tokens),
            Found::Nothing => Ok(Tokens::new()),
            Found::Recovered(tokens, notice) => {
                tracing::warn!(?notice, "tokens of other machines");
                Ok(tokens.unwrap_or_default())
            }
            Found::Unread(why) => Err(why.into()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Token {
    /// `<id>.<secret in hex>`, and `.<pin in hex>` where there is one.
    fn text(&self) -> String {
        let pin = self.pin.map(|pin| format!(".{}", pin.to_hex())).unwrap_or_default();
        format!("{}.{}{pin}", self.id, self.secret.to_hex())
    }

    fn of(text: &str) -> Option<Self> {
        let (id, rest) = text.split_once('.')?;
        let (secret, pin) = match rest.split_once('.') {
            Some((secret, pin)) => (secret, Some(Pin::from_hex(pin)?)),
            None => (rest, None),
        };
        Some(Self { id: id.to_owned(), secret: Secret::from_hex(secret)?, pin })
    }
}

#[cfg(not(feature = "keyring"))]
impl Ring {
    fn keep(self, _: &str, _: &Token) -> bool {
        false
    }

    fn find(self, _: &str) -> Option<Token> {
        None
    }

    fn forget(self, _: &str) {}
}

#[cfg(feature = "keyring")]
impl Ring {
    /// Whether the keyring stored it.
    fn keep(self, machine_id: &str, token: &Token) -> bool {
        let kept = self.entry(machine_id).map(|entry| entry.set_password(&token.text()));
        available(kept).is_some()
    }

    fn find(self, machine_id: &str) -> Option<Token> {
        let found = self.entry(machine_id).map(|entry| entry.get_password());
        Token::of(&available(found)?)
    }

    fn forget(self, machine_id: &str) {
        let forgotten = self.entry(machine_id).map(|entry| entry.delete_credential());
        available(forgotten);
    }

    /// The entry for a machine; `None` where there is no keyring.
    fn entry(self, machine_id: &str) -> Option<keyring::Entry> {
        match self {
            Ring::None => None,
            Ring::System => available(Some(keyring::Entry::new(SERVICE, machine_id))),
        }
    }
}

/// What the keyring answered; `None` where it has nothing or cannot be asked, which is no reason to stop.
#[cfg(feature = "keyring")]
fn available<T>(answer: Option<keyring::Result<T>>) -> Option<T> {
    match answer? {
        Ok(value) => Some(value),
        Err(keyring::Error::NoEntry) => None,
        Err(error) => {
            tracing::info!(%error, "the system's keyring is not used");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(byte: u8) -> Token {
        let pin = byte.is_multiple_of(2).then(|| Pin::new([byte; 32]));
        Token { id: format!("t{byte}"), secret: Secret::new([byte; 32]), pin }
    }

    #[test]
    fn tokens_of_before_there_were_pins_are_read() {
        let kept = format!("t1.{}", Secret::new([1; 32]).to_hex());
        assert_eq!((Token::of(&kept), kept.as_str()), (Some(token(1)), token(1).text().as_str()));
        assert_eq!(Token::of(&token(2).text()), Some(token(2)));
        for broken in ["", "t1", "t1.ab", &format!("{kept}."), &format!("{kept}.ab")] {
            assert_eq!(Token::of(broken), None, "{broken}");
        }
    }

    #[test]
    fn what_is_kept_is_found_and_what_is_forgotten_is_nowhere() {
        let parent = tempfile::tempdir().unwrap();
        let data = parent.path().join("data");
        let secrets = Secrets::in_file(&data);
        assert_eq!(secrets.find("a"), None);
        assert_eq!(secrets.keep("a", &token(1)).unwrap(), Kept::File(data.join("secrets.json")));
        secrets.keep("b", &token(2)).unwrap();
        secrets.keep("a", &token(3)).unwrap();
        assert_eq!(Secrets::in_file(&data).find("a"), Some(token(3)));
        secrets.forget("a").unwrap();
        assert_eq!((secrets.find("a"), secrets.find("b")), (None, Some(token(2))));
        for entry in std::fs::read_dir(&data).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            for gone in [token(1), token(3)] {
                assert!(!text.contains(&gone.secret.to_hex()), "{}", path.display());
            }
            #[cfg(unix)]
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
        #[cfg(unix)]
        assert_eq!(mode(&data), 0o700);
    }

    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_token_is_not_printed() {
        let data = tempfile::tempdir().unwrap();
        let printed = format!("{:?} {:?}", token(7), Secrets::open(data.path()));
        assert!(!printed.contains(&token(7).secret.to_hex()) && printed.contains("Secret(…)"), "{printed}");
    }
}
