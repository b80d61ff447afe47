//! The file of who has access: `access.json` in the data directory, readable by its owner only. It contains no secret
//! that gives access: of a token it has the verifier ([`wire::proof::Verifier`]).

use std::net::IpAddr;
use std::path::Path;

use atomic_file::{Edited, Trust, Unclear, Values, WriteError};
use network::NetworkKey;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use station::fair::one_host;
use wire::limits::{ADDED_NAMES, NETWORKS_REMEMBERED, VIEWERS};
use wire::proof::Verifier;
use wire::sharing::{AddedOrigin, Encryption, Reach, ViewerKind};
use wire::{FaultReason, Scope};

use super::rights::Rights;

/// Version of the file's shape.
const VERSION: u32 = 1;

/// The file, as used.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
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
    /// Programs of this computer need a token: further names of this machine could not be understood, and a proxy may
    /// lead here. Until its owner sets them anew.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) guarded: bool,
    /// Further names of this machine, in lower case.
    pub(crate) host_names: Vec<String>,
    /// Web pages of other origins that may see something.
    #[serde(serialize_with = "write_origins")]
    pub(crate) origins: Vec<AddedOrigin>,
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
    /// Command lines come with their arguments. Files of before do not say it.
    #[serde(default)]
    pub(crate) arguments: bool,
    pub(crate) paired_at_ms: u64,
    pub(crate) last_seen_at_ms: Option<u64>,
    /// Of a browser: the port that its cookie was given on, as the browser sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) port: Option<u16>,
    #[serde(serialize_with = "write_verifier", deserialize_with = "read_verifier")]
    pub(crate) verifier: Verifier,
    /// Its token gave control and was sent where others may have read it: it never gives control again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) sent_in_clear: bool,
}

impl Viewer {
    /// One that was paired at `paired_at_ms` and not seen since; of its name and program nothing is said yet.
    pub(crate) fn new(id: &str, rights: Rights, paired_at_ms: u64, verifier: Verifier) -> Self {
        Self {
            id: id.to_owned(),
            name: String::new(),
            kind: ViewerKind::App,
            client: String::new(),
            address: None,
            scope: rights.scope,
            arguments: rights.arguments,
            paired_at_ms,
            last_seen_at_ms: None,
            port: None,
            sent_in_clear: false,
            verifier,
        }
    }

    /// Its token was sent where others may have read it.
    pub(super) fn read_by_others(&mut self) {
        self.sent_in_clear = true;
        self.scope = self.scope.min(Scope::Processes);
    }

    /// What it may see.
    pub(crate) fn rights(&self) -> Rights {
        Rights { scope: self.scope, arguments: self.arguments }
    }

    /// Gives it these rights.
    pub(super) fn set_rights(&mut self, rights: Rights) {
        (self.scope, self.arguments) = (rights.scope, rights.arguments);
    }
}

/// What was found of the file.
#[derive(Debug)]
pub(super) enum Opened {
    /// What it says, as used.
    Read {
        store: Box<Store>,
        /// What to mend, or what was recovered.
        notice: Option<FaultReason>,
        /// The next version will say all that it says.
        complete: bool,
        /// All of its viewers are understood.
        all_viewers: bool,
    },
    /// It cannot be understood, or must not be used.
    Unclear(Unclear),
}

impl Store {
    /// Whether a viewer was last seen at `host`. Several people share the addresses of this computer, so these are no
    /// viewer's.
    pub(super) fn has_viewer_at(&self, host: IpAddr) -> bool {
        let seen_at = |viewer: &Viewer| viewer.address.as_deref()?.parse().ok().map(one_host);
        !host.is_loopback() && self.viewers.iter().any(|viewer| seen_at(viewer) == Some(host))
    }

    /// Reads `path`. A file that was cut short is kept aside where `now_ms` is told, and its backup used; else nothing is
    /// written. Each value is read by itself; what cannot be understood takes the closed choice.
    pub(super) fn read(path: &Path, now_ms: Option<u64>) -> Opened {
        match atomic_file::read_edited(path, Trust::Secret) {
            Edited::Nothing => Self::of(path, Values::default()),
            Edited::Whole(values) => Self::of(path, values),
            Edited::CutShort(cut) => {
                let Some(now_ms) = now_ms else { return Opened::Unclear(Unclear::Malformed(cut.malformed)) };
                // The backup is of the same version: see `Writer::read`.
                let (values, file) = cut.restore(path, now_ms);
                let mut opened = Self::of(path, values);
                if let Opened::Read { notice, complete: true, .. } = &mut opened {
                    *notice = Some(station::unreadable_file(file).into());
                }
                opened
            }
            Edited::Unclear(unclear) => Opened::Unclear(unclear),
        }
    }

