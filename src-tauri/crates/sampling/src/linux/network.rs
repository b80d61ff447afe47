//! Network interfaces: counters from `/proc/net/dev` every tick, everything else in the slow lane.

use wire::{Interface, Metric};

use super::file::{Buffer, KeptFile, not_read};
use super::interface::{self, Surroundings};
use super::parse::{lines, unsigned, words};
use crate::Sources;
use crate::output::{Collector, Output, Tick};
use crate::rate::{Clock, Counted, Counter};

/// Two lines of headings.
const HEADINGS: usize = 2;

/// Reads `/proc/net/dev` once a tick.
#[derive(Debug)]
pub(crate) struct Network {
    sources: Sources,
    file: KeptFile,
    buffer: Buffer,
    /// One a line of the file, in its order.
    rows: Vec<Row>,
    /// Rows in the order in which they are shown.
    order: Vec<usize>,
}

#[derive(Debug)]
struct Row {
    name: Box<[u8]>,
    facts: Interface,
    rx: Counter,
    tx: Counter,
    errors: Counter,
    drops: Counter,
    counted: [Counted; 4],
}

impl Network {
    pub(crate) fn new(sources: &Sources) -> Self {
        Self {
            sources: sources.clone(),
            // Of the network namespace this process is in, wherever the path is read from.
            file: KeptFile::new(sources.path("proc/net/dev")),
            buffer: Buffer::default(),
            rows: Vec::new(),
            order: Vec::new(),
        }
    }
}

impl Collector for Network {
    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) {
        let bytes = match self.file.read(&mut self.buffer) {
            Ok(bytes) => bytes,
            Err(err) => {
                return out.faults.put("network", not_read(&err));
            }
        };
        if tick.slow || !same_names(&self.rows, bytes) {
            look_up(&mut self.rows, bytes, &self.sources);
            self.order = (0..self.rows.len()).collect();
            self.order.sort_by(|a, b| {
                let key = |at: &usize| interface::order(&self.rows[*at].facts);
                key(a).cmp(&key(b))
            });
            let facts = self.order.iter().map(|at| self.rows[*at].facts.clone()).collect();
            out.facts.edit(|draft| draft.interfaces = facts);
        }
        for (line, row) in interfaces(bytes).zip(&mut self.rows) {
            row.measure(line, tick.clock);
        }
        for row in self.order.iter().map(|at| &self.rows[*at]) {
            let metrics = [Metric::NetRx, Metric::NetTx, Metric::NetErrors, Metric::NetDrops];
            for (metric, counted) in metrics.into_iter().zip(row.counted) {
                out.readings.put_counted(metric, &row.facts.device, &row.facts.name, counted);
            }
        }
    }
}

impl Row {
    /// Fields: received bytes, packets, errors, drops, fifo, frame, compressed, multicast; then the same sent.
    fn measure(&mut self, line: &[u8], clock: Clock) {
        let mut fields = [None; 12];
        let colon = line.iter().rposition(|b| *b == b':').map_or(line.len(), |at| at + 1);
        for (field, word) in fields.iter_mut().zip(words(&line[colon..])) {
            *field = unsigned(word);
        }
        let both = |a: Option<u64>, b: Option<u64>| a?.checked_add(b?);
        self.counted = [
            self.rx.counted(fields[0], clock),
            self.tx.counted(fields[8], clock),
            self.errors.counted(both(fields[2], fields[10]), clock),
            self.drops.counted(both(fields[3], fields[11]), clock),
        ];
    }
}

fn interfaces(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    lines(bytes).skip(HEADINGS)
}

/// The name ends at the last colon: `eth0:` may be an alias `eth0:1:`, and numbers hold none.
fn name_of(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|b| *b == b':').unwrap_or(line.len());
    line[..end].trim_ascii()
}

fn same_names(rows: &[Row], bytes: &[u8]) -> bool {
    let mut rows = rows.iter();
    interfaces(bytes).all(|line| rows.next().is_some_and(|row| *row.name == *name_of(line)))
        && rows.next().is_none()
}

/// Looks up every interface anew, and keeps the counters of those that are still the same.
fn look_up(rows: &mut Vec<Row>, bytes: &[u8], sources: &Sources) {
    let mut before = std::mem::take(rows);
    let surroundings = Surroundings::look(sources);
    let names: Vec<&[u8]> = interfaces(bytes).map(name_of).collect();
    let facts = interface::describe(sources, &names, &surroundings);
    for (name, facts) in names.into_iter().zip(facts) {
        let same = before.iter().position(|row| *row.name == *name && row.facts.device == facts.device);
        rows.push(match same {
            Some(at) => Row { facts, ..before.swap_remove(at) },
            None => Row::new(name, facts),
        });
    }
}

impl Row {
    fn new(name: &[u8], facts: Interface) -> Self {
        let counter = Counter::default();
        Self {
            name: name.into(),
            facts,
            rx: counter,
            tx: counter,
            errors: counter,
            drops: counter,
            counted: [Counted::default(); 4],
        }
    }
}
