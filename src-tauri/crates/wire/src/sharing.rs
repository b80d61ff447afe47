//! Sharing: who has access to a machine and who is connected, as its owner sees and changes it, and how devices are
//! paired.
//!
//! [`Sharing`] is all of it at one moment: the data of channel `sharing`, and the answer of every method that
//! changes something. [`PairRequest`] and [`PairAnswer`] are the two sides of `POST /api/v1/pair`.

use serde::{Deserialize, Serialize};

use crate::Scope;
use crate::certificate_problem::CertificateProblem;
use crate::sharing_problem::SharingProblem;

/// How far the machine is exposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Reach {
    /// No one can connect; only the window shows this machine.
    #[default]
    Off,
    /// Browsers and programs of this computer.
    Local,
    /// Paired devices of the networks that were allowed, too.
    Lan,
}

/// Web pages of another origin, which the owner added.
///
/// In requests and in the file of who has access it may be written as text alone: the origin, without a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", from = "WrittenOrigin")]
pub struct AddedOrigin {
    /// `scheme://host[:port]`.
    pub origin: String,
    /// Id of the token that its pages need, sent as `Authorization: Bearer`; they see what that may. `null`: none is needed, and
    /// everyone who sends this origin sees what scope `view` shows.
    pub token: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenOrigin {
    Open(String),
    Object { origin: String, token: Option<String> },
}

impl From<WrittenOrigin> for AddedOrigin {
    fn from(written: WrittenOrigin) -> Self {
        match written {
            WrittenOrigin::Open(origin) => Self { origin, token: None },
            WrittenOrigin::Object { origin, token } => Self { origin, token },
        }
    }
}

/// Data of channel `sharing` and result of `sharing.read`. Needs scope `control`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Sharing {
    /// As far as its owner wants it open.
    pub reach: Reach,
    /// Anyone on the network may see what scope `view` shows, without pairing.
    pub open: bool,
    /// The port of all addresses.
    pub port: u16,
    /// Where it listens now, as `address:port`; IPv6 in brackets. Those of this computer come last.
    pub listening: Vec<String>,
    /// What another device opens to get here, best first; empty while it cannot be reached from the network.
    pub links: Vec<String>,
    /// Why it is not open as far as it should be, and what to do; `null` where it is.
    pub problem: Option<String>,
    /// The code of the problem, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::known::known")]
    #[cfg_attr(test, ts(optional))]
    #[cfg_attr(any(test, feature = "openapi"), schema(nullable = false))]
    pub problem_reason: Option<Box<SharingProblem>>,
    /// Another program of ours shares this machine already (the agent, beside a window): its name.
    pub shared_by: Option<String>,
    /// Why something that was taken away here (a device, or sharing itself) is not in the file yet: it is gone now, and
    /// comes back with a restart before it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    #[cfg_attr(any(test, feature = "openapi"), schema(nullable = false))]
    pub not_kept: Option<String>,
    /// The system does not say whose programs connect from this computer: all of them, and proxies that do not say what
    /// they are, see what scope `view` shows.
    #[serde(default)]
    pub users_untold: bool,
    /// Whether the viewer of this may change how far the machine is exposed: only at the machine itself.
    pub may_change: bool,
    /// The interfaces it may listen on; `null`: all local networks, and those of virtual machines are none.
    pub interfaces: Option<Vec<String>>,
    /// The networks this machine is on now.
    pub networks: Vec<NetworkInfo>,
    /// How browsers connect. Apps do encrypted in any case, by the machine's own key.
    pub encryption: Encryption,
    /// The certificate that browsers get; `null` where they get http.
    pub certificate: Option<CertificateInfo>,
    /// Further names this machine is reached by, behind a proxy for example. With one of them, programs of this
    /// computer need a token too.
    pub host_names: Vec<String>,
    /// Web pages of other origins that may see something.
    pub origins: Vec<AddedOrigin>,
    /// The code that is shown now.
    pub invitation: Option<Invitation>,
    /// Devices that wait for a yes or no here; oldest first.
    pub requests: Vec<PairingRequest>,
    /// Paired devices, in the order in which they were paired.
    pub viewers: Vec<ViewerInfo>,
    /// Sessions connected now, the window's own left out.
    pub viewing: u32,
    /// The newest of the access log, newest first; `sharing.log` has the rest.
    pub recent: Vec<AccessEvent>,
}

