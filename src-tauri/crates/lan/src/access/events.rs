//! The access log, for the owner. What changed who has access is kept apart from what visitors and strangers make happen:
//! however many are refused, they push none of it out.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use atomic_file::{Trust, Unread, replace};
use station::clock;
use tracing::warn;
use wire::limits::ACCESS_LOG;
use wire::sharing::{AccessEvent, AccessWhat};

/// The files in the data directory: an event a line, in JSON.
const CHANGES: &str = "access-changes.jsonl";
const VISITS: &str = "access-log.jsonl";
/// The same event again within this time is counted, not listed again, so that guesses do not push out the rest.
const SAME_WITHIN_MS: u64 = 60_000;
/// Events at the end that are searched for the same one.
const LOOKED_BACK: usize = 32;

/// The events.
#[derive(Debug)]
pub(crate) struct Events {
    changes: Log,
    visits: Log,
}

/// Those of one file, oldest first.
#[derive(Debug)]
struct Log {
    path: PathBuf,
    kept: VecDeque<AccessEvent>,
    written: bool,
}

/// What is to be written, copied out so that the lock is not held meanwhile.
#[derive(Debug)]
pub(super) struct Unwritten {
    path: PathBuf,
    lines: Vec<u8>,
}

impl Events {
    /// Reads the files. A line that cannot be read is left out, and so is a file.
    pub(super) fn read(data_dir: &Path) -> Self {
        let (mut changes, mut visits) = (Log::new(data_dir.join(CHANGES)), Log::new(data_dir.join(VISITS)));
        // A version before this one has all in one file.
        let mut known = visits.read();
        known.extend(changes.read());
        known.sort_by_key(|event| event.at_ms);
        for event in known {
            let log = if event.what.is_change() { &mut changes } else { &mut visits };
            log.keep(event);
        }
        Self { changes, visits }
    }

    /// Adds an event; the same one again is counted, and moves to the end.
    pub(super) fn push(&mut self, event: AccessEvent) {
        let log = if event.what.is_change() { &mut self.changes } else { &mut self.visits };
        log.push(event);
    }

    /// All that is kept, newest first.
    pub(crate) fn newest(&self) -> Vec<AccessEvent> {
        self.recent(usize::MAX)
    }

    /// The newest `count` changes, and as many other events, newest first.
    pub(crate) fn recent(&self, count: usize) -> Vec<AccessEvent> {
        let newest = |log: &'_ Log| log.kept.iter().rev().take(count).cloned().collect::<Vec<_>>();
        let mut recent = newest(&self.changes);
        recent.extend(newest(&self.visits));
        recent.sort_by_key(|event| std::cmp::Reverse(event.at_ms));
        recent
    }

    /// Whether a file lacks something.
    pub(super) fn is_unwritten(&self) -> bool {
        !(self.changes.written && self.visits.written)
    }

    /// What is to be written to the files.
    pub(super) fn unwritten(&mut self) -> Vec<Unwritten> {
        [&mut self.changes, &mut self.visits].into_iter().filter_map(Log::unwritten).collect()
    }
}

impl Log {
    fn new(path: PathBuf) -> Self {
        Self { path, kept: VecDeque::new(), written: true }
    }

