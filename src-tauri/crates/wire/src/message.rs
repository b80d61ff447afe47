//! Messages of client and server, on the native stream and in the window: the types of `protocol.md`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Scope;
pub use crate::alerts::{AlertEvent, AlertsList, Severity};
pub use crate::error_code::ErrorCode;
pub use crate::goodbye::Goodbye;
use crate::limits::{FRAME_BYTES, SUMMARY_BYTES};
use crate::list_reason::ListReason;
use crate::number::{number, serialize_number, serialize_numbers};
use crate::payload::Payload;
use crate::process::Top;
use crate::query::QueryError;
use crate::reason::Reason;
pub use crate::sessions::{Carrier, SessionInfo, Sessions};
use crate::signal_reason::SignalReason;
use crate::stream_reason::StreamReason;
use crate::window_reason::WindowReason;
use crate::{Facts, Fault, Machine, Series};

/// Something a client can subscribe to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// Every series of the catalogue, each tick.
    Overview,
    /// The ten heaviest processes of each kind, every 2 s.
    Top,
    /// The process table, each tick: a key frame, then changes.
    Processes,
    /// What the machine is, every 30 s.
    SystemInfo,
    /// Interfaces with their addresses and rates, every 5 s.
    NetworkInterfaces,
    /// A line about the machine for a list of many, every 5 s; more often where `intervalMs` says so.
    Summary,
    /// Alerts as they happen: messages `alert` and `lagged` instead of frames.
    Alerts,
    /// Who is connected, on change. Needs scope `control`.
    Sessions,
    /// Who has access, on change. Needs scope `control`.
    Sharing,
}

impl Scope {
    /// Every scope; each includes those before it.
    pub const ALL: [Scope; 3] = [Scope::View, Scope::Processes, Scope::Control];
}

impl Channel {
    /// Every channel this build serves.
    pub const ALL: [Channel; 9] = [
        Channel::Overview,
        Channel::Top,
        Channel::Processes,
        Channel::SystemInfo,
        Channel::NetworkInterfaces,
        Channel::Summary,
        Channel::Alerts,
        Channel::Sessions,
        Channel::Sharing,
    ];

    /// What a viewer needs to subscribe to it.
    #[must_use]
    pub const fn scope(self) -> Scope {
        match self {
            Channel::Sessions | Channel::Sharing => Scope::Control,
            _ => Scope::View,
        }
    }

    /// Time between two frames, in milliseconds; 0 is every tick.
    #[must_use]
    pub const fn interval_ms(self) -> u64 {
        match self {
            Channel::Overview
            | Channel::Processes
            | Channel::Alerts
            | Channel::Sessions
            | Channel::Sharing => 0,
            Channel::Top => 2_000,
            Channel::NetworkInterfaces | Channel::Summary => 5_000,
            Channel::SystemInfo => 30_000,
        }
    }

    /// Time between two frames for a viewer who named an interval, or none, in milliseconds. Only `summary` can be
    /// had more often than it goes by itself: for machines in sight, each tick.
    #[must_use]
    pub fn pace_ms(self, named: Option<u64>) -> u64 {
        match (self, named) {
            (Channel::Summary, Some(named)) => named,
            (_, named) => named.unwrap_or(0).max(self.interval_ms()),
        }
    }

    /// Largest data of one of its frames, in bytes of JSON.
    #[must_use]
    pub const fn most_bytes(self) -> usize {
        match self {
            Channel::Summary => SUMMARY_BYTES,
            _ => FRAME_BYTES,
        }
    }

    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Channel::Overview => "overview",
            Channel::Top => "top",
            Channel::Processes => "processes",
            Channel::SystemInfo => "system-info",
            Channel::NetworkInterfaces => "network-interfaces",
            Channel::Summary => "summary",
            Channel::Alerts => "alerts",
            Channel::Sessions => "sessions",
            Channel::Sharing => "sharing",
        }
    }

    /// The channel of this name, if there is one.
    #[must_use]
    pub fn named(name: &str) -> Option<Channel> {
        Channel::ALL.into_iter().find(|channel| channel.name() == name)
    }
}

/// How frames are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
pub enum Encoding {
    /// Text frames of JSON.
    #[default]
    Json,
    /// Binary frames of MessagePack, of the same shapes. Numbers that are not whole are 32-bit floats.
    Msgpack,
}

