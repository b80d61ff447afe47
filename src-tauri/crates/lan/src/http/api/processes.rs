//! `GET /api/v1/processes`: the process table, heaviest first.

use std::cmp::Ordering;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use station::{Tick, WorkKind};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use wire::message::ErrorBody;
use wire::number::{Number, number};
use wire::{Commands, Process, ProcessState, ProcessTable};

use super::answer::json;
use crate::auth::guard::HttpViewer;
use crate::error_response::{ErrorResponse, Failure, nothing_yet};
use crate::http::api::query::Parameters;
use crate::state::ServerState;

/// Rows where no number is named.
const ROWS: usize = 100;
/// Rows at most: as many as fit a frame of the stream.
const ROWS_MAX: usize = 10_000;

/// By what the rows are sorted.
#[derive(Debug, Clone, Copy, Default, ToSchema)]
#[schema(rename_all = "lowercase", default = "cpu")]
enum Sort {
    #[default]
    Cpu,
    Memory,
    Disk,
    Pid,
    Name,
}

/// What can be asked.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// `cpu`, `memory` and `disk` put the heaviest first; `pid` and `name` rise.
    #[param(inline, required = false)]
    sort: Sort,
    /// At most this many rows.
    #[param(inline, value_type = Limit, required = false)]
    limit: usize,
}

/// Parameter `limit`.
struct Limit;

impl PartialSchema for Limit {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(ROWS_MAX))
            .default(Some(ROWS.into()))
            .into()
    }
}

impl ToSchema for Limit {}

/// A part of the process table.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Processes<'a> {
    /// When the table was read, Unix milliseconds. It is read every second while a viewer is subscribed to it, else every
    /// five: a request never causes a reading.
    sampled_at_ms: u64,
    /// How many processes there were, those that are not shown included.
    total: usize,
    /// As sorted.
    #[schema(value_type = Vec<FullProcess>)]
    processes: Rows<'a>,
}

/// The rows of a scope: those for `view` have no owner and no command line, because the type has neither.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Rows<'a> {
    View(Vec<ViewProcess<'a>>),
    Full(Vec<FullProcess<'a>>),
}

/// What every scope sees of a process.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProcessNumbers)]
#[serde(rename_all = "camelCase")]
struct ViewProcess<'a> {
    /// Process id.
    #[schema(example = 4711)]
    pid: u32,
    /// When it was started, Unix milliseconds. With the id it names the process for good.
    started_at_ms: u64,
    /// Parent's process id; `null` for the first process.
    parent_pid: Option<u32>,
    /// Short name.
    #[schema(example = "postgres")]
    name: &'a str,
    /// What it was doing.
    state: ProcessState,
    /// CPU time over wall time; 1 is one core, more is possible. `null` where it was just started.
    #[schema(value_type = Option<f64>, example = 0.25)]
    cpu_ratio: Number,
    /// Resident memory in bytes.
    memory_bytes: u64,
    /// Read from storage; `null` where the system keeps it from us.
    #[schema(value_type = Option<f64>)]
    read_bytes_per_s: Number,
    /// Written to storage; `null` where the system keeps it from us.
    #[schema(value_type = Option<f64>)]
    write_bytes_per_s: Number,
    /// Threads.
    threads: u32,
}

/// A process. With scope `view` there is no `user` and no `command`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Process)]
#[serde(rename_all = "camelCase")]
struct FullProcess<'a> {
    #[serde(flatten)]
    view: ViewProcess<'a>,
    /// Owner's name, else the number.
    #[schema(example = "postgres")]
    user: &'a str,
    /// Command line, secrets masked, as far as the viewer is shown it: the program, or its arguments too. Empty for
    /// kernel threads.
    #[schema(example = "postgres -D /var/lib/postgresql")]
    command: &'a str,
}

impl<'a> From<&'a Process> for ViewProcess<'a> {
    fn from(process: &'a Process) -> Self {
        Self {
            pid: process.pid,
            started_at_ms: process.started_at_ms,
            parent_pid: process.parent_pid,
            name: &process.name,
            state: process.state,
            cpu_ratio: number(process.cpu_ratio),
            memory_bytes: process.memory_bytes,
            read_bytes_per_s: number(process.read_bytes_per_s),
            write_bytes_per_s: number(process.write_bytes_per_s),
            threads: process.threads,
        }
    }
}