    fn read(&self) -> Vec<AccessEvent> {
        let text = atomic_file::read_bytes(&self.path, Trust::Any).unwrap_or_else(|err| {
            if !matches!(err, Unread::Absent) {
                warn!(error = %err, path = %self.path.display(), "the access log begins anew");
            }
            Vec::new()
        });
        let text = String::from_utf8_lossy(&text);
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    fn keep(&mut self, event: AccessEvent) {
        if self.kept.len() == ACCESS_LOG {
            self.kept.pop_front();
        }
        self.kept.push_back(event);
    }

    fn push(&mut self, event: AccessEvent) {
        self.written = false;
        let same = |known: &AccessEvent| {
            (known.what, &known.who, &known.address, known.scope)
                == (event.what, &event.who, &event.address, event.scope)
                && event.at_ms.abs_diff(known.at_ms) < SAME_WITHIN_MS
        };
        let back = self.kept.iter().rev().take(LOOKED_BACK).position(same);
        let known = back.and_then(|back| self.kept.remove(self.kept.len() - 1 - back));
        let before = known.map_or(0, |known| known.count);
        self.keep(AccessEvent { count: event.count.saturating_add(before), ..event });
    }

    fn unwritten(&mut self) -> Option<Unwritten> {
        if std::mem::replace(&mut self.written, true) {
            return None;
        }
        let mut lines = Vec::new();
        for event in &self.kept {
            lines.extend(wire::codec::encode(event));
            lines.push(b'\n');
        }
        Some(Unwritten { path: self.path.clone(), lines })
    }
}

impl Unwritten {
    pub(super) fn write(&self) -> io::Result<()> {
        replace(&self.path, &self.lines)
    }
}

/// An event of this moment, about a client at `address`.
pub(crate) fn about(what: AccessWhat, address: Option<IpAddr>) -> AccessEvent {
    let address = address.map(|address| address.to_string());
    AccessEvent { at_ms: clock::unix_ms(), what, who: None, address, scope: None, count: 1 }
}

#[cfg(test)]
mod tests {
    use wire::sharing::AccessWhat;

    use super::*;

    fn wrong(address: usize, at_ms: u64) -> AccessEvent {
        let address = Some(format!("192.0.2.{address}"));
        AccessEvent { at_ms, what: AccessWhat::WrongCode, who: None, address, scope: None, count: 1 }
    }

    #[test]
    fn the_same_within_a_minute_is_one_event() {
        let data = tempfile::tempdir().unwrap();
        let mut events = Events::read(data.path());
        for at_ms in [0, 10_000, 20_000, 20_000 + SAME_WITHIN_MS] {
            events.push(wrong(1, at_ms));
            events.push(wrong(2, at_ms));
        }
        let counts: Vec<_> = events.newest().iter().map(|event| (event.at_ms, event.count)).collect();
        assert_eq!(counts, [(80_000, 1), (80_000, 1), (20_000, 3), (20_000, 3)]);
    }

    #[test]
    fn what_happened_last_is_the_newest_even_if_it_happened_before() {
        let data = tempfile::tempdir().unwrap();
        let mut events = Events::read(data.path());
        for (address, at_ms) in [(1, 0), (2, 1_000), (1, 2_000)] {
            events.push(wrong(address, at_ms));
        }
        let times: Vec<_> = events.newest().iter().map(|event| (event.at_ms, event.count)).collect();
        assert_eq!(times, [(2_000, 2), (1_000, 1)]);
    }

    #[test]
    fn a_thousand_are_kept_over_restarts_and_bad_lines_left_out() {
        let data = tempfile::tempdir().unwrap();
        let mut events = Events::read(data.path());
        for at in 0..ACCESS_LOG + 5 {
            events.push(wrong(at, at as u64));
        }
        let unwritten = events.unwritten();
        assert_eq!(unwritten.len(), 1, "nothing was changed");
        unwritten[0].write().unwrap();
        assert!(events.unwritten().is_empty());
        let path = data.path().join(VISITS);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{{\"half\": a line\n{text}\0\0")).unwrap();
        let again = Events::read(data.path());
        assert_eq!(again.newest(), events.newest());
        assert_eq!(again.newest().len(), ACCESS_LOG);
    }

    #[test]
    fn strangers_push_nothing_out_that_the_owner_did() {
        let data = tempfile::tempdir().unwrap();
        let mut events = Events::read(data.path());
        let shared = AccessEvent { what: AccessWhat::SharedLan, address: None, ..wrong(0, 1) };
        // As a version wrote them that had one file.
        let old: Vec<_> = [&shared, &wrong(1, 0)].map(|event| serde_json::to_string(event).unwrap()).into();
        std::fs::write(data.path().join(VISITS), old.join("\n")).unwrap();
        let mut events_of_before = Events::read(data.path());
        events.push(shared.clone());
        for log in [&mut events, &mut events_of_before] {
            (0..3 * ACCESS_LOG).for_each(|at| log.push(wrong(at, 10 + at as u64)));
            assert!(log.recent(20).contains(&shared) && log.newest().contains(&shared));
            assert_eq!((log.recent(20).len(), log.newest().len()), (21, ACCESS_LOG + 1));
        }
    }
}
