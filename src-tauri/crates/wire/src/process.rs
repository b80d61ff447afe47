//! Processes: the table as sampled, the rows a scope may see, and what changed between two ticks.

use serde::ser::SerializeTuple;
use serde::{Deserialize, Serialize, Serializer};

use crate::constants::constants;
use crate::number::number;
use crate::{Scope, Unit};

/// Names one process for good: the PID may be used again, the pair is not.
pub type ProcessKey = (u32, u64);

/// State of a process, by the words of `ps`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum ProcessState {
    /// On a CPU, or waiting for one.
    Running,
    /// Waiting for an event.
    Sleeping,
    /// Waiting for I/O; cannot be interrupted.
    Blocked,
    /// Stopped by a signal or a debugger.
    Stopped,
    /// Ended; its parent has not asked yet.
    Zombie,
    /// A kernel thread without work.
    Idle,
    /// The system told nothing we know.
    Unknown,
}

/// How much of command lines somebody is shown: what a scope allows, and the choice of who gave the access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Commands {
    /// Nothing, and no owners of processes either: scope `view`.
    Hidden,
    /// The program, without its arguments.
    Programs,
    /// With arguments, secrets masked.
    Whole,
}

impl Commands {
    /// All there are, from the least to the most.
    pub const ALL: [Commands; 3] = [Commands::Hidden, Commands::Programs, Commands::Whole];

    /// What `scope` shows; `arguments`: who gave the access chose so.
    #[must_use]
    pub const fn of(scope: Scope, arguments: bool) -> Self {
        match scope {
            Scope::View => Commands::Hidden,
            Scope::Processes | Scope::Control if arguments => Commands::Whole,
            Scope::Processes | Scope::Control => Commands::Programs,
        }
    }
}

/// A command line, arguments separated by spaces, secrets masked. Empty for kernel threads. Its text is for those only
/// who say how much of it they are to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    text: std::sync::Arc<str>,
    /// Where the program ends in it, and its arguments begin.
    program_bytes: usize,
}

impl CommandLine {
    /// `text`, which begins with a program of so many bytes.
    #[must_use]
    pub fn new(text: std::sync::Arc<str>, program_bytes: usize) -> Self {
        let program_bytes = text.floor_char_boundary(program_bytes);
        Self { text, program_bytes }
    }

    /// As much of it as `commands` shows; `None` where that is nothing at all.
    #[must_use]
    pub fn shown(&self, commands: Commands) -> Option<&str> {
        match commands {
            Commands::Hidden => None,
            Commands::Programs => Some(&self.text[..self.program_bytes]),
            Commands::Whole => Some(&self.text),
        }
    }
}

/// A text whose first word is the program.
impl From<&str> for CommandLine {
    fn from(text: &str) -> Self {
        Self::new(text.into(), text.find(' ').unwrap_or(text.len()))
    }
}

/// One process as sampled. Lives on the machine; rows made from it travel.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// Process id.
    pub pid: u32,
    /// When it was started, Unix milliseconds. With the PID it names the process for good.
    pub started_at_ms: u64,
    /// Parent's process id; `None` for the first process.
    pub parent_pid: Option<u32>,
    /// Short name, as `ps -o comm`.
    pub name: std::sync::Arc<str>,
    /// What it was doing at the tick.
    pub state: ProcessState,
    /// CPU time over wall time since the last table, rounded for the wire as all that follows; 1 is one core, more
    /// is possible. `None` in its first table.
    pub cpu_ratio: Option<f64>,
    /// Resident memory in bytes.
    pub memory_bytes: u64,
    /// Read from storage; `None` where the system keeps it from us.
    pub read_bytes_per_s: Option<f64>,
    /// Written to storage; `None` where the system keeps it from us.
    pub write_bytes_per_s: Option<f64>,
    /// Threads.
    pub threads: u32,
    /// Owner's name, else the number.
    pub user: std::sync::Arc<str>,
    /// Its command line.
    pub command: CommandLine,
}

impl Process {
    /// What names this process.
    #[must_use]
    pub fn key(&self) -> ProcessKey {
        (self.pid, self.started_at_ms)
    }
}

