//! The process table: one `/proc/<pid>/stat` a process and scan, and everything dearer as seldom as can be.
//!
//! - Owner and command line are read once, and again when the name changed (a program was executed).
//! - `/proc/<pid>/io` is read of those whose CPU time moved, and of a tenth of the quiet ones in turn.
//! - Environments are never read.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use wire::{CommandLine, FaultReason, Metric, Process, ProcessTable, Unit};

use super::file::not_read;
use super::identity;
use super::page::page_bytes;
use super::parse::{unsigned, value_of};
use super::proc_dir::ProcDir;
use super::stat::{Stat, started_at_ms, ticks_per_s};
use super::users::Users;
use crate::output::{Collector, Output, Tick};
use crate::rate::Clock;
use crate::{Sources, redact, text};

/// As much of a command line as is looked at: what is shown is shorter.
const COMMAND_BYTES: usize = redact::LONGEST_COMMAND + 1;
/// One in so many quiet processes is looked at more closely each scan.
const TURNS: u32 = 10;
/// Two scans closer than this say nothing about CPU time, which moves in steps of 10 ms: the last rates stand.
const SHORTEST_SPAN: Duration = Duration::from_millis(200);
/// A process seen this soon after its start may not have executed its program yet; it is read again.
const YOUNG_MS: u64 = 2000;

/// Scans `/proc` when the table is wanted.
#[derive(Debug)]
pub(crate) struct Processes {
    sources: Sources,
    proc_dir: Option<ProcDir>,
    users: Users,
    booted_at_ms: u64,
    ticks_per_s: u64,
    page_bytes: u64,
    pids: Vec<u32>,
    known: Vec<Known>,
    before: Vec<Known>,
    scan: u32,
    counts: Option<(usize, u64)>,
    /// Not all processes can be seen.
    hidden: bool,
    /// The disk counters of some cannot be read.
    forbidden: bool,
    nothing: Arc<str>,
    buffer: Box<[u8; COMMAND_BYTES]>,
}

/// What is kept of a process between scans.
#[derive(Debug)]
struct Known {
    pid: u32,
    started_ticks: u64,
    /// The name's first bytes, as they came: another name means another program.
    comm: [u8; 16],
    young: bool,
    uid: Option<u32>,
    name: Arc<str>,
    user: Arc<str>,
    command: CommandLine,
    cpu: Option<(u64, Duration)>,
    cpu_ratio: Option<f64>,
    io: Io,
}

/// Disk counters of a process.
#[derive(Debug, Default)]
struct Io {
    /// Bytes read, bytes written, and when that was so.
    last: Option<(u64, u64, Duration)>,
    /// CPU time when they were read.
    cpu_ticks: u64,
    /// They cannot be read, and are not asked for again.
    denied: bool,
    /// They cannot be read because it is another user's process.
    forbidden: bool,
    read_per_s: Option<f64>,
    written_per_s: Option<f64>,
}

impl Processes {
    pub(crate) fn new(sources: &Sources) -> Self {
        Self {
            sources: sources.clone(),
            proc_dir: None,
            users: Users::new(sources),
            booted_at_ms: identity::booted_at_ms(sources),
            ticks_per_s: ticks_per_s(sources),
            page_bytes: page_bytes(sources),
            pids: Vec::new(),
            known: Vec::new(),
            before: Vec::new(),
            scan: 0,
            counts: None,
            hidden: false,
            forbidden: false,
            nothing: "".into(),
            buffer: Box::new([0; COMMAND_BYTES]),
        }
    }

