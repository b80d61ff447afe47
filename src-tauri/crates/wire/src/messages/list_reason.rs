//! Why the window's list of machines was not changed, read or written: sentences in plain English.

use std::fmt;

use crate::list_reason::ListReason;

impl fmt::Display for ListReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ListReason::NotKept { detail } => {
                write!(f, "The list of machines could not be written: {detail}. Nothing was changed.")
            }
            ListReason::FileNotWritten { path, detail } => {
                write!(f, "{path} could not be written: {detail}.")
            }
            ListReason::FileNotRead { path, detail } => write!(f, "{path} could not be read: {detail}."),
            ListReason::FileTooLarge { mebibytes } => {
                write!(f, "The file is larger than {mebibytes} MiB, the most that is read.")
            }
            ListReason::NoList => f.write_str("This is no list of machines of Sightline."),
            ListReason::NewerFile { version, known } => write!(
                f,
                "A newer Sightline wrote this file (version {version}; this one reads {known}). Update this one."
            ),
            ListReason::BadFile { detail } => {
                write!(f, "The file does not say what a list of machines has to say: {detail}.")
            }
            ListReason::InFile { file, why } => write!(f, "{file}: {why} Nothing was added."),
            ListReason::OfMachine { number, why } => write!(f, "Machine {number} of the file: {why}"),
            ListReason::BadId => f.write_str("A machine has no id that could be one."),
            ListReason::NoName => f.write_str("A machine needs a name."),
            ListReason::NameTooLong { length, most } => {
                write!(f, "A name of {length} characters is too long; {most} is the most.")
            }
            ListReason::TagTooLong { length, most } => {
                write!(f, "A tag of {length} characters is too long; {most} is the most.")
            }
            ListReason::TooManyTags { name, count, most } => {
                write!(f, "{name} has {count} tags; {most} is the most.")
            }
            ListReason::BadAddress { name } => write!(f, "{name}: an address looks like 192.168.1.20:7444."),
            ListReason::NoAddress { name } => write!(f, "{name} needs an address, as in 192.168.1.20:7444."),
            ListReason::NotListed { name } => {
                write!(f, "{name} is not one of your machines; pair with it to add it.")
            }
            ListReason::Twice { name } => write!(f, "{name} stands in the list twice."),
            ListReason::TooManyMachines { count, most } => {
                write!(f, "That would be {count} machines; {most} is the most.")
            }
        }
    }
}
