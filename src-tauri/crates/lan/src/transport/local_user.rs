//! Whose program is at the other end of a connection that comes from this computer. The address says nothing of that: on
//! a machine of several people, and behind a proxy, everything comes from loopback.
//!
//! Linux tells the user of a socket, by `sock_diag` (netlink) or, where that is forbidden, in `/proc/net/tcp`. Elsewhere
//! nothing does, and nobody is told apart ([`LocalUser::Unknown`]).

use std::net::SocketAddr;

/// Whose program it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LocalUser {
    /// This program's own user, or the administrator.
    Own,
    /// The account of another person.
    Person,
    /// A system account: proxies run as one, and what they pass on comes from anywhere.
    System,
    /// The system does not say.
    Unknown,
}

/// Whose program connected from `peer` to `local`, both of this computer.
#[cfg(target_os = "linux")]
pub(crate) fn user_of(peer: SocketAddr, local: SocketAddr) -> LocalUser {
    let canonical = |it: SocketAddr| SocketAddr::new(it.ip().to_canonical(), it.port());
    let (peer, local) = (canonical(peer), canonical(local));
    let uid = linux::by_sock_diag(peer, local).or_else(|| linux::by_proc(peer, local));
    let own = rustix::process::geteuid().as_raw();
    uid.map_or(LocalUser::Unknown, |uid| kind_of(uid, own, linux::first_person()))
}

/// Whose account `uid` is, for a program of `own`, where those of people begin with `first_person`.
#[cfg(target_os = "linux")]
fn kind_of(uid: u32, own: u32, first_person: u32) -> LocalUser {
    /// `nobody`: whatever maps to no account here.
    const NOBODY: u32 = 65_534;
    match uid {
        uid if uid == own || uid == 0 => LocalUser::Own,
        uid if uid >= first_person && uid != NOBODY => LocalUser::Person,
        _ => LocalUser::System,
    }
}

