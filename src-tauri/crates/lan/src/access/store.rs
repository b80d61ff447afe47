//! The file of who has access: `access.json` in the data directory, readable by its owner only. It contains no secret
//! that gives access: of a token it has the verifier ([`wire::proof::Verifier`]).

use std::path::Path;

use atomic_file::{Found, WriteError};
use network::NetworkKey;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use wire::limits::{ADDED_NAMES, NETWORKS_REMEMBERED, VIEWERS};
use wire::proof::Verifier;
use wire::sharing::{Encryption, Reach, ViewerKind};
use wire::{FaultReason, Scope};

/// Version of the file's shape.
const VERSION: u32 = 1;

/// The file, as used.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Store {
    pub(crate) version: u32,
    /// How far to expose this machine; `None`: the owner has not set it, so as the program has it.
    pub(crate) reach: Option<Reach>,
    /// Anyone on the network may view.
    pub(crate) open: bool,
    /// `None`: as the program has it.
    pub(crate) port: Option<u16>,
    /// Interfaces to listen on; `None`: all local networks.
    pub(crate) interfaces: Option<Vec<String>>,
    /// Networks the owner was asked about, longest ago first.
    pub(crate) networks: Vec<KnownNetwork>,
    pub(crate) encryption: Encryption,
    /// Further names of this machine, in lower case.
    pub(crate) host_names: Vec<String>,
    /// Origins that may view.
    pub(crate) origins: Vec<String>,
    /// Paired devices, in the order in which they were paired.
    pub(crate) viewers: Vec<Viewer>,
}

/// A network the owner was asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KnownNetwork {
    #[serde(flatten)]
    pub(crate) key: NetworkKey,
    pub(crate) allowed: bool,
}

/// A paired device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Viewer {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: ViewerKind,
    pub(crate) client: String,
    pub(crate) address: Option<String>,
    pub(crate) scope: Scope,
    pub(crate) paired_at_ms: u64,
    pub(crate) last_seen_at_ms: Option<u64>,
    #[serde(serialize_with = "write_verifier", deserialize_with = "read_verifier")]
    pub(crate) verifier: Verifier,
}

impl Store {
    /// Reads `path`; and the notice to show, where it could not be read. An unreadable file is renamed; the version
    /// before it is used, or an empty one, in which no one has access.
    pub(crate) fn read(path: &Path, now_ms: u64) -> (Self, Option<FaultReason>) {
        let (store, notice) = match atomic_file::read::<Self>(path, now_ms) {
            Found::Nothing => (Self::default(), None),
            Found::Whole(store) => (store, None),
            Found::Recovered(store, file) => {
                let (file, devices_lost) = (station::unreadable_file(file), store.is_none());
                (store.unwrap_or_default(), Some(FaultReason::FileUnreadable { file, devices_lost }))
            }
        };
        (store.bounded(), notice)
    }

    /// Reads `path` where another program writes it: nothing is renamed or recovered. `None` where it cannot be read.
    pub(super) fn peek(path: &Path) -> Option<Self> {
        atomic_file::peek::<Self>(path).map(Self::bounded)
    }

    /// Writes it, and its backup of the same version.
    ///
    /// # Errors
    /// When the data directory cannot be written to. What was there before is untouched.
    pub(crate) fn write(&self, path: &Path) -> Result<(), WriteError> {
        atomic_file::write_private(path, self)
    }

    /// The paired device of this id.
    pub(crate) fn viewer(&self, id: &str) -> Option<&Viewer> {
        self.viewers.iter().find(|viewer| viewer.id == id)
    }

    /// The owner's answer about this network, if there is one.
    pub(crate) fn allowed(&self, key: &NetworkKey) -> Option<bool> {
        self.networks.iter().find(|known| known.key == *key).map(|known| known.allowed)
    }

    /// Records the owner's answer about a network.
    pub(crate) fn remember(&mut self, key: NetworkKey, allowed: bool) {
        self.networks.retain(|known| known.key != key);
        if self.networks.len() == NETWORKS_REMEMBERED {
            self.networks.remove(0);
        }
        self.networks.push(KnownNetwork { key, allowed });
    }

    /// Applies the bounds to a file that was edited by hand.
    fn bounded(mut self) -> Self {
        self.version = VERSION;
        self.viewers.truncate(VIEWERS);
        self.host_names.truncate(ADDED_NAMES);
        self.origins.truncate(ADDED_NAMES);
        self.networks.truncate(NETWORKS_REMEMBERED);
        self
    }
}

fn write_verifier<S: Serializer>(verifier: &Verifier, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&verifier.to_hex())
}

fn read_verifier<'de, D: Deserializer<'de>>(from: D) -> Result<Verifier, D::Error> {
    let text = String::deserialize(from)?;
    Verifier::from_hex(&text).ok_or_else(|| serde::de::Error::custom("a verifier has 128 hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use wire::proof::Secret;

    use super::*;

    fn viewer(id: &str) -> Viewer {
        Viewer {
            id: id.to_owned(),
            name: "Phone".to_owned(),
            kind: ViewerKind::Browser,
            client: "Safari on iPhone".to_owned(),
            address: None,
            scope: Scope::View,
            paired_at_ms: 1,
            last_seen_at_ms: None,
            verifier: Secret::new([7; 32]).verifier(),
        }
    }

    #[test]
    fn what_was_kept_is_read_and_no_token_is_in_it() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("access.json");
        let mut store = Store { viewers: vec![viewer("a")], ..Store::default() }.bounded();
        store.remember(NetworkKey { prefix: "192.168.1.0/24".to_owned(), gateway_mac: None }, true);
        store.write(&path).unwrap();
        assert_eq!(Store::read(&path, 0), (store, None));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains(&Secret::new([7; 32]).to_hex()), "{text}");
    }

    #[test]
    fn an_unreadable_file_lets_nobody_in_and_says_so() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("access.json");
        std::fs::write(&path, r#"{"viewers": [{"id": "a"}]}"#).unwrap();
        let (store, notice) = Store::read(&path, 9);
        assert!(store.viewers.is_empty());
        let notice = notice.unwrap().message("sharing");
        assert!(notice.contains("access.json.unreadable-9") && notice.contains("paired again"), "{notice}");
    }

    #[test]
    fn a_damaged_file_gives_back_the_newest_version_however_often_it_is_read() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("access.json");
        let paired = Store { viewers: vec![viewer("a"), viewer("b")], ..Store::default() }.bounded();
        paired.write(&path).unwrap();
        let revoked = Store { viewers: vec![viewer("a")], ..Store::default() }.bounded();
        revoked.write(&path).unwrap();
        std::fs::write(&path, "{").unwrap();
        let (store, notice) = Store::read(&path, 9);
        assert_eq!(store, revoked, "b is not given its access back");
        assert!(notice.is_some());
        assert_eq!(
            Store::read(&path, 10),
            (revoked, None),
            "the lock is taken later, and the file read again"
        );
    }

    #[test]
    fn networks_are_remembered_up_to_a_bound() {
        let mut store = Store::default();
        let key = |at: usize| NetworkKey { prefix: format!("10.0.{at}.0/24"), gateway_mac: None };
        for at in 0..=NETWORKS_REMEMBERED {
            store.remember(key(at), at % 2 == 0);
        }
        assert_eq!(store.networks.len(), NETWORKS_REMEMBERED);
        assert_eq!((store.allowed(&key(0)), store.allowed(&key(1))), (None, Some(false)));
        store.remember(key(1), true);
        assert_eq!(store.allowed(&key(1)), Some(true), "the last word counts");
    }
}