    /// What `values` of the file at `path` are.
    fn of(path: &Path, mut values: Values) -> Opened {
        let written = values.one("version", VERSION, VERSION, &VERSION.to_string());
        let nowhere = Some(Vec::new());
        let (host_names, origins) = (values.list("hostNames"), values.list("origins"));
        let store = Self {
            version: VERSION,
            reach: values.one("reach", None, Some(Reach::Off), "off"),
            open: values.one("open", false, false, "false"),
            port: values.one("port", None, None, "the usual one"),
            interfaces: values.one("interfaces", None, nowhere, "none"),
            networks: values.list("networks").unwrap_or_default(),
            encryption: values.one("encryption", Encryption::Off, Encryption::SelfSigned, "selfSigned"),
            guarded: values.one("guarded", false, true, "true") || host_names.is_none(),
            host_names: host_names.unwrap_or_default(),
            origins: origins.unwrap_or_default(),
            viewers: values.list("viewers").unwrap_or_default(),
        };
        let wrong = values.wrong();
        // Of another version nobody knows what it means by what it opens.
        let store = if written == VERSION && wrong.iter().all(|wrong| wrong.key != "version") {
            store
        } else {
            Self { reach: Some(Reach::Off), open: false, guarded: true, origins: Vec::new(), ..store }
        };
        let all_viewers = !wrong.iter().any(|wrong| wrong.key.starts_with("viewers"));
        let bad = station::bad_values(path, wrong, written, VERSION);
        let complete = bad.is_empty();
        let notice = (!complete).then_some(FaultReason::BadSettings { settings: bad });
        Opened::Read { store: Box::new(store.bounded()), notice, complete, all_viewers }
    }

    /// What is used where nothing of a file is understood: nobody has access, and nothing is open.
    pub(super) fn closed() -> Self {
        Self { reach: Some(Reach::Off), guarded: true, ..Self::default() }.bounded()
    }

    /// Whether programs of this computer need a token, too: this machine is reached by further names, through a proxy
    /// for example, or may be.
    pub(crate) fn is_guarded(&self) -> bool {
        self.guarded || !self.host_names.is_empty()
    }

    /// Writes it, and its backup of the same version.
    ///
    /// # Errors
    /// When the data directory cannot be written to. What was there before is untouched.
    pub(crate) fn write(&self, path: &Path) -> Result<(), WriteError> {
        atomic_file::write_secret(path, self)
    }

    /// The paired device of this id.
    pub(crate) fn viewer(&self, id: &str) -> Option<&Viewer> {
        self.viewers.iter().find(|viewer| viewer.id == id)
    }

