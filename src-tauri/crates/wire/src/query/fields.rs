//! What can be compared: fields, their words, what kind of value each holds, and which context has which.

use serde::{Deserialize, Serialize};

/// A field of the language, written by the word that people type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, utoipa::ToSchema),
    ts(export, export_to = "wire.ts", rename = "QueryField")
)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// Name of the process; in the list of machines, of the machine.
    Name,
    /// CPU of a process or a machine.
    Cpu,
    /// Memory of a process or a machine.
    Mem,
    /// Owner of a process.
    User,
    /// Bytes read and written a second.
    Io,
    /// How long ago a process was started.
    Started,
    /// State of a process, or of a machine as its viewer sees it.
    State,
    /// Command line of a process.
    Command,
    /// Process id.
    Pid,
    /// Process id of the parent.
    Ppid,
    /// Bytes read a second.
    Read,
    /// Bytes written a second.
    Write,
    /// Threads of a process.
    Threads,
    /// Used share of a filesystem; of a machine, of its fullest.
    Disk,
    /// Name of the machine.
    Host,
    /// Tag of a machine.
    Tag,
    /// Operating system of a machine.
    Os,
    /// Address of a machine.
    Address,
    /// Bytes received and sent a second.
    Net,
    /// Hottest sensor.
    Temp,
}

/// What kind of value a field holds: decides its operators and units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, utoipa::ToSchema),
    ts(export, export_to = "wire.ts", rename = "QueryKind")
)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Text, found by a part of it.
    Text,
    /// One of a list of words.
    State,
    /// A whole number.
    Count,
    /// A share, in percent.
    Percent,
    /// An amount of memory, or a share of the machine's.
    Memory,
    /// Bytes a second.
    Rate,
    /// A span of time.
    Age,
    /// Degrees Celsius.
    Temperature,
}

/// Where a query is asked: decides which fields there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Context {
    /// The process table of one machine.
    Processes,
    /// The list of machines.
    Machines,
    /// Everything on one machine: itself, its processes, its filesystems.
    Find,
}

/// Every field with the words for it, the one it is shown by first.
const WORDS: [(Field, &[&str]); 20] = [
    (Field::Name, &["name", "process"]),
    (Field::Cpu, &["cpu"]),
    (Field::Mem, &["mem", "memory", "ram"]),
    (Field::User, &["user", "owner"]),
    (Field::Io, &["io"]),
    (Field::Started, &["started", "age"]),
    (Field::State, &["state", "status", "is"]),
    (Field::Command, &["command", "cmd"]),
    (Field::Pid, &["pid"]),
    (Field::Ppid, &["ppid", "parent"]),
    (Field::Read, &["read"]),
    (Field::Write, &["write"]),
    (Field::Threads, &["threads", "thr"]),
    (Field::Disk, &["disk"]),
    (Field::Host, &["host", "machine"]),
    (Field::Tag, &["tag", "tags"]),
    (Field::Os, &["os"]),
    (Field::Address, &["address", "ip"]),
    (Field::Net, &["net", "network"]),
    (Field::Temp, &["temp", "temperature"]),
];

/// States of a process.
const PROCESS_STATES: [&str; 7] = ["running", "sleeping", "blocked", "stopped", "zombie", "idle", "unknown"];
/// States of a machine, by the words of its mark without a space. `pair` is short for `topair`.
const MACHINE_STATES: [&str; 10] = [
    "live",
    "polling",
    "warning",
    "critical",
    "reconnecting",
    "stale",
    "asleep",
    "offline",
    "topair",
    "pair",
];