/// A network this machine is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct NetworkInfo {
    /// Names it in `sharing.network`.
    pub id: String,
    /// Name of the interface, as the system has it.
    pub interface: String,
    /// This machine's address there.
    pub address: String,
    /// The network, as in `192.168.1.0/24`.
    pub prefix: String,
    /// Only this network reaches the address: not a public one, not a bridge of virtual machines.
    pub local: bool,
    /// Whether to listen there: the owner's answer, `null` where there is none yet.
    pub allowed: Option<bool>,
    /// It listens there now.
    pub listening: bool,
}

/// How links of browsers are encrypted. Apps have pinned the machine's own key, and connect by it whatever this says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(tag = "mode", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Encryption {
    /// Not at all: whoever is on the network can read it.
    #[default]
    Off,
    /// By a certificate made here, which browsers warn about once.
    SelfSigned,
    /// By the owner's own certificate; the files are read again when they change.
    Own {
        /// PEM file with the certificate and those above it.
        certificate: String,
        /// PEM file with its private key.
        key: String,
    },
}

/// The certificate in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CertificateInfo {
    /// SHA-256 of it, as browsers show it: `3F:9A:…`.
    pub fingerprint: String,
    /// Good until then, Unix milliseconds.
    pub expires_at_ms: u64,
    /// What is wrong with it or with newer files, and what to do.
    pub problem: Option<String>,
    /// The code of the problem, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::known::known")]
    #[cfg_attr(test, ts(optional))]
    #[cfg_attr(any(test, feature = "openapi"), schema(nullable = false))]
    pub problem_reason: Option<Box<CertificateProblem>>,
}

/// A code by which one device can pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// To open in a browser, or to paste into another Sightline. The code stands in the fragment, which no server
    /// and no proxy sees. `null` while this machine cannot be reached from the network.
    pub link: Option<String>,
    /// The link as a QR code: a row of modules each, `1` is dark. No margin.
    pub qr: Vec<String>,
    /// To type on the other device; then it is asked here. Six digits.
    pub digits: String,
    /// Digits are not accepted for so long, in ms, because too many wrong ones were typed; 0 where they are. The link
    /// is.
    #[serde(default)]
    pub digits_paused_ms: u64,
    /// What the device will see.
    pub scope: Scope,
    /// Command lines come with their arguments, where the scope shows any.
    #[serde(default)]
    pub arguments: bool,
    /// How long it is good from its beginning, in milliseconds.
    pub lasts_ms: u64,
    /// How long it is still good, in milliseconds, when this was sent. The two clocks need not agree.
    pub left_ms: u64,
}

/// A device that waits for approval: one that typed the digits, or one whose digits are to be compared with ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PairingRequest {
    /// Names it in `pairing.answer`.
    pub id: String,
    /// What it calls itself.
    pub name: String,
    /// Its program, as it claims: "Safari on iPhone".
    pub client: String,
    /// From where.
    pub address: String,
    /// What it gets: what the code gives that it typed, or what is proposed where the screens are compared.
    pub scope: Scope,
    /// Command lines come with their arguments, where the scope shows any.
    #[serde(default)]
    pub arguments: bool,
    /// Six digits that its own screen has to show as well; `null` for one that typed the code. Who says yes has
    /// compared them.
    #[serde(default)]
    pub compare: Option<String>,
}

/// What a paired device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum ViewerKind {
    /// A browser, which keeps a cookie.
    Browser,
    /// A Sightline, an agent or a script, which proves itself by challenge.
    App,
}

/// A paired device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ViewerInfo {
    /// Names it in `viewers.change` and `viewers.revoke`.
    pub id: String,
    /// As its owner calls it.
    pub name: String,
    /// What it is.
    pub kind: ViewerKind,
    /// Its program, as it claimed when it was paired: "Safari on iPhone".
    pub client: String,
    /// From where it was seen last; `null` before it came.
    pub address: Option<String>,
    /// What it may see.
    pub scope: Scope,
    /// Command lines come with their arguments, where the scope shows any.
    #[serde(default)]
    pub arguments: bool,
    /// When it was paired, Unix milliseconds.
    pub paired_at_ms: u64,
    /// When it was seen last, Unix milliseconds, to the minute; `null` before it came.
    pub last_seen_at_ms: Option<u64>,
    /// Sessions it has now.
    pub connected: u32,
}

/// An entry of the access log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AccessEvent {
    /// When, Unix milliseconds; of several, the last.
    pub at_ms: u64,
    /// What.
    pub what: AccessWhat,
    /// Whom it is about: the name of a viewer, an origin, a network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    #[cfg_attr(any(test, feature = "openapi"), schema(nullable = false))]
    pub who: Option<String>,
    /// From where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    #[cfg_attr(any(test, feature = "openapi"), schema(nullable = false))]
    pub address: Option<String>,
    /// With which scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    #[cfg_attr(any(test, feature = "openapi"), schema(nullable = false))]
    pub scope: Option<Scope>,
    /// How often in a row; the same thing within a minute is one event.
    pub count: u32,
}