    /// The port is another one: what browsers were given on the one `before` is good there from now on. They send it there,
    /// since browsers do not tell ports apart, and none of them has to be paired again.
    pub(crate) fn move_cookies(&mut self, before: u16, port: u16) {
        for viewer in self.viewers.iter_mut().filter(|viewer| viewer.port == Some(before)) {
            viewer.port = Some(port);
        }
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
    pub(crate) fn bounded(mut self) -> Self {
        self.version = VERSION;
        self.viewers.truncate(VIEWERS);
        self.host_names.truncate(ADDED_NAMES);
        self.origins.truncate(ADDED_NAMES);
        self.networks.truncate(NETWORKS_REMEMBERED);
        self
    }
}

/// One without a token is text, as it always was.
fn write_origins<S: Serializer>(origins: &[AddedOrigin], to: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Written<'a> {
        Open(&'a str),
        Tied(&'a AddedOrigin),
    }
    to.collect_seq(origins.iter().map(|added| match added.token {
        None => Written::Open(&added.origin),
        Some(_) => Written::Tied(added),
    }))
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

    /// The store that is used, and the notice.
    fn read(path: &Path, now_ms: u64) -> (Store, String) {
        match Store::read(path, Some(now_ms)) {
            Opened::Read { store, notice, .. } => {
                (*store, notice.map(|notice| notice.message("sharing")).unwrap_or_default())
            }
            Opened::Unclear(unclear) => {
                (Store::closed(), station::unclear_file(path, &unclear, false).message("sharing"))
            }
        }
    }

    /// As a person saves it who takes care.
    fn put(path: &Path, text: &str) {
        let _ = std::fs::remove_file(path);
        atomic_file::replace(path, text.as_bytes()).unwrap();
    }

    fn viewer(id: &str) -> Viewer {
        Viewer {
            name: "Phone".to_owned(),
            kind: ViewerKind::Browser,
            client: "Safari on iPhone".to_owned(),
            ..Viewer::new(id, Rights::whole(Scope::View), 1, Secret::new([7; 32]).verifier())
        }
    }

    #[test]
    fn what_was_kept_is_read_and_no_token_is_in_it() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("access.json");
        let mut store = Store { viewers: vec![viewer("a")], ..Store::default() }.bounded();
        store.remember(NetworkKey { prefix: "192.168.1.0/24".to_owned(), gateway_mac: None }, true);
        store.write(&path).unwrap();
        assert_eq!(read(&path, 0), (store, String::new()));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains(&Secret::new([7; 32]).to_hex()), "{text}");
    }