/// A message of the client. Names of channels and methods stay text here, so that an unknown one gets its own error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ClientMessage {
    /// Start these channels; may be repeated. A key frame of each comes at once.
    Subscribe {
        /// Names of channels.
        channels: Vec<String>,
        /// Not more often than this; absent: as often as the channel goes. Under 5000 it makes `summary` go faster,
        /// down to the tick.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        interval_ms: Option<u64>,
        /// How messages of the server in this session are encoded from now on; absent: as before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        encoding: Option<Encoding>,
    },
    /// Stop these channels.
    Unsubscribe {
        /// Names of channels.
        channels: Vec<String>,
    },
    /// Answered at once by `pong`.
    Ping {
        /// Comes back in the answer.
        #[serde(default)]
        id: u64,
    },
    /// Answered by `response` with the same id.
    Request {
        /// Comes back in the answer.
        id: u64,
        /// Name of a method.
        method: String,
        /// Its parameters; absent where it needs none.
        #[serde(default)]
        #[cfg_attr(test, ts(optional, type = "unknown"))]
        params: Value,
    },
    /// Answer to `challenge`: proves that the client holds the secret of a token, without sending it.
    Auth {
        /// Which token.
        token_id: String,
        /// The client's own random text, so that the server proves itself too.
        nonce: String,
        /// The client's proof, over the machine's id and both nonces; hex. See [`crate::proof`].
        mac: String,
    },
}

/// A message of the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ServerMessage {
    /// First of all, to a socket that has not authenticated by HTTP; the answer is `auth`.
    #[serde(rename_all = "camelCase")]
    Challenge {
        /// Which machine asks.
        machine_id: String,
        /// Random text, valid for this socket only; hex.
        nonce: String,
    },
    /// First of all, or after `auth`.
    Connected(Box<Connected>),
    /// Data of a channel.
    Frame(Frame),
    /// Answer to `ping`.
    #[serde(rename_all = "camelCase")]
    Pong {
        /// As in the `ping`.
        id: u64,
        /// The server's clock, Unix milliseconds.
        server_time_ms: u64,
    },
    /// Answer to `request`.
    Response(Response),
    /// An alert.
    Alert {
        /// What.
        event: AlertEvent,
    },
    /// This session was too slow for some alerts; `alerts.list` has those that are still kept.
    Lagged {
        /// Always `alerts`.
        channel: Channel,
        /// How many events were left out.
        missed: u64,
    },
    /// A message of the client was wrong; the session goes on.
    Error(ErrorBody),
    /// The server ends the session, for this reason; a close frame follows.
    Goodbye {
        /// Why.
        reason: Goodbye,
    },
}

/// The server's first message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Connected {
    /// [`crate::PROTOCOL`].
    pub protocol: u32,
    /// Id of this session.
    pub client_id: String,
    /// The server's clock, Unix milliseconds.
    pub server_time_ms: u64,
    /// What this session may see.
    pub scope: Scope,
    /// Which machine this is.
    pub machine: Machine,
    /// What can be subscribed to.
    pub channels: Vec<ChannelInfo>,
    /// After `auth`: the server's proof, over the machine's id and both nonces; hex. See [`crate::proof`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    #[cfg_attr(any(test, feature = "openapi"), schema(nullable = false))]
    pub mac: Option<String>,
}

/// A channel and how often it sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChannelInfo {
    /// Name of the channel.
    pub name: Channel,
    /// Time between two frames, in milliseconds.
    pub interval_ms: u64,
}

/// Data of a channel at a tick.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Frame {
    /// Which channel.
    pub channel: Channel,
    /// Number of the tick; rises by one each tick while the server runs.
    pub seq: u64,
    /// When the data was read, Unix milliseconds.
    pub sampled_at_ms: u64,
    /// The data stands alone. Else it continues the frame before.
    pub key: bool,
    /// By channel: `Overview`, `Top`, `Processes`, `SystemInfo`, `NetworkInterfaces`, `Summary`, `Sessions`,
    /// `Sharing`.
    #[cfg_attr(test, ts(type = "unknown"))]
    #[cfg_attr(any(test, feature = "openapi"), schema(value_type = Value))]
    pub data: Payload,
}

/// The same as [`Frame`], borrowed, for encoding without a detour over [`Payload`].
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "frame", rename_all = "camelCase")]
pub struct FrameRef<'a, D: Serialize> {
    /// Which channel.
    pub channel: Channel,
    /// Number of the tick.
    pub seq: u64,
    /// When the data was read, Unix milliseconds.
    pub sampled_at_ms: u64,
    /// The data stands alone.
    pub key: bool,
    /// The data of the channel.
    pub data: &'a D,
}

