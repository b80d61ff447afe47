//! The agent's end of one viewer's connection, as the kernel tells of it.

use std::fs;
use std::net::SocketAddrV4;

use anyhow::{Context, Result};

/// One end of a TCP connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Socket {
    /// Both ends may send.
    pub(crate) established: bool,
    /// Written by the program and not yet acknowledged by the other end.
    pub(crate) unsent_bytes: u64,
}

/// The socket of `server` whose other end has port `peer`; `None` where there is none any more.
pub(crate) fn find(server: SocketAddrV4, peer: u16) -> Result<Option<Socket>> {
    let table = fs::read_to_string("/proc/net/tcp").context("reading /proc/net/tcp")?;
    Ok(table.lines().find_map(|line| parse(line, server.port(), peer)))
}

/// A line of `/proc/net/tcp`: number, both addresses, state (1 is established), bytes waiting to be sent and read.
/// See Documentation/networking/proc_net_tcp.rst.
fn parse(line: &str, local: u16, peer: u16) -> Option<Socket> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let mut port = || u16::from_str_radix(fields.next()?.split_once(':')?.1, 16).ok();
    if (port()?, port()?) != (local, peer) {
        return None;
    }
    let established = fields.next()? == "01";
    let unsent_bytes = u64::from_str_radix(fields.next()?.split_once(':')?.0, 16).ok()?;
    Some(Socket { established, unsent_bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agents_end_is_told_from_the_viewers() {
        let heading = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid";
        let agents =
            "   4: 0100007F:1D14 0101007F:C350 01 0000A410:00000000 01:00000014 00000000     0        0 1";
        let viewers =
            "   5: 0101007F:C350 0100007F:1D14 01 00000000:00008000 00:00000000 00000000     0        0 2";
        let closing = agents.replace(" 01 ", " 04 ");
        let open = Some(Socket { established: true, unsent_bytes: 0xa410 });
        let closed = Some(Socket { established: false, unsent_bytes: 0xa410 });
        for (line, expected) in [(heading, None), (agents, open), (viewers, None), (&closing, closed)] {
            assert_eq!(parse(line, 0x1d14, 0xc350), expected, "{line}");
        }
    }
}