    fn scan(&mut self, tick: &Tick<'_>) -> io::Result<ProcessTable> {
        if self.scan == 0 {
            self.users.refresh();
        }
        if self.proc_dir.is_none() {
            self.proc_dir = Some(ProcDir::open(&self.sources.path("proc"))?);
        }
        let Some(proc_dir) = &mut self.proc_dir else { return Err(io::ErrorKind::NotFound.into()) };
        proc_dir.list(&mut self.pids)?;
        self.scan = self.scan.wrapping_add(1);
        self.hidden = self.sources.is_live() && self.pids.first() != Some(&1);

        std::mem::swap(&mut self.known, &mut self.before);
        self.known.clear();
        let mut processes = Vec::with_capacity(self.pids.len());
        let mut reader = Reader {
            proc_dir,
            users: &mut self.users,
            nothing: &self.nothing,
            buffer: &mut self.buffer,
            clock: tick.clock,
            wall_ms: tick.now.wall_ms,
            booted_at_ms: self.booted_at_ms,
            ticks_per_s: self.ticks_per_s,
            turn: self.scan % TURNS,
        };
        let mut threads = 0;
        let mut before = self.before.drain(..).peekable();
        let mut line = [0; 1024];
        for pid in &self.pids {
            while before.next_if(|known| known.pid < *pid).is_some() {}
            let known = before.next_if(|known| known.pid == *pid);
            // It may have ended since it was listed.
            let Ok(bytes) = reader.proc_dir.read(*pid, "stat", &mut line) else { continue };
            let Some(stat) = Stat::parse(bytes) else { continue };
            let known = reader.known(*pid, &stat, known);
            threads += u64::from(stat.threads);
            processes.push(Process {
                pid: *pid,
                started_at_ms: started_at_ms(self.booted_at_ms, stat.started_ticks, self.ticks_per_s),
                parent_pid: (stat.parent_pid != 0).then_some(stat.parent_pid),
                name: Arc::clone(&known.name),
                state: stat.state,
                cpu_ratio: known.cpu_ratio,
                memory_bytes: stat.resident_pages * self.page_bytes,
                read_bytes_per_s: known.io.read_per_s,
                write_bytes_per_s: known.io.written_per_s,
                threads: stat.threads,
                user: Arc::clone(&known.user),
                command: known.command.clone(),
            });
            self.known.push(known);
        }
        drop(before);
        // Root is refused single processes too (a sandbox's init, say); that is no reason to warn of all.
        let root = rustix::process::geteuid().is_root();
        self.forbidden = !root && self.known.iter().any(|known| known.io.forbidden);
        self.counts = Some((processes.len(), threads));
        Ok(ProcessTable { sampled_at_ms: tick.now.wall_ms, processes })
    }
}

impl Collector for Processes {
    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) {
        if tick.slow && self.scan > 0 {
            self.users.refresh();
        }
        if tick.wanted.processes {
            match self.scan(tick) {
                Ok(table) => *out.processes = Some(Arc::new(table)),
                Err(err) => {
                    self.proc_dir = None;
                    out.faults.put("processes", not_read(&err));
                }
            }
        }
        if self.forbidden {
            out.faults.put("processes", FaultReason::DiskUseHidden);
        }
        if self.hidden {
            out.faults.put("processes", FaultReason::ProcessesHidden);
        }
        out.readings.put_machine(Metric::Processes, self.counts.map(|(processes, _)| processes as f64));
        out.readings.put_machine(Metric::Threads, self.counts.map(|(_, threads)| threads as f64));
    }
}

/// What is at hand while one scan runs.
struct Reader<'s> {
    proc_dir: &'s mut ProcDir,
    users: &'s mut Users,
    nothing: &'s Arc<str>,
    buffer: &'s mut [u8; COMMAND_BYTES],
    clock: Clock,
    wall_ms: u64,
    booted_at_ms: u64,
    ticks_per_s: u64,
    turn: u32,
}