impl Context {
    /// The fields there are here, in the order in which they are proposed.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        use Field::{
            Address, Command, Cpu, Disk, Host, Io, Mem, Name, Net, Os, Pid, Ppid, Read, Started, State, Tag,
            Temp, Threads, User, Write,
        };
        match self {
            Context::Processes => {
                &[Name, Cpu, Mem, User, Io, Started, State, Command, Pid, Ppid, Read, Write, Threads]
            }
            Context::Machines => &[Tag, Os, State, Name, Host, Address, Cpu, Mem, Disk, Io, Net, Temp],
            Context::Find => &[
                Name, Cpu, Mem, Disk, Host, User, Io, Started, State, Command, Pid, Ppid, Read, Write,
                Threads, Os, Net, Temp,
            ],
        }
    }

    /// The words a state can have here.
    #[must_use]
    pub fn states(self) -> &'static [&'static str] {
        match self {
            Context::Machines => &MACHINE_STATES,
            Context::Processes | Context::Find => &PROCESS_STATES,
        }
    }

    /// What is meant by a field that there is elsewhere, where something close to it is here.
    pub(super) fn instead_of(self, field: Field) -> Option<Field> {
        match (self, field) {
            (Context::Processes, Field::Disk) => Some(Field::Io),
            (Context::Find, Field::Tag) => Some(Field::Host),
            (Context::Machines, Field::Read | Field::Write) => Some(Field::Io),
            _ => None,
        }
    }

    /// Every word for a field that there is here.
    pub(super) fn words(self) -> impl Iterator<Item = &'static str> {
        self.fields().iter().flat_map(|field| field.words().iter().copied())
    }
}

impl Field {
    /// The field a word names, in any case.
    #[must_use]
    pub fn named(word: &str) -> Option<Field> {
        let known = WORDS.iter().find(|(_, words)| words.iter().any(|it| it.eq_ignore_ascii_case(word)));
        known.map(|(field, _)| *field)
    }

    /// The word it is shown by.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.words()[0]
    }

    fn words(self) -> &'static [&'static str] {
        WORDS.iter().find(|(field, _)| *field == self).map_or(&[""], |(_, words)| words)
    }

    /// What kind of value it holds.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Field::Name
            | Field::User
            | Field::Command
            | Field::Host
            | Field::Tag
            | Field::Os
            | Field::Address => Kind::Text,
            Field::State => Kind::State,
            Field::Pid | Field::Ppid | Field::Threads => Kind::Count,
            Field::Cpu | Field::Disk => Kind::Percent,
            Field::Mem => Kind::Memory,
            Field::Io | Field::Read | Field::Write | Field::Net => Kind::Rate,
            Field::Started => Kind::Age,
            Field::Temp => Kind::Temperature,
        }
    }
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Contains,
    Exactly,
    Differs,
    More,
    AtLeast,
    Less,
    AtMost,
    Matches,
}

/// As they are written, longest first. `:` is one more way to write `=`, after a field only: names have colons too.
const OPERATORS: [(&str, Operator); 8] = [
    ("==", Operator::Exactly),
    ("!=", Operator::Differs),
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("=", Operator::Contains),
    (">", Operator::More),
    ("<", Operator::Less),
    ("~", Operator::Matches),
];

impl Operator {
    /// The operator that `text` begins with, and as it is written.
    pub(super) fn at(text: &str) -> Option<(&'static str, Operator)> {
        OPERATORS.into_iter().find(|(written, _)| text.starts_with(written))
    }

    /// Whether values of `kind` can be compared by it.
    pub(super) fn suits(self, kind: Kind) -> bool {
        match self {
            Operator::Contains | Operator::Exactly | Operator::Differs => true,
            Operator::Matches => kind == Kind::Text,
            Operator::More | Operator::AtLeast | Operator::Less | Operator::AtMost => {
                !matches!(kind, Kind::Text | Kind::State)
            }
        }
    }
}

/// The known word that a mistyped one was meant for, if any is near enough.
pub(super) fn nearest(typed: &str, known: impl IntoIterator<Item = &'static str>) -> Option<&'static str> {
    /// Longer words are not mistyped fields.
    const COMPARED: usize = 24;
    let typed: Vec<char> = typed.to_lowercase().chars().take(COMPARED).collect();
    let limit = if typed.len() <= 3 { 1 } else { 2 };
    let near = known.into_iter().map(|word| (edits(&typed, &word.chars().collect::<Vec<_>>()), word));
    near.filter(|(edits, _)| *edits <= limit).min_by_key(|(edits, _)| *edits).map(|(_, word)| word)
}

/// Edits that turn one word into another, a swap of neighbours counting once.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut least = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before_last[j - 2] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}
