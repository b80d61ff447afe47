//! Who listens on a TCP port: the kernel tells the socket's inode, and the holder has it among its open files.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use wire::sharing_problem::PortHolder;

use super::parse::{lines, unsigned, words};
use super::proc_dir::ProcDir;
use super::stat::Stat;
use crate::{Sources, text};

/// State of a listening socket in `/proc/net/tcp`: include/net/tcp_states.h.
const LISTEN: &[u8] = b"0A";
/// As much as is read of a table of sockets. Those that listen come first, whatever else there is.
const TABLE_BYTES: u64 = 1024 * 1024;

/// [`crate::port_holder`].
pub(crate) fn port_holder(port: u16) -> Option<PortHolder> {
    let sources = Sources::live();
    let mut wanted = BTreeSet::new();
    for table in ["proc/net/tcp", "proc/net/tcp6"] {
        wanted.extend(listeners(&beginning(&sources.path(table)), port));
    }
    if wanted.is_empty() {
        return None;
    }
    let mut proc_dir = ProcDir::open(&sources.path("proc")).ok()?;
    let mut pids = Vec::new();
    proc_dir.list(&mut pids).ok()?;
    let mut line = [0; 1024];
    pids.into_iter().find(|pid| holds(&sources, *pid, &wanted)).map(|pid| {
        let name = proc_dir
            .read(pid, "stat", &mut line)
            .ok()
            .and_then(Stat::parse)
            .map(|stat| text::clean(stat.name));
        PortHolder { pid, name }
    })
}

/// The beginning of a table; nothing where there is none.
fn beginning(path: &Path) -> Vec<u8> {
    let mut table = Vec::new();
    let read = File::open(path).and_then(|file| file.take(TABLE_BYTES).read_to_end(&mut table));
    if read.is_ok() { table } else { Vec::new() }
}

/// Inodes of the sockets that listen on `port`.
fn listeners(table: &[u8], port: u16) -> Vec<u64> {
    let ending = format!(":{port:04X}");
    lines(table)
        .filter_map(|line| {
            let mut fields = words(line).skip(1);
            let (local, state) = (fields.next()?, fields.nth(1)?);
            let inode = unsigned(fields.nth(5)?)?;
            (state == LISTEN && local.ends_with(ending.as_bytes())).then_some(inode)
        })
        .collect()
}

/// Whether one of the process's open files is one of these sockets; `false` where we may not look.
fn holds(sources: &Sources, pid: u32, inodes: &BTreeSet<u64>) -> bool {
    let Ok(files) = std::fs::read_dir(sources.path(format!("proc/{pid}/fd"))) else { return false };
    files.flatten().any(|file| {
        let target = std::fs::read_link(file.path()).unwrap_or_default();
        let inode = target.to_str().and_then(|t| t.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok());
        inode.is_some_and(|inode| inodes.contains(&inode))
    })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn this_test_holds_the_port_it_listens_on() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let holder = port_holder(listener.local_addr().unwrap().port()).unwrap();
        assert_eq!(holder.pid, std::process::id());
    }

    #[test]
    fn only_listening_sockets_of_that_port_count() {
        let table = b"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1\n\
            1: 0100007F:1F90 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 4712 1\n";
        assert_eq!(listeners(table, 8080), [4711]);
        assert!(listeners(table, 8081).is_empty());
    }
}