impl<'a> FullProcess<'a> {
    /// `None` where nothing of command lines is shown.
    fn of(process: &'a Process, commands: Commands) -> Option<Self> {
        let command = process.command.shown(commands)?;
        Some(Self { view: process.into(), user: &process.user, command })
    }
}

/// The processes, heaviest first
///
/// With scope `view` the rows have no `user` and no `command`. Else a command line is the program alone, unless the
/// owner chose that this viewer sees arguments.
#[utoipa::path(
    get, path = "/api/v1/processes", tag = "Machine",
    params(Asked),
    responses(
        (status = 200, description = "The first rows of the table.", body = Processes, example = json!({
            "sampledAtMs": 1_783_607_525_250_u64, "total": 312, "processes": [{
                "pid": 4711, "startedAtMs": 1_783_580_000_120_u64, "parentPid": 1, "name": "postgres",
                "state": "sleeping", "cpuRatio": 0.25, "memoryBytes": 268_435_456, "readBytesPerS": 0,
                "writeBytesPerS": 40_960, "threads": 6, "user": "postgres",
                "command": "postgres -D /var/lib/postgresql",
            }],
        })),
        (status = 400, description = "A parameter cannot be read.", body = Failure),
    ),
)]
pub(super) async fn processes(
    State(server): State<Arc<ServerState>>,
    viewer: HttpViewer,
    parameters: Parameters,
) -> Result<Response, ErrorResponse> {
    let asked = Asked::read(&parameters)?;
    let tick = server.station.latest().ok_or_else(nothing_yet)?;
    let (work, commands) = (viewer.asks(WorkKind::Query), viewer.rights.commands());
    Ok(server.station.later(work, move || asked.answer(&tick, commands)).await??)
}

impl Asked {
    fn read(parameters: &Parameters) -> Result<Self, ErrorResponse> {
        const SORTS: [(&str, Sort); 5] = [
            ("cpu", Sort::Cpu),
            ("memory", Sort::Memory),
            ("disk", Sort::Disk),
            ("pid", Sort::Pid),
            ("name", Sort::Name),
        ];
        Ok(Self {
            sort: parameters.choice("sort", &SORTS)?.unwrap_or_default(),
            limit: parameters.number("limit", 1, ROWS_MAX)?.unwrap_or(ROWS),
        })
    }

    /// The rows of `tick`, for those who are shown `commands`. Thousands are sorted and written.
    fn answer(&self, tick: &Tick, commands: Commands) -> Result<Response, ErrorBody> {
        let table = tick.snapshot.processes.as_deref().ok_or_else(nothing_yet)?;
        let (sampled_at_ms, total) = (table.sampled_at_ms, table.processes.len());
        let processes = self.sort.first(table, self.limit);
        let processes = match commands {
            Commands::Hidden => Rows::View(processes.map(ViewProcess::from).collect()),
            Commands::Programs | Commands::Whole => {
                Rows::Full(processes.filter_map(|process| FullProcess::of(process, commands)).collect())
            }
        };
        Ok(json(&Processes { sampled_at_ms, total, processes }).into_response())
    }
}

impl Sort {
    /// The first `limit` processes of `table`.
    fn first(self, table: &ProcessTable, limit: usize) -> impl Iterator<Item = &Process> {
        let mut rows: Vec<&Process> = table.processes.iter().collect();
        // The table is sorted by process id, and a stable sort keeps that among equals.
        rows.sort_by(|a, b| self.compare(a, b));
        rows.into_iter().take(limit)
    }

    fn compare(self, a: &Process, b: &Process) -> Ordering {
        let disk = |p: &Process| p.read_bytes_per_s.unwrap_or(0.0) + p.write_bytes_per_s.unwrap_or(0.0);
        match self {
            Sort::Cpu => {
                let busier = b.cpu_ratio.unwrap_or(0.0).total_cmp(&a.cpu_ratio.unwrap_or(0.0));
                busier.then(b.memory_bytes.cmp(&a.memory_bytes))
            }
            Sort::Memory => b.memory_bytes.cmp(&a.memory_bytes),
            Sort::Disk => disk(b).total_cmp(&disk(a)),
            Sort::Pid => a.pid.cmp(&b.pid),
            Sort::Name => a.name.cmp(&b.name),
        }
    }
}