/// Key frame of `overview`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OverviewKey {
    /// Generation of the set of series.
    #[serde(rename = "gen")]
    pub generation: u32,
    /// The set.
    pub series: Vec<Series>,
    /// One value a series, in its order.
    #[serde(serialize_with = "serialize_numbers")]
    pub values: Vec<Option<f64>>,
    /// What is no number.
    pub facts: Facts,
    /// What could not be read, and why.
    pub faults: Vec<Fault>,
}

/// Frame of `overview` between key frames.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OverviewValues {
    /// Generation of the set the values belong to.
    #[serde(rename = "gen")]
    pub generation: u32,
    /// One value a series, in its order.
    #[serde(serialize_with = "serialize_numbers")]
    pub values: Vec<Option<f64>>,
}

/// Data of channel `network-interfaces`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct InterfaceReading {
    /// What it is.
    #[serde(flatten)]
    pub interface: crate::Interface,
    /// Received, bytes a second.
    pub rx_bytes_per_s: Option<f64>,
    /// Sent, bytes a second.
    pub tx_bytes_per_s: Option<f64>,
}

/// Data of channel `system-info`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SystemInfo {
    /// What the machine is.
    #[serde(flatten)]
    pub machine: Machine,
    /// Time since it was started, in seconds.
    pub uptime_seconds: u64,
}

/// Data of channel `summary`: one machine in a list of many, in 300 bytes at most.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Busy share of all cores.
    #[serde(serialize_with = "serialize_number")]
    pub cpu_ratio: Option<f64>,
    /// Used share of memory.
    #[serde(serialize_with = "serialize_number")]
    pub memory_ratio: Option<f64>,
    /// The fullest filesystem.
    pub fullest_disk: Option<FullestDisk>,
    /// Received on all links to other machines, bytes a second.
    #[serde(serialize_with = "serialize_number")]
    pub rx_bytes_per_s: Option<f64>,
    /// Sent on all links to other machines, bytes a second.
    #[serde(serialize_with = "serialize_number")]
    pub tx_bytes_per_s: Option<f64>,
    /// Disks, read and written together, bytes a second.
    #[serde(serialize_with = "serialize_number")]
    pub disk_bytes_per_s: Option<f64>,
    /// Hottest sensor, °C.
    #[serde(serialize_with = "serialize_number")]
    pub temperature_celsius: Option<f64>,
    /// Gravest alert of the last hour; `null` where there was none.
    pub worst_alert: Option<Severity>,
}

/// The filesystem with the least room left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FullestDisk {
    /// Where it is mounted; cut after 64 characters.
    pub mount: String,
    /// Used share.
    #[serde(serialize_with = "serialize_number")]
    pub used_ratio: Option<f64>,
}

/// Answer to a request: a result or an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// As in the request.
    pub id: u64,
    /// What was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "unknown"))]
    #[cfg_attr(any(test, feature = "openapi"), schema(nullable = false, value_type = Value))]
    pub result: Option<Payload>,
    /// Why there is no result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    #[cfg_attr(any(test, feature = "openapi"), schema(nullable = false))]
    pub error: Option<ErrorBody>,
}

/// The same as [`Response`] with a result, borrowed, for encoding without a detour over [`Payload`].
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "response", rename_all = "camelCase")]
pub struct ResponseRef<'a, R: Serialize> {
    /// As in the request.
    pub id: u64,
    /// What was asked for.
    pub result: &'a R,
}

/// An error: a code for programs, a sentence for people. Nobody matches on the sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[error("{message}")]
pub struct ErrorBody {
    /// What kind of error.
    pub code: ErrorCode,
    /// What is wrong and what to do.
    pub message: String,
    /// After a wrong code: how often this device may still try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    #[cfg_attr(any(test, feature = "openapi"), schema(nullable = false))]
    pub tries_left: Option<u32>,
    /// What of a query cannot be read, and where. Over HTTP nothing is asked by queries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    #[cfg_attr(test, schema(nullable = false))]
    #[cfg_attr(all(not(test), feature = "openapi"), schema(ignore))]
    pub query: Option<Box<QueryError>>,
    /// What exactly was wrong, where there is a code for it; the message says the same.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::known::known")]
    #[cfg_attr(test, ts(optional))]
    #[cfg_attr(any(test, feature = "openapi"), schema(nullable = false))]
    pub reason: Option<Box<Reason>>,
    /// What exactly the window's program was asked in vain; absent over a network.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::known::known")]
    #[cfg_attr(test, ts(optional))]
    #[cfg_attr(any(test, feature = "openapi"), schema(ignore))]
    pub window: Option<Box<WindowReason>>,
}

