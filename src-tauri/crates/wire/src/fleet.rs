//! Types about other machines: the list of them, which are found on the network, why one cannot be reached, and queries
//! to all of them at once.
//!
//! [`Findings`] and [`SummaryHistory`] travel between machines. All else is said between the window and its own
//! program, and never crosses a network.

use serde::{Deserialize, Serialize};

use crate::Scope;
pub use crate::diagnosis::{Probe, ProbeKind};
use crate::fault::DiscoveryFailure;
use crate::message::{AlertEvent, FullestDisk, Goodbye};
use crate::number::{serialize_number, serialize_numbers};

/// A machine that a person added. There is no secret in it: the token is in the keyring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
pub struct KnownMachine {
    /// The machine's id, which it has to prove each time.
    pub id: String,
    /// The name that the person gave it; at first the one it claims.
    pub name: String,
    /// Groups it belongs to; the first is the one it is listed in.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Where it was found, `host:port`; the one that worked last comes first.
    pub addresses: Vec<String>,
    /// Its links are encrypted (`wss`).
    #[serde(default)]
    pub secure: bool,
    /// The scope that this program has there, as last reported.
    pub scope: Scope,
    /// Its operating system, as last reported: `linux`, `macos`, `windows`, …; empty before.
    #[serde(default)]
    pub family: String,
    /// Its operating system in full, as last reported; empty before.
    #[serde(default)]
    pub os: String,
    /// When it was added, Unix milliseconds.
    pub added_at_ms: u64,
    /// When something was last received from it, Unix milliseconds.
    #[serde(default)]
    pub last_seen_ms: Option<u64>,
    /// Its goodbye; `None` where it disconnected unexpectedly, or is connected.
    #[serde(default)]
    pub last_goodbye: Option<Goodbye>,
}

/// All machines that a person added, in the person's order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
pub struct MachineList {
    /// The machines.
    pub machines: Vec<KnownMachine>,
    /// These are replayed machines of a demo; nothing is stored.
    #[serde(default)]
    pub demo: bool,
}

/// A machine that is advertised on the network by DNS-SD. All of it is untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
pub struct FoundMachine {
    /// The id it claims.
    pub id: String,
    /// The name it claims, without characters that hide.
    pub name: String,
    /// The addresses it claims, `host:port`, those of this network first.
    pub addresses: Vec<String>,
    /// Its operating system, as it claims: `linux`, `macos`, `windows`, …; empty where it claims none.
    pub family: String,
    /// When it was found, Unix milliseconds.
    pub found_at_ms: u64,
}

/// What is found on the network at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
pub struct FoundMachines {
    /// Rises with every change, and with every announcement of a machine, known or not.
    pub version: u64,
    /// The machines, by name.
    pub machines: Vec<FoundMachine>,
    /// Ids of machines that were announced since the version of the request.
    pub announced: Vec<String>,
    /// Why nothing can be found; a sentence for people.
    pub problem: Option<String>,
    /// The code of the problem, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::known::known")]
    #[cfg_attr(test, ts(optional))]
    pub problem_reason: Option<Box<DiscoveryFailure>>,
}

/// Two screens that show the same digits: a machine is being paired without a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
pub struct Comparing {
    /// Id of this attempt.
    pub ticket: String,
    /// Six digits, which the other screen has to show as well.
    pub digits: String,
    /// The name that the other machine claims.
    pub machine_name: String,
    /// How long the owner there has to approve, milliseconds.
    pub left_ms: u64,
}

/// The state of a machine while there was no page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
pub struct WatchedMachine {
    /// Its id.
    pub id: String,
    /// It answers.
    pub live: bool,
    /// When something was last received from it, Unix milliseconds.
    pub last_seen_ms: Option<u64>,
    /// Its goodbye.
    pub goodbye: Option<Goodbye>,
    /// Why it cannot be reached.
    pub problem: Option<Probe>,
    /// Its alerts meanwhile, oldest first.
    pub alerts: Vec<AlertEvent>,
}

/// Searches one machine for everything that matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
pub struct FindQuery {
    /// In the query language of [`crate::query`]: `ffmpeg`, `cpu>50 or mem>50%`, `mem>2GB`, `disk>90`, `host:nas`. At most
    /// [`crate::limits::FIND_CHARS`] characters and [`crate::limits::FIND_TERMS`] words and comparisons.
    pub query: String,
    /// Most processes in the answer; at most [`crate::limits::FINDINGS`].
    pub limit: usize,
}

/// What of a machine matches.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Findings {
    /// The machine itself: by its name, or by its own CPU and memory.
    pub machine: bool,
    /// Processes that run now, most CPU first.
    pub processes: Vec<FoundProcess>,
    /// Processes that match and are not in the list.
    pub more: u32,
    /// Filesystems, where the query asks for them, fullest first; at most [`crate::limits::FINDINGS`].
    pub disks: Vec<FullestDisk>,
    /// Age of the process table that was searched, milliseconds; `None` where there is none yet.
    pub table_age_ms: Option<u64>,
}

/// A process that matches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FoundProcess {
    /// Its id.
    pub pid: u32,
    /// When it started, Unix milliseconds.
    pub started_at_ms: u64,
    /// Its name.
    pub name: String,
    /// Whose it is; `None` for a viewer of scope `view`.
    pub user: Option<String>,
    /// Share of one core.
    #[serde(serialize_with = "serialize_number")]
    pub cpu_ratio: Option<f64>,
    /// Resident memory, bytes.
    pub memory_bytes: u64,
}

/// Asks for the past of a machine's summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
pub struct SummaryQuery {
    /// Start of the range, Unix milliseconds.
    pub from_ms: u64,
    /// End of the range, Unix milliseconds.
    pub to_ms: u64,
    /// Most points; at least 1, and at most [`crate::limits::QUERY_POINTS`].
    pub max_points: usize,
}

/// The past of a machine's summary, as columns: what its card and the comparison draw. Where a point stands for
/// several samples it is their mean; `null` stands where there was nothing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SummaryHistory {
    /// Time between two points, milliseconds.
    pub step_ms: u64,
    /// Times of the points, Unix milliseconds.
    pub t: Vec<u64>,
    /// CPU busy, ratio.
    #[serde(serialize_with = "serialize_numbers")]
    pub cpu_ratio: Vec<Option<f64>>,
    /// Memory used, ratio.
    #[serde(serialize_with = "serialize_numbers")]
    pub memory_ratio: Vec<Option<f64>>,
    /// Fullest filesystem, ratio.
    #[serde(serialize_with = "serialize_numbers")]
    pub disk_ratio: Vec<Option<f64>>,
    /// Disks, read and written together, bytes a second.
    #[serde(serialize_with = "serialize_numbers")]
    pub disk_bytes_per_s: Vec<Option<f64>>,
    /// Network, both ways together, bytes a second.
    #[serde(serialize_with = "serialize_numbers")]
    pub net_bytes_per_s: Vec<Option<f64>>,
    /// Hottest sensor, °C.
    #[serde(serialize_with = "serialize_numbers")]
    pub temperature_celsius: Vec<Option<f64>>,
}