/// Kinds of events of the access log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum AccessWhat {
    /// Sharing was turned off.
    SharedOff,
    /// Sharing was limited to this computer.
    SharedLocal,
    /// Sharing was turned on for the network.
    SharedLan,
    /// Anyone on the network may view from now on.
    Opened,
    /// No longer.
    OpenEnded,
    /// The machine came to a network that the owner has not been asked about.
    NetworkNew,
    /// A network was allowed.
    NetworkAllowed,
    /// A network was refused.
    NetworkRefused,
    /// A device was paired.
    Paired,
    /// A device was paired whose screen showed the same digits.
    Compared,
    /// A device that waited for an answer was refused.
    PairingRefused,
    /// A device wanted its digits compared, and there was no answer, or it gave up.
    PairingUnanswered,
    /// A wrong code was sent.
    WrongCode,
    /// Too many wrong codes were sent; the address has to wait.
    Blocked,
    /// An unknown token was sent.
    WrongToken,
    /// A viewer came.
    Came,
    /// A token of scope control was sent in clear: it has that scope no longer.
    SentInClear,
    /// A viewer's scope was changed.
    ScopeChanged,
    /// A viewer was renamed.
    Renamed,
    /// A viewer's access was revoked.
    Revoked,
    /// A viewer gave its access back.
    Left,
    /// Names, origins, interfaces, port or encryption were changed.
    Changed,
}

impl AccessWhat {
    /// Whether the owner did it, or it changed who has access; not what visitors and strangers make happen by
    /// themselves.
    #[must_use]
    pub const fn is_change(self) -> bool {
        !matches!(
            self,
            AccessWhat::WrongCode
                | AccessWhat::Blocked
                | AccessWhat::WrongToken
                | AccessWhat::Came
                | AccessWhat::PairingUnanswered
                | AccessWhat::NetworkNew
        )
    }
}

/// Parameters of `sharing.set`: what is absent stays. Only at the machine itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SharingChange {
    /// How far to open. `lan` allows the networks the machine is on now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
    /// Whether anyone on the network may view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    /// Port, 1 to 65535.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Interfaces to listen on; an empty list: all local networks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interfaces: Option<Vec<String>>,
    /// How links of browsers are encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
    /// Further names of this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_names: Option<Vec<String>>,
    /// Web pages of other origins that may see something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origins: Option<Vec<AddedOrigin>>,
}

/// Parameters of `sharing.network`: whether to listen on a network. Only at the machine itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
pub struct NetworkAnswer {
    /// As in [`NetworkInfo`].
    pub id: String,
    /// Listen there.
    pub allow: bool,
}

/// Result of `sharing.log`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AccessLog {
    /// All that is kept, newest first.
    pub events: Vec<AccessEvent>,
}

/// Parameters of `pairing.invite`: shows a new code, in place of the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
pub struct InviteParams {
    /// What the device will see.
    pub scope: Scope,
    /// Command lines come with their arguments, where the scope shows any.
    #[serde(default)]
    pub arguments: bool,
}

/// Parameters of `pairing.answer`: approves or denies a device that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct PairingDecision {
    /// As in [`PairingRequest`].
    pub id: String,
    /// Approve it.
    pub allow: bool,
    /// The scope it gets, where that is another than the request has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// Whether command lines come with their arguments, where that is other than the request has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<bool>,
}

/// Parameters of `viewers.change`: what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct ViewerChange {
    /// As in [`ViewerInfo`].
    pub id: String,
    /// Another name, 1 to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it may see from now on. Its sessions end, and begin anew with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// Whether command lines come with their arguments from now on. Its sessions end, as for `scope`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<bool>,
}

/// Parameters of `viewers.revoke`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
pub struct ViewerRef {
    /// As in [`ViewerInfo`].
    pub id: String,
}