impl ErrorBody {
    /// An error of `code`, said in `message`.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), tries_left: None, query: None, reason: None, window: None }
    }
}

impl From<Reason> for ErrorBody {
    fn from(reason: Reason) -> Self {
        Self { reason: Some(Box::new(reason.clone())), ..Self::new(reason.code(), reason.to_string()) }
    }
}

impl From<WindowReason> for ErrorBody {
    fn from(why: WindowReason) -> Self {
        Self { window: Some(Box::new(why.clone())), ..Self::new(why.code(), why.to_string()) }
    }
}

impl From<ListReason> for ErrorBody {
    fn from(why: ListReason) -> Self {
        WindowReason::from(why).into()
    }
}

impl From<SignalReason> for ErrorBody {
    fn from(why: SignalReason) -> Self {
        WindowReason::from(why).into()
    }
}

impl From<StreamReason> for ErrorBody {
    fn from(why: StreamReason) -> Self {
        Reason::from(why).into()
    }
}

/// Parameters of `history.query`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
pub struct HistoryQuery {
    /// Ids of series.
    pub series: Vec<String>,
    /// First moment, Unix milliseconds.
    pub from_ms: u64,
    /// Last moment, Unix milliseconds.
    pub to_ms: u64,
    /// At most this many points a series.
    pub max_points: usize,
}

/// Result of `history.query`: columns as a chart takes them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct History {
    /// Time between two points, in milliseconds. A point stands for the time from it to the next.
    pub step_ms: u64,
    /// Times, Unix milliseconds, rising.
    pub t: Vec<u64>,
    /// One column a series that is known; unknown ids are absent.
    #[cfg_attr(test, ts(type = "Record<string, HistoryColumn>"))]
    pub columns: std::collections::BTreeMap<String, HistoryColumn>,
}

/// One series over time: lowest, mean and highest value of each step, `null` for a gap.
/// Where a step holds one sample only, `min` and `max` equal `avg`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HistoryColumn {
    /// Lowest.
    #[serde(serialize_with = "serialize_numbers")]
    pub min: Vec<Option<f64>>,
    /// Mean.
    #[serde(serialize_with = "serialize_numbers")]
    pub avg: Vec<Option<f64>>,
    /// Highest.
    #[serde(serialize_with = "serialize_numbers")]
    pub max: Vec<Option<f64>>,
}

/// Parameters of `process.detail`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
pub struct ProcessRef {
    /// Process id.
    pub pid: u32,
    /// When it was started, Unix milliseconds.
    pub started_at_ms: u64,
}

/// One entry of `series.list`: a series with its definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SeriesInfo {
    /// The series.
    #[serde(flatten)]
    pub series: Series,
    /// What exactly is measured, in one sentence.
    pub about: String,
}

/// Result of `snapshot` and of `GET /api/v1/snapshot`: the last sample, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SnapshotBody {
    /// Number of the tick.
    pub seq: u64,
    /// When it was read, Unix milliseconds.
    pub sampled_at_ms: u64,
    /// Which machine.
    pub machine: Machine,
    /// Series, values, facts and faults.
    #[serde(flatten)]
    pub overview: OverviewKey,
    /// The heaviest processes; `null` before the first process table.
    pub top: Option<Top>,
    /// The same figures as a frame of `summary`. Machines of an older version do not send it: their figures are
    /// unknown to whoever polls them.
    #[serde(default)]
    pub summary: Option<Summary>,
}

/// The part of [`SnapshotBody`] by which a machine is shown in a few figures. All else is passed over as it is read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Polled {
    /// When it was read, Unix milliseconds.
    pub sampled_at_ms: u64,
    /// See [`SnapshotBody::summary`].
    #[serde(default)]
    pub summary: Option<Summary>,
}

impl InterfaceReading {
    /// `interface` with its rates, rounded as they are sent.
    #[must_use]
    pub fn new(interface: crate::Interface, rx: Option<f64>, tx: Option<f64>) -> Self {
        Self { interface, rx_bytes_per_s: number(rx).0, tx_bytes_per_s: number(tx).0 }
    }
}
