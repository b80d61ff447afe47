//! What could not be read, or is wrong around the monitor itself: told with every sample until it is put right. A code
//! with parameters, beside the sentence that is made of it.

use serde::{Deserialize, Serialize};

use crate::sharing_problem::SharingProblem;

/// Something that could not be read. A missing sensor is data, not an error.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// Which part: `disks`, `pressure`, `settings`, …
    pub source: String,
    /// What is so, why, and what to do; a sentence for people.
    pub message: String,
    /// What exactly is wrong, where there is a code for it; the message says the same.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::known::known")]
    #[cfg_attr(test, ts(optional))]
    #[cfg_attr(any(test, feature = "openapi"), schema(nullable = false))]
    pub reason: Option<Box<FaultReason>>,
}

impl Fault {
    /// What is wrong with `source`.
    #[must_use]
    pub fn new(source: &str, reason: FaultReason) -> Self {
        Self { source: source.to_owned(), message: reason.message(source), reason: Some(Box::new(reason)) }
    }
}

/// What exactly is wrong with a source, with what a sentence about it needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum FaultReason {
    /// The numbers of the source cannot be read.
    NotRead {
        /// Why.
        cause: ReadFailure,
    },
    /// Reading the source failed inside this program; it is tried again.
    #[serde(rename_all = "camelCase")]
    Failed {
        /// How long it rests, in seconds.
        again_s: u64,
    },
    /// A file system does not answer; its last numbers are shown.
    FilesystemSilent {
        /// Where it is mounted, where that can be told.
        mount: Option<String>,
    },
    /// Disk use of other users' processes is hidden.
    DiskUseHidden,
    /// Processes of other users are hidden.
    ProcessesHidden,
    /// A file of this program was damaged.
    FileUnreadable {
        /// Which, and what was done.
        file: UnreadableFile,
    },
    /// A file of this program cannot be used as it is. It stays where it is, and is read again within a minute.
    FileUnclear {
        /// Its name.
        file: String,
        /// Why.
        problem: FileProblem,
        /// What it said before stays in use; else nothing is open that it would have to allow.
        before: bool,
    },
    /// The id of this machine lasts until the next start.
    IdentityNotKept {
        /// What the system says.
        detail: String,
    },
    /// Values of settings that cannot be used.
    BadSettings {
        /// Each of them.
        settings: Vec<BadSetting>,
    },
    /// This machine is not shared as it should be.
    NotShared {
        /// Why.
        problem: SharingProblem,
    },
    /// Other devices do not find this machine by themselves.
    NotAdvertised {
        /// Why.
        cause: DiscoveryFailure,
    },
    /// Commands of this computer do not reach this program.
    NoOwnerSocket {
        /// What the system says.
        detail: String,
    },
}

impl From<UnreadableFile> for FaultReason {
    fn from(file: UnreadableFile) -> Self {
        FaultReason::FileUnreadable { file }
    }
}

impl FaultReason {
    /// The numbers of the source cannot be read on systems of this kind.
    pub const NOT_ON_THIS_SYSTEM: Self = FaultReason::NotRead { cause: ReadFailure::NotOnThisSystem };
}

/// Why numbers cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum ReadFailure {
    /// This system has no such numbers.
    NotOnThisSystem,
    /// This kernel has no such numbers.
    NotOffered,
    /// The user that this program runs as may not.
    NotPermitted,
    /// What the system says.
    Other {
        /// In its words.
        detail: String,
    },
}

/// A file of this program that could not be read, and what is used in its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnreadableFile {
    /// The file.
    pub path: String,
    /// Why it cannot be read, as the system or the reader says.
    pub detail: String,
    /// What became of it.
    pub aside: SetAside,
    /// The version before it is used; else the defaults are.
    pub backup: bool,
}

/// What became of a file that could not be read: it is never overwritten.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum SetAside {
    /// It has another name now.
    Moved {
        /// Its path.
        path: String,
    },
    /// It could not be moved.
    Stays {
        /// What the system says.
        detail: String,
    },
}

/// Why a file cannot be used as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum FileProblem {
    /// Its text is not what it has to be.
    Malformed {
        /// The line, from 1.
        line: u32,
        /// The column, from 1.
        column: u32,
        /// What the reader says.
        detail: String,
    },
    /// It gives access, and belongs to another user.
    Foreign {
        /// Id of that user.
        owner: u32,
        /// Id of the user that this program runs as.
        ours: u32,
    },
    /// It gives access, and other users can read or change it.
    Exposed {
        /// Its permissions, in octal digits.
        mode: String,
    },
    /// It is a directory, a pipe, a device or a link.
    Irregular,
    /// The system does not give it.
    NotRead {
        /// What the system says.
        detail: String,
    },
}

/// A value that cannot be used, and the one that is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum BadSetting {
    /// A number out of its bounds, in the file of settings.
    OutOfBounds {
        /// Name of the setting.
        name: String,
        /// As written.
        value: u64,
        /// Smallest value.
        least: u64,
        /// Largest value.
        most: u64,
        /// What is used.
        used: u64,
    },
    /// A number of milliseconds out of its bounds, in the environment or the file of settings.
    #[serde(rename_all = "camelCase")]
    IntervalOutOfBounds {
        /// Name of the variable.
        name: String,
        /// As written, in milliseconds.
        value_ms: u64,
        /// Smallest value, in milliseconds.
        least_ms: u64,
        /// Largest value, in milliseconds.
        most_ms: u64,
        /// What is used, in milliseconds.
        used_ms: u64,
    },
    /// A value in a file that is not what it has to be.
    NotUnderstood {
        /// The file.
        file: String,
        /// Where in it, as in `compat.wsEnabled` or `viewers[0]`.
        name: String,
        /// What is used; `None` where it is left out.
        used: Option<String>,
    },
    /// A key that is there twice in a file: nobody can say which value is meant.
    GivenTwice {
        /// The file.
        file: String,
        /// The key, as in `loopback` or `compat.wsEnabled`.
        name: String,
        /// What is used; `None` where it is left out.
        used: Option<String>,
    },
    /// A file that a newer version of this program wrote.
    NewerFile {
        /// The file.
        file: String,
        /// Version of its shape.
        version: u32,
        /// The newest that this program knows.
        known: u32,
    },
    /// A variable of the environment that is neither true nor false.
    NotASwitch {
        /// Name of the variable.
        name: String,
        /// As written.
        value: String,
        /// What is used.
        used: bool,
    },
    /// A variable of the environment that is no number of milliseconds.
    #[serde(rename_all = "camelCase")]
    NotAnInterval {
        /// Name of the variable.
        name: String,
        /// As written.
        value: String,
        /// What is used, in milliseconds.
        used_ms: u64,
    },
}

/// Why machines cannot find each other on this network.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum DiscoveryFailure {
    /// The UDP port of mDNS cannot be opened.
    PortTaken {
        /// The port.
        port: u16,
        /// What the system says.
        detail: String,
    },
    /// More announce themselves than are shown.
    TooManyMachines,
    /// Anything else.
    Other {
        /// What the library says.
        detail: String,
    },
}

impl std::error::Error for DiscoveryFailure {}