/// Body of `POST /api/v1/pair`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(tag = "with", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PairRequest {
    /// A browser that followed the link. The answer sets its cookie.
    Code {
        /// The 128 bits behind `#p=`, in base64url without padding.
        #[cfg_attr(any(test, feature = "openapi"), schema(max_length = 64))]
        code: String,
        /// What the device calls itself.
        #[cfg_attr(any(test, feature = "openapi"), schema(max_length = 256))]
        name: String,
    },
    /// A browser in which the digits were typed. The machine's owner has to approve.
    Digits {
        /// The six digits.
        #[cfg_attr(any(test, feature = "openapi"), schema(max_length = 16))]
        digits: String,
        /// What the device calls itself.
        #[cfg_attr(any(test, feature = "openapi"), schema(max_length = 256))]
        name: String,
    },
    /// The device that waits for approval asks for the result; answered when it is decided, within 20 s.
    Request {
        /// From [`PairAnswer::Waiting`].
        #[cfg_attr(any(test, feature = "openapi"), schema(max_length = 64))]
        request: String,
    },
    /// An app that was given the link. Neither the code nor the token crosses the network: see [`crate::proof`].
    Proof {
        /// 32 random bytes of the app; hex.
        #[cfg_attr(any(test, feature = "openapi"), schema(pattern = "^[0-9a-fA-F]{64}$"))]
        nonce: String,
        /// What it knows of the code; hex.
        #[cfg_attr(any(test, feature = "openapi"), schema(max_length = 64))]
        proof: String,
        /// What the app calls itself.
        #[cfg_attr(any(test, feature = "openapi"), schema(max_length = 256))]
        name: String,
    },
    /// An app without a link, whose digits the machine's owner is to compare: it commits itself to its key first. No one
    /// in the middle can make both screens show the same: see [`crate::proof`].
    Commit {
        /// SHA-256 of what it will reveal; hex.
        #[cfg_attr(any(test, feature = "openapi"), schema(pattern = "^[0-9a-fA-F]{64}$"))]
        commitment: String,
        /// What the app calls itself.
        #[cfg_attr(any(test, feature = "openapi"), schema(max_length = 256))]
        name: String,
    },
    /// The key it committed itself to. From here on it waits for approval, and asks for the result with `request`.
    Reveal {
        /// From [`PairAnswer::Committed`].
        #[cfg_attr(any(test, feature = "openapi"), schema(max_length = 64))]
        request: String,
        /// Its X25519 key, for this once; hex.
        #[cfg_attr(any(test, feature = "openapi"), schema(pattern = "^[0-9a-fA-F]{64}$"))]
        key: String,
        /// 32 random bytes of the app; hex.
        #[cfg_attr(any(test, feature = "openapi"), schema(pattern = "^[0-9a-fA-F]{64}$"))]
        nonce: String,
    },
    /// The device that waits for a yes waits no more: its own screen shows something else, or it is tired of it.
    Withdraw {
        /// From [`PairAnswer::Committed`] or [`PairAnswer::Waiting`].
        #[cfg_attr(any(test, feature = "openapi"), schema(max_length = 64))]
        request: String,
    },
}

/// Answer of `POST /api/v1/pair`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PairAnswer {
    /// A browser is paired; its cookie came with this answer.
    #[serde(rename_all = "camelCase")]
    Paired {
        /// The machine's id.
        machine_id: String,
        /// The machine's name.
        machine_name: String,
        /// What the device may see.
        scope: Scope,
    },
    /// The machine's owner has to approve.
    #[serde(rename_all = "camelCase")]
    Waiting {
        /// For `request`. It is a secret of this device.
        request: String,
        /// How long the owner has to approve, in milliseconds.
        left_ms: u64,
    },
    /// An app is paired.
    #[serde(rename_all = "camelCase")]
    Proven {
        /// The machine's id.
        machine_id: String,
        /// The machine's name.
        machine_name: String,
        /// What the app may see.
        scope: Scope,
        /// Names its token.
        token_id: String,
        /// 32 random bytes of the machine, from which both make the same token; hex.
        nonce: String,
        /// What the machine knows of the code; hex.
        proof: String,
    },
    /// The machine's part of what is compared. The app reveals its own within ten seconds.
    #[serde(rename_all = "camelCase")]
    Committed {
        /// For `reveal` and `request`. It is a secret of this app.
        request: String,
        /// The machine's id.
        machine_id: String,
        /// The machine's name.
        machine_name: String,
        /// The machine's X25519 key, for this once; hex.
        key: String,
        /// 32 random bytes of the machine; hex.
        nonce: String,
    },
    /// The owner approved: the app is paired, by a token that both computed and that was not sent.
    Agreed {
        /// What the app may see.
        scope: Scope,
        /// The machine's proof; hex.
        proof: String,
    },
    /// The owner is not asked any more.
    Withdrawn {},
}

/// Parameters of `viewers.add`: a token for a script, shown once. Only at the machine itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
pub struct TokenParams {
    /// What it is for, 1 to 64 characters.
    pub name: String,
    /// What it lets see.
    pub scope: Scope,
    /// Command lines come with their arguments, where the scope shows any.
    #[serde(default)]
    pub arguments: bool,
}

/// Result of `viewers.add`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TokenMade {
    /// For `Authorization: Bearer`. The machine cannot show it again.
    pub token: String,
}
