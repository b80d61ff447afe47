//! Whose program is at the other end of a connection that comes from this computer. The address says nothing of that: on
//! a machine of several people, and behind a proxy, everything comes from loopback.
//!
//! Linux tells the user of a socket, by `sock_diag` (netlink) or, where that is forbidden, in `/proc/net/tcp`. Elsewhere
//! nothing does, and nobody is told apart ([`LocalUser::Unknown`]).

use std::net::SocketAddr;
#[cfg(target_os = "linux")]
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};

/// A connection came of which the system did not say whose it is.
static UNTOLD: AtomicBool = AtomicBool::new(cfg!(not(target_os = "linux")));

/// Whose program it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LocalUser {
    /// This program's own user, or the administrator.
    Own,
    /// The account of another person.
    Person,
    /// A system account: proxies run as one, and what they pass on comes from anywhere. Or nobody's any more: its program
    /// has closed the connection, and reads no answer.
    System,
    /// The system does not say.
    Unknown,
}

/// Whether the system does not say whose programs connect, as far as that is known.
pub(crate) fn are_untold() -> bool {
    UNTOLD.load(Ordering::Relaxed)
}

/// Whose program connected from `peer` to `local`, both of this computer.
#[cfg(target_os = "linux")]
pub(crate) fn user_of(peer: SocketAddr, local: SocketAddr) -> LocalUser {
    let canonical = |it: SocketAddr| SocketAddr::new(it.ip().to_canonical(), it.port());
    let (peer, local) = (canonical(peer), canonical(local));
    let other_end = linux::by_sock_diag(peer, local).or_else(|| linux::by_proc(peer, local));
    let own = rustix::process::geteuid().as_raw();
    let user = kind_of(other_end, own, linux::people());
    if user == LocalUser::Unknown {
        UNTOLD.store(true, Ordering::Relaxed);
    }
    user
}