/// All processes at one time, sorted by PID.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessTable {
    /// When the table was read, Unix milliseconds.
    pub sampled_at_ms: u64,
    /// Sorted by PID.
    pub processes: Vec<Process>,
}

constants! {
    /// Columns of [`ViewRow`], in its order. [`FullRow`] has these, then [`FULL_COLUMNS`].
    pub const VIEW_COLUMNS: [&str; 10] = [
        "pid",
        "startedAtMs",
        "parentPid",
        "name",
        "state",
        "cpuRatio",
        "memoryBytes",
        "readBytesPerS",
        "writeBytesPerS",
        "threads",
    ];
    /// Columns that scope `processes` adds.
    pub const FULL_COLUMNS: [&str; 2] = ["user", "command"];
    /// The columns that travel in `changed`, after pid and startedAtMs. The others are text or never change.
    pub const CHANGING_COLUMNS: [&str; 6] =
        ["state", "cpuRatio", "memoryBytes", "readBytesPerS", "writeBytesPerS", "threads"];
}

/// What scope `view` sees of a process: no owner and no command line, because the type has neither.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewRow<'a>(&'a Process);

/// What scope `processes` sees of a process.
#[derive(Debug, Clone, PartialEq)]
pub struct FullRow<'a>(&'a Process);

/// The same where command lines have no arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct ProgramRow<'a>(&'a Process);

impl<'a> From<&'a Process> for ViewRow<'a> {
    fn from(process: &'a Process) -> Self {
        Self(process)
    }
}

impl<'a> From<&'a Process> for FullRow<'a> {
    fn from(process: &'a Process) -> Self {
        Self(process)
    }
}

impl<'a> From<&'a Process> for ProgramRow<'a> {
    fn from(process: &'a Process) -> Self {
        Self(process)
    }
}

impl Serialize for ViewRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_tuple(VIEW_COLUMNS.len())?;
        view_columns(self.0, &mut row)?;
        row.end()
    }
}

impl Serialize for FullRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        full_row(self.0, Commands::Whole, serializer)
    }
}

impl Serialize for ProgramRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        full_row(self.0, Commands::Programs, serializer)
    }
}

fn full_row<S: Serializer>(p: &Process, commands: Commands, serializer: S) -> Result<S::Ok, S::Error> {
    let mut row = serializer.serialize_tuple(VIEW_COLUMNS.len() + FULL_COLUMNS.len())?;
    view_columns(p, &mut row)?;
    row.serialize_element(&*p.user)?;
    row.serialize_element(p.command.shown(commands).unwrap_or_default())?;
    row.end()
}

/// Writes [`VIEW_COLUMNS`].
fn view_columns<R: SerializeTuple>(p: &Process, row: &mut R) -> Result<(), R::Error> {
    row.serialize_element(&p.pid)?;
    row.serialize_element(&p.started_at_ms)?;
    row.serialize_element(&p.parent_pid)?;
    row.serialize_element(&*p.name)?;
    row.serialize_element(&p.state)?;
    row.serialize_element(&number(p.cpu_ratio))?;
    row.serialize_element(&p.memory_bytes)?;
    row.serialize_element(&number(p.read_bytes_per_s))?;
    row.serialize_element(&number(p.write_bytes_per_s))?;
    row.serialize_element(&p.threads)
}

/// The columns of one process that changed: pid, startedAtMs, then [`CHANGING_COLUMNS`].
#[derive(Debug, Clone, PartialEq)]
pub struct ChangedRow<'a>(&'a Process);

impl Serialize for ChangedRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let p = self.0;
        (
            p.pid,
            p.started_at_ms,
            p.state,
            number(p.cpu_ratio),
            p.memory_bytes,
            number(p.read_bytes_per_s),
            number(p.write_bytes_per_s),
            p.threads,
        )
            .serialize(serializer)
    }
}

/// One cell of a row, as schemas describe it.
#[cfg(any(test, feature = "openapi"))]
#[derive(utoipa::ToSchema)]
#[schema(as = Cell)]
#[expect(dead_code, reason = "describes what rows serialize themselves as")]
#[serde(untagged)]
enum Cell {
    Number(Option<f64>),
    Text(String),
}