/// Whose program connected from `peer` to `local`, both of this computer.
#[cfg(not(target_os = "linux"))]
pub(crate) fn user_of(_: SocketAddr, _: SocketAddr) -> LocalUser {
    LocalUser::Unknown
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fmt::Write as _;
    use std::net::{IpAddr, SocketAddr};
    use std::sync::OnceLock;

    use netlink_packet_core::{NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
    use netlink_packet_sock_diag::SockDiagMessage;
    use netlink_packet_sock_diag::constants::{AF_INET, AF_INET6, IPPROTO_TCP};
    use netlink_packet_sock_diag::inet::{ExtensionFlags, InetRequest, SocketId, StateFlags};
    use netlink_sys::Socket;
    use netlink_sys::protocols::NETLINK_SOCK_DIAG;

    /// First account of a person where `/etc/login.defs` does not say.
    const FIRST_PERSON: u32 = 1000;

    /// `UID_MIN` of this system. Read once: it does not change while anybody is logged in.
    pub(super) fn first_person() -> u32 {
        static KNOWN: OnceLock<u32> = OnceLock::new();
        *KNOWN.get_or_init(|| {
            let text = std::fs::read_to_string("/etc/login.defs").unwrap_or_default();
            let set = text.lines().find_map(|line| {
                let mut words = line.split_whitespace();
                (words.next() == Some("UID_MIN")).then(|| words.next()?.parse().ok())?
            });
            set.unwrap_or(FIRST_PERSON)
        })
    }

    /// The user of the socket at `peer` that is connected to `local`, as the kernel says when it is asked for this one.
    pub(super) fn by_sock_diag(peer: SocketAddr, local: SocketAddr) -> Option<u32> {
        let mut socket = Socket::new(NETLINK_SOCK_DIAG).ok()?;
        socket.bind_auto().ok()?;
        // It answers at once, or not at all.
        socket.set_non_blocking(true).ok()?;
        let mut header = NetlinkHeader::default();
        header.flags = NLM_F_REQUEST;
        let (family, id) =
            if peer.is_ipv4() { (AF_INET, SocketId::new_v4()) } else { (AF_INET6, SocketId::new_v6()) };
        let socket_id = SocketId {
            source_port: peer.port(),
            destination_port: local.port(),
            source_address: peer.ip(),
            destination_address: local.ip(),
            cookie: [0xff; 8],
            ..id
        };
        let request = InetRequest {
            family,
            protocol: IPPROTO_TCP,
            extensions: ExtensionFlags::empty(),
            states: StateFlags::all(),
            socket_id,
        };
        let mut asked = NetlinkMessage::new(header, SockDiagMessage::InetRequest(request).into());
        asked.finalize();
        let mut bytes = vec![0; asked.buffer_len()];
        asked.serialize(&mut bytes);
        socket.send(&bytes, 0).ok()?;
        let (answer, _) = socket.recv_from_full().ok()?;
        match NetlinkMessage::<SockDiagMessage>::deserialize(&answer).ok()?.payload {
            NetlinkPayload::InnerMessage(SockDiagMessage::InetResponse(found)) => {
                let id = &found.header.socket_id;
                let is_it = id.source_port == peer.port() && id.destination_port == local.port();
                is_it.then_some(found.header.uid)
            }
            _ => None,
        }
    }

    /// The same, from the table of all sockets.
    pub(super) fn by_proc(peer: SocketAddr, local: SocketAddr) -> Option<u32> {
        let path = if peer.is_ipv4() { "/proc/net/tcp" } else { "/proc/net/tcp6" };
        find(&std::fs::read_to_string(path).ok()?, peer, local)
    }

    /// The user of the socket from `peer` to `local` in a table as `/proc/net/tcp` has it.
    pub(super) fn find(table: &str, peer: SocketAddr, local: SocketAddr) -> Option<u32> {
        let (peer, local) = (written(peer), written(local));
        table.lines().find_map(|line| {
            let mut fields = line.split_whitespace().skip(1);
            let is_it = fields.next()? == peer && fields.next()? == local;
            if is_it { fields.nth(4)?.parse().ok() } else { None }
        })
    }

    /// An address as the table has it: words of four bytes, each in the byte order of the machine.
    fn written(address: SocketAddr) -> String {
        let bytes = match address.ip() {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets().to_vec(),
        };
        let mut text = String::new();
        for word in bytes.as_chunks::<4>().0 {
            let _ = write!(text, "{:08X}", u32::from_ne_bytes(*word));
        }
        let _ = write!(text, ":{:04X}", address.port());
        text
    }

    #[cfg(test)]
    mod tests {
        use std::net::{TcpListener, TcpStream};

        use super::*;

        #[test]
        fn both_ways_name_the_user_of_this_very_socket() {
            let own = rustix::process::geteuid().as_raw();
            for host in ["127.0.0.1:0", "[::1]:0"] {
                let Ok(listener) = TcpListener::bind(host) else { continue };
                let local = listener.local_addr().unwrap();
                let client = TcpStream::connect(local).unwrap();
                let peer = client.local_addr().unwrap();
                assert_eq!(by_sock_diag(peer, local), Some(own), "{host}");
                assert_eq!(by_proc(peer, local), Some(own), "{host}");
                let nobody = SocketAddr::new(peer.ip(), 1);
                assert_eq!((by_sock_diag(nobody, local), by_proc(nobody, local)), (None, None), "{host}");
            }
        }

        #[test]
        #[cfg(target_endian = "little")]
        fn the_table_is_read_as_the_kernel_writes_it() {
            let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n   \
                0: 0100007F:1D14 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1\n   \
                1: 0100007F:8124 0100007F:1D14 01 00000000:00000000 00:00000000 00000000  1001        0 2\n";
            let (peer, local) = ("127.0.0.1:33060".parse().unwrap(), "127.0.0.1:7444".parse().unwrap());
            assert_eq!(find(table, peer, local), Some(1001));
            assert_eq!(find(table, local, peer), None);
            assert_eq!(find("short", peer, local), None);
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_told_apart() {
        let kinds = [0, 33, 1000, 1001, 65_534].map(|uid| kind_of(uid, 1000, 1000));
        use LocalUser::{Own, Person, System};
        assert_eq!(kinds, [Own, System, Own, Person, System]);
        assert_eq!(kind_of(110, 110, 1000), Own, "it runs as a system account itself");
    }
}
