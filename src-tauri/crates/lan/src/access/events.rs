//! The access log: the last thousand events of access control, for the owner.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use atomic_file::{Trust, Unread, replace};
use station::clock;
use tracing::warn;
use wire::limits::ACCESS_LOG;
use wire::sharing::{AccessEvent, AccessWhat};

/// The file in the data directory: an event a line, in JSON.
const FILE: &str = "access-log.jsonl";
/// The same event again within this time is counted, not listed again, so that guesses do not push out the rest.
const SAME_WITHIN_MS: u64 = 60_000;
/// Events at the end that are searched for the same one.
const LOOKED_BACK: usize = 32;

/// The events, oldest first.
#[derive(Debug)]
pub(crate) struct Events {
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
    /// Reads the file. A line that cannot be read is left out, and so is a file.
    pub(super) fn read(data_dir: &Path) -> Self {
        let path = data_dir.join(FILE);
        let text = atomic_file::read_bytes(&path, Trust::Any).unwrap_or_else(|err| {
            if !matches!(err, Unread::Absent) {
                warn!(error = %err, path = %path.display(), "the access log begins anew");
            }
            Vec::new()
        });
        let text = String::from_utf8_lossy(&text);
        let known: Vec<AccessEvent> =
            text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let kept = known.into_iter().rev().take(ACCESS_LOG).rev().collect();
        Self { path, kept, written: true }
    }

    /// Adds an event; the same one again is counted, and moves to the end.
    pub(super) fn push(&mut self, event: AccessEvent) {
        self.written = false;
        let same = |known: &AccessEvent| {
            (known.what, &known.who, &known.address, known.scope)
                == (event.what, &event.who, &event.address, event.scope)
                && event.at_ms.abs_diff(known.at_ms) < SAME_WITHIN_MS
        };
        let back = self.kept.iter().rev().take(LOOKED_BACK).position(same);
        let known = back.and_then(|back| self.kept.remove(self.kept.len() - 1 - back));
        let before = known.map_or(0, |known| known.count);
        if self.kept.len() == ACCESS_LOG {
            self.kept.pop_front();
        }
        self.kept.push_back(AccessEvent { count: event.count.saturating_add(before), ..event });
    }

    /// The newest `count`, newest first.
    pub(crate) fn newest(&self, count: usize) -> Vec<AccessEvent> {
        self.kept.iter().rev().take(count).cloned().collect()
    }

    /// Whether the file lacks something.
    pub(super) fn is_unwritten(&self) -> bool {
        !self.written
    }

    /// What is to be written to the file.
    pub(super) fn unwritten(&mut self) -> Option<Unwritten> {
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
        let counts: Vec<_> = events.newest(10).iter().map(|event| (event.at_ms, event.count)).collect();
        assert_eq!(counts, [(80_000, 1), (80_000, 1), (20_000, 3), (20_000, 3)]);
    }

    #[test]
    fn what_happened_last_is_the_newest_even_if_it_happened_before() {
        let data = tempfile::tempdir().unwrap();
        let mut events = Events::read(data.path());
        for (address, at_ms) in [(1, 0), (2, 1_000), (1, 2_000)] {
            events.push(wrong(address, at_ms));
        }
        let times: Vec<_> = events.newest(10).iter().map(|event| (event.at_ms, event.count)).collect();
        assert_eq!(times, [(2_000, 2), (1_000, 1)]);
    }

    #[test]
    fn a_thousand_are_kept_over_restarts_and_bad_lines_left_out() {
        let data = tempfile::tempdir().unwrap();
        let mut events = Events::read(data.path());
        for at in 0..ACCESS_LOG + 5 {
            events.push(wrong(at, at as u64));
        }
        events.unwritten().unwrap().write().unwrap();
        assert!(events.unwritten().is_none());
        let path = data.path().join(FILE);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{{\"half\": a line\n{text}\0\0")).unwrap();
        let again = Events::read(data.path());
        assert_eq!(again.newest(usize::MAX), events.newest(usize::MAX));
        assert_eq!(again.newest(usize::MAX).len(), ACCESS_LOG);
    }
}