/// Key frame of `processes`: the whole table.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts", concrete(R = FullRow<'static>), bound = ""))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[cfg_attr(any(test, feature = "openapi"), schema(bound = ""))]
pub struct ProcessesKey<R> {
    /// Names of the columns of `rows` and of `added`.
    #[cfg_attr(test, ts(type = "string[]"))]
    #[cfg_attr(any(test, feature = "openapi"), schema(value_type = Vec<String>))]
    pub columns: Vec<&'static str>,
    /// Names of the columns of `changed` after the first two.
    #[cfg_attr(any(test, feature = "openapi"), schema(value_type = Vec<String>))]
    pub changing: Vec<&'static str>,
    /// One row a process, sorted by PID.
    #[cfg_attr(test, ts(type = "(number | string | null)[][]"))]
    #[cfg_attr(any(test, feature = "openapi"), schema(value_type = Vec<Vec<Cell>>))]
    pub rows: Vec<R>,
}

/// Between two key frames of `processes`: what is different from the frame before.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts", concrete(R = FullRow<'static>), bound = ""))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[cfg_attr(any(test, feature = "openapi"), schema(bound = ""))]
pub struct ProcessesChange<'a, R> {
    /// Whole rows of new processes, and of processes whose text changed (the row replaces the old one).
    #[cfg_attr(test, ts(type = "(number | string | null)[][]"))]
    #[cfg_attr(any(test, feature = "openapi"), schema(value_type = Vec<Vec<Cell>>))]
    pub added: Vec<R>,
    /// pid, startedAtMs, then the changing columns, of processes that are still there.
    #[cfg_attr(test, ts(type = "(number | string | null)[][]"))]
    #[cfg_attr(any(test, feature = "openapi"), schema(value_type = Vec<Vec<Cell>>))]
    pub changed: Vec<ChangedRow<'a>>,
    /// pid and startedAtMs of processes that are gone.
    #[cfg_attr(any(test, feature = "openapi"), schema(value_type = Vec<Vec<u64>>))]
    pub gone: Vec<ProcessKey>,
}

impl<'a, R: From<&'a Process>> ProcessesKey<R> {
    /// The whole of `table`, for a scope whose row type is `R` with the columns of `columns`.
    #[must_use]
    pub fn of(table: &'a ProcessTable, columns: Vec<&'static str>) -> Self {
        Self {
            columns,
            changing: CHANGING_COLUMNS.to_vec(),
            rows: table.processes.iter().map(R::from).collect(),
        }
    }
}

impl<'a, R: From<&'a Process>> ProcessesChange<'a, R> {
    /// What turns `before` into `after`. Both are sorted by PID, so one walk over both finds it.
    #[must_use]
    pub fn between(before: &ProcessTable, after: &'a ProcessTable) -> Self {
        let mut change = Self { added: Vec::new(), changed: Vec::new(), gone: Vec::new() };
        let mut old = before.processes.iter().peekable();
        for new in &after.processes {
            while let Some(gone) = old.next_if(|process| process.key() < new.key()) {
                change.gone.push(gone.key());
            }
            match old.next_if(|process| process.key() == new.key()) {
                None => change.added.push(R::from(new)),
                Some(same) if !same_text(same, new) => change.added.push(R::from(new)),
                Some(same) if !same_numbers(same, new) => change.changed.push(ChangedRow(new)),
                Some(_) => {}
            }
        }
        change.gone.extend(old.map(Process::key));
        change
    }
}

fn same_text(a: &Process, b: &Process) -> bool {
    a.parent_pid == b.parent_pid && a.name == b.name && a.user == b.user && a.command == b.command
}

fn same_numbers(a: &Process, b: &Process) -> bool {
    a.state == b.state
        && a.cpu_ratio == b.cpu_ratio
        && a.memory_bytes == b.memory_bytes
        && a.read_bytes_per_s == b.read_bytes_per_s
        && a.write_bytes_per_s == b.write_bytes_per_s
        && a.threads == b.threads
}

