//! One line of `/proc/<pid>/stat`: everything a table needs of a process but its texts.

use wire::ProcessState;

use super::parse::{signed, unsigned, words};
use crate::Sources;

/// Flag of kernel threads: `PF_KTHREAD` in include/linux/sched.h.
const KERNEL_THREAD: u64 = 0x0020_0000;

/// What `/proc/<pid>/stat` tells: Documentation/filesystems/proc.rst, table 1-4.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stat<'b> {
    pub(crate) name: &'b [u8],
    pub(crate) state: ProcessState,
    pub(crate) parent_pid: u32,
    pub(crate) kernel_thread: bool,
    /// User and system time, in ticks of [`ticks_per_s`].
    pub(crate) cpu_ticks: u64,
    pub(crate) nice: i64,
    pub(crate) threads: u32,
    /// Ticks from boot to its start.
    pub(crate) started_ticks: u64,
    pub(crate) virtual_bytes: u64,
    pub(crate) resident_pages: u64,
}

impl<'b> Stat<'b> {
    /// `None` if it is not such a line. The name may hold spaces and brackets, so it ends at the last one.
    pub(crate) fn parse(line: &'b [u8]) -> Option<Self> {
        let open = line.iter().position(|b| *b == b'(')?;
        let close = line.iter().rposition(|b| *b == b')')?;
        let mut fields = words(line.get(close + 1..)?);
        let state = state(fields.next()?);
        let parent_pid = u32::try_from(unsigned(fields.next()?)?).ok()?;
        let flags = unsigned(fields.nth(4)?)?;
        let user_ticks = unsigned(fields.nth(4)?)?;
        let system_ticks = unsigned(fields.next()?)?;
        let nice = signed(fields.nth(3)?)?;
        let threads = u32::try_from(unsigned(fields.next()?)?).ok()?;
        let started_ticks = unsigned(fields.nth(1)?)?;
        let virtual_bytes = unsigned(fields.next()?)?;
        let resident_pages = signed(fields.next()?)?.max(0).unsigned_abs();
        let kernel_thread = flags & KERNEL_THREAD != 0;
        let mut name = line.get(open + 1..close)?;
        if kernel_thread {
            name = worker(name);
        }
        Some(Self {
            name,
            state,
            parent_pid,
            kernel_thread,
            cpu_ticks: user_ticks + system_ticks,
            nice,
            threads,
            started_ticks,
            virtual_bytes,
            resident_pages,
        })
    }
}

/// The name of a kernel worker without what it does just now (`kworker/0:1-events`), which changes all the time.
fn worker(name: &[u8]) -> &[u8] {
    match name.strip_prefix(b"kworker/") {
        Some([b'R', ..]) | None => name,
        Some(rest) => {
            let end = rest.iter().position(|b| matches!(b, b'-' | b'+')).unwrap_or(rest.len());
            &name[..name.len() - rest.len() + end]
        }
    }
}

fn state(word: &[u8]) -> ProcessState {
    match word {
        b"R" => ProcessState::Running,
        b"S" => ProcessState::Sleeping,
        b"D" => ProcessState::Blocked,
        b"T" | b"t" => ProcessState::Stopped,
        b"Z" | b"X" => ProcessState::Zombie,
        b"I" => ProcessState::Idle,
        _ => ProcessState::Unknown,
    }
}

/// Ticks a second in which the kernel tells times to programs; 100 on every machine there is.
pub(crate) fn ticks_per_s(sources: &Sources) -> u64 {
    if sources.is_live() { rustix::param::clock_ticks_per_second().max(1) } else { 100 }
}

/// Unix milliseconds of a start `started_ticks` after a boot at `booted_at_ms`.
pub(crate) fn started_at_ms(booted_at_ms: u64, started_ticks: u64, ticks_per_s: u64) -> u64 {
    booted_at_ms + started_ticks * 1000 / ticks_per_s
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything_and_numbers_are_found_behind_it() {
        let line =
            b"812 (a) b (c)) D 1 812 812 0 -1 4194560 100 0 0 0 250 150 0 0 20 -5 7 0 5000 4096000 300 1844";
        let stat = Stat::parse(line).unwrap();
        assert_eq!(stat.name, b"a) b (c)");
        assert_eq!((stat.state, stat.parent_pid), (ProcessState::Blocked, 1));
        assert_eq!((stat.cpu_ticks, stat.nice, stat.threads), (400, -5, 7));
        assert_eq!((stat.started_ticks, stat.virtual_bytes, stat.resident_pages), (5000, 4_096_000, 300));
        assert!(!stat.kernel_thread);
        assert_eq!(Stat::parse(b"812 (x"), None);
        assert_eq!(Stat::parse(b""), None);
    }

    #[test]
    fn a_kernel_worker_keeps_one_name_whatever_it_works_on() {
        assert_eq!(worker(b"kworker/0:1-events"), b"kworker/0:1");
        assert_eq!(worker(b"kworker/u8:2+flush-254:0"), b"kworker/u8:2");
        assert_eq!(worker(b"kworker/R-rcu_g"), b"kworker/R-rcu_g");
        assert_eq!(worker(b"rcu-tasks"), b"rcu-tasks");
    }
}
