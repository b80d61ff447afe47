//! Why the window's list of machines was not changed, read from a file or written to one: a code with parameters.

use serde::{Deserialize, Serialize};

use crate::error_code::ErrorCode;

/// What exactly was wrong, with what a sentence about it needs. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum ListReason {
    /// The list could not be kept.
    NotKept {
        /// What the system says.
        detail: String,
    },
    /// The file that was chosen could not be written.
    FileNotWritten {
        /// Its path.
        path: String,
        /// What the system says.
        detail: String,
    },
    /// The file that was chosen could not be read.
    FileNotRead {
        /// Its path.
        path: String,
        /// What the system says.
        detail: String,
    },
    /// The file is larger than any that is read.
    FileTooLarge {
        /// Largest size, in MiB.
        mebibytes: usize,
    },
    /// The file is no list of machines.
    NoList,
    /// A newer version wrote the file.
    NewerFile {
        /// Its version.
        version: u32,
        /// The newest that is read here.
        known: u32,
    },
    /// The file lacks something that a list has.
    BadFile {
        /// What the reader says.
        detail: String,
    },
    /// Something is wrong with what the file holds.
    InFile {
        /// Its name.
        file: String,
        /// What.
        why: Box<ListReason>,
    },
    /// Something is wrong with one machine of the file.
    OfMachine {
        /// Which of them, counted from 1.
        number: usize,
        /// What.
        why: Box<ListReason>,
    },
    /// A machine has no id that could be one.
    BadId,
    /// A machine has no name.
    NoName,
    /// A name is too long.
    NameTooLong {
        /// Its length, in characters.
        length: usize,
        /// Longest length.
        most: usize,
    },
    /// A tag is too long.
    TagTooLong {
        /// Its length, in characters.
        length: usize,
        /// Longest length.
        most: usize,
    },
    /// A machine has too many tags.
    TooManyTags {
        /// Name of the machine.
        name: String,
        /// How many.
        count: usize,
        /// How many fit.
        most: usize,
    },
    /// An address of a machine is none.
    BadAddress {
        /// Name of the machine.
        name: String,
    },
    /// A machine has no address.
    NoAddress {
        /// Name of the machine.
        name: String,
    },
    /// A machine is not in the list.
    NotListed {
        /// Name of the machine.
        name: String,
    },
    /// A machine stands in the list twice.
    Twice {
        /// Name of the machine.
        name: String,
    },
    /// Too many machines.
    TooManyMachines {
        /// How many there would be.
        count: usize,
        /// How many fit.
        most: usize,
    },
}

impl ListReason {
    /// The kind of error that it is.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            ListReason::NotKept { .. }
            | ListReason::FileNotWritten { .. }
            | ListReason::FileNotRead { .. } => ErrorCode::Unavailable,
            ListReason::FileTooLarge { .. } => ErrorCode::TooLarge,
            ListReason::TooManyMachines { .. } => ErrorCode::TooMany,
            ListReason::InFile { why, .. } => why.code(),
            ListReason::NoList
            | ListReason::NewerFile { .. }
            | ListReason::BadFile { .. }
            | ListReason::OfMachine { .. }
            | ListReason::BadId
            | ListReason::NoName
            | ListReason::NameTooLong { .. }
            | ListReason::TagTooLong { .. }
            | ListReason::TooManyTags { .. }
            | ListReason::BadAddress { .. }
            | ListReason::NoAddress { .. }
            | ListReason::NotListed { .. }
            | ListReason::Twice { .. } => ErrorCode::BadParams,
        }
    }
}

impl std::error::Error for ListReason {}