/// A process in a short list: rail, phone, tray.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TopProcess {
    /// Process id.
    pub pid: u32,
    /// When it was started, Unix milliseconds.
    pub started_at_ms: u64,
    /// Short name.
    pub name: String,
    /// CPU time over wall time; 1 is one core.
    #[serde(serialize_with = "crate::number::serialize_number")]
    pub cpu_ratio: Option<f64>,
    /// Resident memory in bytes.
    pub memory_bytes: u64,
    /// Read from and written to storage; `null` where the system keeps it from us.
    #[serde(serialize_with = "crate::number::serialize_number")]
    pub disk_bytes_per_s: Option<f64>,
}

/// Data of channel `top`: the heaviest ten of each kind, heaviest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Top {
    /// By CPU, then memory.
    pub by_cpu: Vec<TopProcess>,
    /// By memory.
    pub by_memory: Vec<TopProcess>,
    /// By disk I/O; processes without any are left out.
    pub by_disk: Vec<TopProcess>,
}

impl Top {
    /// How many processes each list holds at most.
    pub const LENGTH: usize = 10;

    /// The heaviest of `table`. Cost: three partial selections over the table, no full sort.
    #[must_use]
    pub fn of(table: &ProcessTable) -> Self {
        let disk = |p: &Process| match (p.read_bytes_per_s, p.write_bytes_per_s) {
            (None, None) => None,
            (read, write) => Unit::BytesPerS.round(read.unwrap_or(0.0) + write.unwrap_or(0.0)),
        };
        let heaviest = |weigh: &dyn Fn(&Process) -> (f64, u64)| {
            let mut order: Vec<&Process> = table.processes.iter().collect();
            let heavier = |a: &&Process, b: &&Process| {
                let ((a1, a2), (b1, b2)) = (weigh(a), weigh(b));
                b1.total_cmp(&a1).then(b2.cmp(&a2)).then(a.pid.cmp(&b.pid))
            };
            if order.len() > Self::LENGTH {
                order.select_nth_unstable_by(Self::LENGTH, heavier);
                order.truncate(Self::LENGTH);
            }
            order.sort_unstable_by(heavier);
            order
                .into_iter()
                .map(|p| TopProcess {
                    pid: p.pid,
                    started_at_ms: p.started_at_ms,
                    name: p.name.to_string(),
                    cpu_ratio: p.cpu_ratio,
                    memory_bytes: p.memory_bytes,
                    disk_bytes_per_s: disk(p),
                })
                .collect::<Vec<_>>()
        };
        let mut by_disk = heaviest(&|p| (disk(p).unwrap_or(0.0), 0));
        by_disk.retain(|p| p.disk_bytes_per_s.is_some_and(|rate| rate > 0.0));
        Self {
            by_cpu: heaviest(&|p| (p.cpu_ratio.unwrap_or(0.0), p.memory_bytes)),
            by_memory: heaviest(&|p| (p.memory_bytes as f64, 0)),
            by_disk,
        }
    }
}

/// Answer to `process.detail`: what is dear to read, of one process. Needs scope `processes`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProcessDetail {
    /// Process id.
    pub pid: u32,
    /// When it was started, Unix milliseconds.
    pub started_at_ms: u64,
    /// When the details were read, Unix milliseconds.
    pub sampled_at_ms: u64,
    /// It ended before it could be read; everything below is `null`.
    pub gone: bool,
    /// Open file descriptors; `null` where the system keeps them from us.
    pub open_files: Option<u32>,
    /// Soft limit of open file descriptors.
    pub open_files_limit: Option<u64>,
    /// Nice value, -20..=19.
    pub nice: Option<i32>,
    /// CPU time since its start, in milliseconds.
    pub cpu_time_ms: Option<u64>,
    /// Control group path, as in `/proc/<pid>/cgroup`.
    pub cgroup: Option<String>,
    /// Executable file.
    pub executable: Option<String>,
    /// Working directory.
    pub working_directory: Option<String>,
    /// Virtual memory in bytes.
    pub virtual_bytes: Option<u64>,
    /// Memory in swap, in bytes.
    pub swap_bytes: Option<u64>,
}