    #[test]
    fn a_viewer_of_before_sees_programs_only() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("access.json");
        let mut old = serde_json::to_value(viewer("a")).unwrap();
        old.as_object_mut().unwrap().remove("arguments").expect("it is written");
        put(&path, &serde_json::json!({"version": 1, "viewers": [old]}).to_string());
        let (store, notice) = read(&path, 9);
        assert_eq!((store.viewers[0].arguments, notice), (false, String::new()));
    }

    #[test]
    fn what_cannot_be_understood_lets_nobody_in_and_stays() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("access.json");
        let texts =
            [r#"{"reach": "lan", "open": true,}"#, "[]", "reach = lan", "\0\0\0", "{\"open\": true\n", ""];
        for text in texts {
            put(&path, text);
            let (store, notice) = read(&path, 9);
            assert_eq!(store, Store::closed());
            assert!(store.is_guarded() && store.reach == Some(Reach::Off) && !store.open);
            assert!(notice.contains("access.json") && notice.contains("line"), "{notice}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
            assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 1, "nothing is renamed");
        }
    }

    #[test]
    fn a_wrong_type_of_one_value_affects_that_value_only() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("access.json");
        let good = serde_json::to_value(viewer("a")).unwrap();
        let text = serde_json::json!({
            "version": 1, "reach": "everywhere", "open": "yes", "port": 8080,
            "networks": [
                {"prefix": "10.0.0.0/24", "gatewayMac": null, "allowed": true},
                {"prefix": "10.0.1.0/24", "gatewayMac": null, "allowed": "sure"},
            ],
            "encryption": {"mode": "rot13"}, "hostNames": "nas.example.org",
            "origins": ["https://dash.example.org", 7, {"origin": "https://own.example", "token": "a"}, {"token": "a"}],
            "viewers": [{"id": "b"}, good],
        });
        put(&path, &format!("\u{feff}{text}"));
        let (store, notice) = read(&path, 9);
        let key = |prefix: &str| NetworkKey { prefix: prefix.to_owned(), gateway_mac: None };
        assert_eq!((store.reach, store.open, store.port), (Some(Reach::Off), false, Some(8080)));
        assert_eq!(store.allowed(&key("10.0.0.0/24")), Some(true));
        assert_eq!(store.allowed(&key("10.0.1.0/24")), None);
        assert_eq!(store.encryption, Encryption::SelfSigned, "nobody reads along");
        assert!(store.is_guarded(), "a proxy may lead here");
        let added = |origin: &str, token: Option<&str>| AddedOrigin {
            origin: origin.to_owned(),
            token: token.map(str::to_owned),
        };
        let origins = [added("https://dash.example.org", None), added("https://own.example", Some("a"))];
        assert_eq!(store.origins, origins);
        let written = serde_json::to_value(&store).unwrap()["origins"].clone();
        assert_eq!(
            written,
            serde_json::json!(["https://dash.example.org", {"origin": "https://own.example", "token": "a"}])
        );
        assert_eq!(store.viewers, [viewer("a")]);
        for told in [
            "reach in access.json",
            "open",
            "networks[1]",
            "encryption",
            "hostNames",
            "origins[1]",
            "origins[3]",
            "viewers[0]",
        ] {
            assert!(notice.contains(told), "{told}: {notice}");
        }
        put(&path, r#"{"interfaces": "eth0", "viewers": 7, "version": 9}"#);
        let (store, notice) = read(&path, 9);
        assert_eq!((store.interfaces, store.viewers), (Some(Vec::new()), Vec::new()));
        assert!(notice.contains("version 9"), "{notice}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_change_lets_nobody_in() {
        use std::os::unix::fs::PermissionsExt as _;
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("access.json");
        let paired = Store { viewers: vec![viewer("a")], ..Store::default() }.bounded();
        paired.write(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o664)).unwrap();
        let (store, notice) = read(&path, 9);
        assert_eq!(store, Store::closed());
        assert!(notice.contains("chmod 600 access.json") && !notice.contains('/'), "{notice}");
        paired.write(&path).unwrap_err();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(read(&path, 9), (paired, String::new()));
    }

    #[test]
    fn a_damaged_file_gives_back_the_newest_version_however_often_it_is_read() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("access.json");
        let paired = Store { viewers: vec![viewer("a"), viewer("b")], ..Store::default() }.bounded();
        paired.write(&path).unwrap();
        let revoked = Store { viewers: vec![viewer("a")], ..Store::default() }.bounded();
        revoked.write(&path).unwrap();
        std::fs::write(&path, "{\n  \"version\0\0\0").unwrap();
        let (store, notice) = read(&path, 9);
        assert_eq!(store, revoked, "b is not given its access back");
        assert!(notice.contains("access.json.unreadable-9"), "{notice}");
        assert_eq!(
            read(&path, 10),
            (revoked, String::new()),
            "the lock is taken later, and the file read again"
        );
    }

    #[test]
    fn a_bracket_that_was_forgotten_gives_nobody_access_back() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("access.json");
        let paired = Store { viewers: vec![viewer("a"), viewer("b")], ..Store::default() }.bounded();
        paired.write(&path).unwrap();
        let written = Store { viewers: vec![viewer("a")], ..Store::default() }.bounded();
        let text = serde_json::to_string_pretty(&written).unwrap();
        let texts =
            [text.trim_end_matches('}'), text.trim_end_matches("\n}"), text.trim_end_matches("\n  ]\n}"), ""];
        for text in texts {
            assert!(serde_json::from_str::<serde_json::Value>(text).is_err());
            std::fs::write(&path, text).unwrap();
            let (store, notice) = read(&path, 9);
            assert_eq!(store, Store::closed(), "{text}");
            assert!(notice.contains("access.json is not understood in line"), "{notice}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_key_that_is_there_twice_takes_the_closed_choice() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("access.json");
        let viewer = |id| serde_json::to_string(&viewer(id)).unwrap();
        let twice = viewer("b").replacen('{', r#"{"scope": "view", "#, 1);
        let network =
            r#"{"prefix": "10.0.0.0/24", "prefix": "10.0.1.0/24", "gatewayMac": null, "allowed": true}"#;
        let text = format!(
            r#"{{"reach": "off", "reach": "lan", "open": false, "open": true, "viewers": [{}, {twice}],
                "encryption": {{"mode": "selfSigned", "mode": "off"}}, "networks": [{network}]}}"#,
            viewer("a")
        );
        put(&path, &text);
        let (store, notice) = read(&path, 9);
        assert_eq!(
            (store.reach, store.open, store.encryption),
            (Some(Reach::Off), false, Encryption::SelfSigned)
        );
        assert_eq!(store.viewers.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["a"]);
        assert_eq!(store.networks, []);
        for told in ["reach is there twice in access.json; off is used", "open is there twice", "viewers[1]"]
        {
            assert!(notice.contains(told), "{told}: {notice}");
        }
        put(&path, &format!(r#"{{"viewers": [{}], "viewers": []}}"#, viewer("a")));
        assert_eq!(read(&path, 9).0.viewers, []);
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