impl Reader<'_> {
    /// What is known of the process now: `known` brought up to date, or made anew if it is another one.
    fn known(&mut self, pid: u32, stat: &Stat<'_>, known: Option<Known>) -> Known {
        let comm = prefix(stat.name);
        let same = known.filter(|known| known.started_ticks == stat.started_ticks);
        let its_turn = pid % TURNS == self.turn;
        let mut known = match same {
            Some(mut known) => {
                if known.comm != comm || known.young {
                    self.read_texts(&mut known, stat);
                } else if its_turn {
                    self.read_owner(&mut known);
                }
                known
            }
            None => {
                let mut known = Known::new(pid, stat.started_ticks, self.nothing);
                self.read_texts(&mut known, stat);
                known.young = self.is_young(stat);
                known
            }
        };
        if known.cpu.is_some_and(|(_, at)| self.clock.at >= at && self.clock.at - at < SHORTEST_SPAN) {
            return known;
        }
        known.measure_cpu(stat.cpu_ticks, self.clock, self.ticks_per_s);
        let moved = stat.cpu_ticks != known.io.cpu_ticks;
        let unread = known.io.last.is_none();
        if stat.kernel_thread {
            // Their reads and writes are those of the programs they work for.
        } else if !known.io.denied && (moved || unread || its_turn) {
            self.read_io(&mut known, stat.cpu_ticks);
        } else if !moved && known.io.last.is_some() {
            (known.io.read_per_s, known.io.written_per_s) = (Some(0.0), Some(0.0));
        }
        known
    }

    /// Whether it may not have executed its program yet. The wall clock may be wrong: that costs one reading.
    fn is_young(&self, stat: &Stat<'_>) -> bool {
        let started = started_at_ms(self.booted_at_ms, stat.started_ticks, self.ticks_per_s);
        started + YOUNG_MS > self.wall_ms
    }

    fn read_texts(&mut self, known: &mut Known, stat: &Stat<'_>) {
        known.young = false;
        known.comm = prefix(stat.name);
        replace(&mut known.name, &text::clean(stat.name));
        self.read_owner(known);
        if stat.kernel_thread {
            return;
        }
        // Another program may be closed to us where the last was open, and the other way round.
        known.io.denied = false;
        match self.proc_dir.read(known.pid, "cmdline", self.buffer) {
            Ok(bytes) if !bytes.is_empty() => {
                let now = redact::command_line(bytes, &known.name);
                // Keeps the shared text where it says the same.
                if known.command != now {
                    known.command = now;
                }
            }
            _ => known.command = CommandLine::new(Arc::clone(self.nothing), 0),
        }
    }

    fn read_owner(&mut self, known: &mut Known) {
        let Ok(uid) = self.proc_dir.owner(known.pid) else { return };
        if known.uid != Some(uid) {
            known.uid = Some(uid);
            known.user = self.users.name(uid);
        }
    }

    fn read_io(&mut self, known: &mut Known, cpu_ticks: u64) {
        let bytes = self.proc_dir.read(known.pid, "io", &mut self.buffer[..512]);
        let forbidden = bytes.as_ref().is_err_and(|err| err.kind() == io::ErrorKind::PermissionDenied);
        let counters = bytes.ok().and_then(|bytes| {
            let bytes_of = |key| value_of(bytes, key).and_then(unsigned);
            Some((bytes_of("read_bytes")?, bytes_of("write_bytes")?))
        });
        let Some((read, written)) = counters else {
            known.io = Io { denied: true, forbidden, cpu_ticks, ..Io::default() };
            return;
        };
        let io = &mut known.io;
        io.cpu_ticks = cpu_ticks;
        // Quiet processes are read every tenth scan, so their spans are longer than a tick's.
        let clock = Clock { longest_gap: self.clock.longest_gap * (TURNS * 2), ..self.clock };
        let before = io.last.replace((read, written, clock.at));
        let rate = |now: u64, then: u64, at| {
            Unit::BytesPerS.round(now.checked_sub(then)? as f64 / clock.seconds_since(at)?)
        };
        io.read_per_s = before.and_then(|(then, _, at)| rate(read, then, at));
        io.written_per_s = before.and_then(|(_, then, at)| rate(written, then, at));
    }
}

impl Known {
    fn new(pid: u32, started_ticks: u64, nothing: &Arc<str>) -> Self {
        Self {
            pid,
            started_ticks,
            comm: [0; 16],
            young: false,
            uid: None,
            name: Arc::clone(nothing),
            user: Arc::clone(nothing),
            command: CommandLine::new(Arc::clone(nothing), 0),
            cpu: None,
            cpu_ratio: None,
            io: Io::default(),
        }
    }

    fn measure_cpu(&mut self, ticks: u64, clock: Clock, ticks_per_s: u64) {
        // The table may be read less often than a tick.
        let clock = Clock { longest_gap: clock.longest_gap * 2, ..clock };
        let before = self.cpu.replace((ticks, clock.at));
        self.cpu_ratio = before.and_then(|(then, at)| {
            let seconds = clock.seconds_since(at)?;
            Unit::Ratio.round(ticks.saturating_sub(then) as f64 / ticks_per_s as f64 / seconds)
        });
    }
}

fn prefix(name: &[u8]) -> [u8; 16] {
    let mut prefix = [0; 16];
    let length = name.len().min(16);
    prefix[..length].copy_from_slice(&name[..length]);
    prefix
}

/// Keeps the shared text where it says the same.
fn replace(text: &mut Arc<str>, now: &str) {
    if &**text != now {
        *text = now.into();
    }
}

/// [`crate::process_started_at_ms`].
pub(crate) fn process_started_at_ms(pid: u32) -> Option<u64> {
    let sources = Sources::live();
    let mut line = [0; 1024];
    let proc_dir = ProcDir::open(&sources.path("proc")).ok()?;
    let stat = Stat::parse(proc_dir.read(pid, "stat", &mut line).ok()?)?;
    Some(started_at_ms(identity::booted_at_ms(&sources), stat.started_ticks, ticks_per_s(&sources)))
}
