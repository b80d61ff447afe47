//! What could not be read, or is wrong around the monitor itself: sentences in plain English.

use std::fmt;

use crate::fault::{
    BadSetting, DiscoveryFailure, FaultReason, FileProblem, ReadFailure, SetAside, UnreadableFile,
};

impl FaultReason {
    /// What is so of `source`, why, and what to do; a sentence.
    #[must_use]
    pub fn message(&self, source: &str) -> String {
        match self {
            FaultReason::NotRead { cause: ReadFailure::NotOnThisSystem } => {
                format!("{} cannot be read on this system.", numbers(source))
            }
            FaultReason::NotRead { cause } => format!("{} cannot be read: {cause}.", numbers(source)),
            FaultReason::Failed { again_s } => format!(
                "Reading the {source} failed inside Sightline; this is a bug. It is tried again after {again_s} s."
            ),
            FaultReason::FilesystemSilent { mount: Some(mount) } => {
                format!("{mount} does not answer; its last numbers are shown.")
            }
            FaultReason::FilesystemSilent { mount: None } => {
                "A filesystem does not answer; the last numbers are shown.".to_owned()
            }
            FaultReason::DiskUseHidden => {
                "Disk use of other users' processes is hidden; Sightline would have to run as root to see it."
                    .to_owned()
            }
            FaultReason::ProcessesHidden => {
                "Only processes of this user can be seen: /proc is mounted with hidepid.".to_owned()
            }
            FaultReason::FileUnreadable { file } => file.to_string(),
            FaultReason::FileUnclear { file, problem, before } => {
                let until = if *before {
                    "What it said before stays in use until then."
                } else {
                    "Until then nothing is open that it would have to allow."
                };
                format!("{} It is read again within a minute. {until}", unclear(file, problem))
            }
            FaultReason::IdentityNotKept { detail } => {
                format!("This machine's id lasts until the next start only: {detail}.")
            }
            FaultReason::BadSettings { settings } => {
                settings.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            }
            FaultReason::NotShared { problem } => format!("Not shared as it should be: {problem}."),
            FaultReason::NotAdvertised { cause } => {
                format!("Other devices do not find this machine by themselves: {cause}.")
            }
            FaultReason::NoOwnerSocket { detail } => {
                format!(
                    "Commands of this computer, such as sightline-agent share, do not reach this program: {detail}."
                )
            }
        }
    }
}

/// What a source reads.
fn numbers(source: &str) -> &str {
    match source {
        "cpu" => "CPU time",
        "memory" => "Memory use",
        "disks" => "Disk activity",
        "load" => "The load average",
        "network" => "Network activity",
        "pressure" => "Pressure",
        "processes" => "The list of processes",
        other => other,
    }
}

/// Why a file cannot be used, and what to do; a sentence or two.
fn unclear(file: &str, problem: &FileProblem) -> String {
    match problem {
        FileProblem::Malformed { line, column, detail } => {
            format!("{file} is not understood in line {line}, column {column}: {detail}. Mend it there.")
        }
        FileProblem::Foreign { owner, ours } => format!(
            "{file} belongs to another user (id {owner}), so it is not used. If it is yours, run: chown {ours} {file}."
        ),
        FileProblem::Exposed { mode } => format!(
            "Other users can read or change {file} (mode {mode}), so it is not used. Run: chmod 600 {file}."
        ),
        FileProblem::Irregular => {
            format!(
                "{file} is a link or no ordinary file, so it is not used. Put an ordinary one in its place."
            )
        }
        FileProblem::NotRead { detail } => format!("{file} cannot be read: {detail}."),
    }
}

impl fmt::Display for ReadFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ReadFailure::NotOnThisSystem => "this system does not offer it",
            ReadFailure::NotOffered => "this kernel does not offer it",
            ReadFailure::NotPermitted => "the user that Sightline runs as may not",
            ReadFailure::Other { detail } => detail,
        })
    }
}

/// A sentence, unlike the others.
impl fmt::Display for UnreadableFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, detail, aside, backup } = self;
        write!(f, "{path} could not be read: {detail}. ")?;
        match aside {
            SetAside::Moved { path } => write!(f, "It is kept as {path}; ")?,
            SetAside::Stays { detail } => write!(f, "It could not be moved aside ({detail}); ")?,
        }
        f.write_str(if *backup { "the version before it is used." } else { "defaults are used." })
    }
}

/// A sentence, unlike the others.
impl fmt::Display for BadSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadSetting::OutOfBounds { name, value, least, most, used } => {
                write!(f, "{name} {value} in settings.json is not within {least} to {most}; {used} is used.")
            }
            BadSetting::IntervalOutOfBounds { name, value_ms, least_ms, most_ms, used_ms } => write!(
                f,
                "{name} {value_ms} is not within {least_ms} to {most_ms} milliseconds; {used_ms} is used."
            ),
            BadSetting::NotUnderstood { file, name, used: Some(used) } => {
                write!(f, "{name} in {file} is not understood; {used} is used until it is mended.")
            }
            BadSetting::NotUnderstood { file, name, used: None } => {
                write!(f, "{name} in {file} is not understood, and left out until it is mended.")
            }
            BadSetting::GivenTwice { file, name, used: Some(used) } => {
                write!(f, "{name} is there twice in {file}; {used} is used until one of them is removed.")
            }
            BadSetting::GivenTwice { file, name, used: None } => {
                write!(f, "{name} is there twice in {file}, and left out until one of them is removed.")
            }
            BadSetting::NewerFile { file, version, known } => write!(
                f,
                "A newer Sightline wrote {file} (version {version}; this one knows {known}). What it does not know is not \
                 used; update this one."
            ),
            BadSetting::NotASwitch { name, value, used } => {
                write!(f, "{name} is {value:?}, which is neither true nor false; {used} is used.")
            }
            BadSetting::NotAnInterval { name, value, used_ms } => {
                write!(f, "{name} is {value:?}, which is no number of milliseconds; {used_ms} is used.")
            }
        }
    }
}

impl fmt::Display for DiscoveryFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DiscoveryFailure::PortTaken { port, detail } => write!(
                f,
                "UDP port {port}, by which machines find each other, cannot be opened: {detail}. End the program that \
                 keeps it for itself, or add machines by their address"
            ),
            DiscoveryFailure::TooManyMachines => f.write_str(
                "more machines announce themselves on this network than are shown here. Add others by address",
            ),
            DiscoveryFailure::Other { detail } => {
                write!(f, "machines cannot find each other on this network: {detail}")
            }
        }
    }
}