/// Whose account that at the other end is, for a program of `own`, where the accounts of people have these numbers.
#[cfg(target_os = "linux")]
fn kind_of(other_end: Option<linux::OtherEnd>, own: u32, people: &RangeInclusive<u32>) -> LocalUser {
    /// Accounts of people whose home directories systemd keeps. What it makes up for services and containers lies above.
    const HOMED: RangeInclusive<u32> = 60_001..=60_513;
    match other_end {
        None => LocalUser::Unknown,
        Some(linux::OtherEnd::User(uid)) if uid == own || uid == 0 => LocalUser::Own,
        Some(linux::OtherEnd::User(uid)) if people.contains(&uid) || HOMED.contains(&uid) => {
            LocalUser::Person
        }
        Some(_) => LocalUser::System,
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
    use std::ops::RangeInclusive;
    use std::sync::OnceLock;

    use netlink_packet_core::{NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
    use netlink_packet_sock_diag::SockDiagMessage;
    use netlink_packet_sock_diag::constants::{AF_INET, AF_INET6, IPPROTO_TCP};
    use netlink_packet_sock_diag::inet::{ExtensionFlags, InetRequest, SocketId, StateFlags};
    use netlink_sys::Socket;
    use netlink_sys::protocols::NETLINK_SOCK_DIAG;

    /// What is at the other end of a connection.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) enum OtherEnd {
        /// A socket of this user.
        User(u32),
        /// No program has it any more. The kernel then calls it root's.
        Gone,
    }

    impl OtherEnd {
        fn of(uid: u32, inode: u64) -> Self {
            if inode == 0 { Self::Gone } else { Self::User(uid) }
        }
    }

    /// Accounts of people where `/etc/login.defs` does not say.
    const PEOPLE: RangeInclusive<u32> = 1000..=60_000;

    /// `UID_MIN` to `UID_MAX` of this system. Read once: they do not change while anybody is logged in.
    pub(super) fn people() -> &'static RangeInclusive<u32> {
        static KNOWN: OnceLock<RangeInclusive<u32>> = OnceLock::new();
        KNOWN.get_or_init(|| {
            let text = std::fs::read_to_string("/etc/login.defs").unwrap_or_default();
            let set = |name| {
                text.lines().find_map(|line| {
                    let mut words = line.split_whitespace();
                    (words.next() == Some(name)).then(|| words.next()?.parse().ok())?
                })
            };
            set("UID_MIN").unwrap_or(*PEOPLE.start())..=set("UID_MAX").unwrap_or(*PEOPLE.end())
        })
    }

    /// The socket at `peer` that is connected to `local`, as the kernel says when it is asked for this one. `None` where
    /// it says nothing, which it does of one that is gone, too.
    pub(super) fn by_sock_diag(peer: SocketAddr, local: SocketAddr) -> Option<OtherEnd> {
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
                is_it.then(|| OtherEnd::of(found.header.uid, found.header.inode.into()))
            }
            _ => None,
        }
    }

    /// The same, from the table of all sockets: what is not there is gone. `None` where there is no table.
    pub(super) fn by_proc(peer: SocketAddr, local: SocketAddr) -> Option<OtherEnd> {
        let path = if peer.is_ipv4() { "/proc/net/tcp" } else { "/proc/net/tcp6" };
        let table = std::fs::read_to_string(path).ok()?;
        Some(find(&table, peer, local).unwrap_or(OtherEnd::Gone))
    }

    /// The socket from `peer` to `local` in a table as `/proc/net/tcp` has it.
    pub(super) fn find(table: &str, peer: SocketAddr, local: SocketAddr) -> Option<OtherEnd> {
        let (peer, local) = (written(peer), written(local));
        table.lines().find_map(|line| {
            let mut fields = line.split_whitespace().skip(1);
            if fields.next()? != peer || fields.next()? != local {
                return None;
            }
            let uid = fields.nth(4)?.parse().ok()?;
            Some(OtherEnd::of(uid, fields.nth(1)?.parse().ok()?))
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

        /// Two ends of a connection, and their addresses: the one that connected, the one that was connected to.
        fn connected(host: &str) -> Option<(TcpStream, TcpStream, SocketAddr, SocketAddr)> {
            let listener = TcpListener::bind(host).ok()?;
            let local = listener.local_addr().unwrap();
            let client = TcpStream::connect(local).unwrap();
            let (accepted, peer) = listener.accept().unwrap();
            Some((client, accepted, peer, local))
        }

        #[test]
        fn both_ways_name_the_user_of_this_very_socket() {
            let own = Some(OtherEnd::User(rustix::process::geteuid().as_raw()));
            for host in ["127.0.0.1:0", "[::1]:0"] {
                let Some((_client, _accepted, peer, local)) = connected(host) else { continue };
                assert_eq!(by_sock_diag(peer, local), own, "{host}");
                assert_eq!(by_proc(peer, local), own, "{host}");
                let nobody = SocketAddr::new(peer.ip(), 1);
                assert_eq!(by_sock_diag(nobody, local), None, "{host}");
                assert_eq!(by_proc(nobody, local), Some(OtherEnd::Gone), "{host}");
            }
        }

        #[test]
        fn who_has_closed_the_connection_is_not_taken_for_root() {
            for host in ["127.0.0.1:0", "[::1]:0"] {
                let Some((client, accepted, peer, local)) = connected(host) else { continue };
                drop(client);
                assert_eq!(by_sock_diag(peer, local), Some(OtherEnd::Gone), "{host}: it waits for this end");
                assert_eq!(by_proc(peer, local), Some(OtherEnd::Gone), "{host}: it waits for this end");
                drop(accepted);
                assert_ne!(
                    by_sock_diag(peer, local),
                    Some(OtherEnd::User(0)),
                    "{host}: it waits for late packets"
                );
                assert_eq!(by_proc(peer, local), Some(OtherEnd::Gone), "{host}: it waits for late packets");
            }
        }

        #[test]
        #[cfg(target_endian = "little")]
        fn the_table_is_read_as_the_kernel_writes_it() {
            let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n   \
                0: 0100007F:1D14 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1\n   \
                1: 0100007F:8124 0100007F:1D14 01 00000000:00000000 00:00000000 00000000  1001        0 2\n";
            let (peer, local) = ("127.0.0.1:33060".parse().unwrap(), "127.0.0.1:7444".parse().unwrap());
            assert_eq!(find(table, peer, local), Some(OtherEnd::User(1001)));
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
        use LocalUser::{Own, Person, System, Unknown};
        use linux::OtherEnd::{Gone, User};
        let people = 1000..=60_000;
        let cases = [
            (Some(User(0)), Own),
            (Some(User(1000)), Own),
            (Some(User(1001)), Person),
            (Some(User(60_001)), Person),
            // A proxy of the distribution, one that systemd made an account for, nobody, one in somebody's container.
            (Some(User(33)), System),
            (Some(User(61_184)), System),
            (Some(User(65_534)), System),
            (Some(User(100_032)), System),
            (Some(Gone), System),
            // Neither `sock_diag` nor `/proc` says anything.
            (None, Unknown),
        ];
        for (other_end, kind) in cases {
            assert_eq!(kind_of(other_end, 1000, &people), kind, "{other_end:?}");
        }
        assert_eq!(kind_of(Some(User(110)), 110, &people), Own, "it runs as a system account itself");
    }
}
