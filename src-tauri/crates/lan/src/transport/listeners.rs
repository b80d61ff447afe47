//! The listeners: bound and closed as sharing is turned on and off and networks change. An address that stays is never
//! touched, so its viewers notice nothing; where one is closed, its connections end with it.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};
use wire::sharing_problem::SharingProblem;

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// Both addresses of this computer itself.
pub(crate) const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// The addresses that are open.
#[derive(Debug, Default)]
pub(crate) struct Listeners {
    /// Locked while addresses are bound and closed; reading the list does not wait for it.
    changing: Mutex<()>,
    /// Locked for a few lines.
    open: Mutex<BTreeMap<IpAddr, Open>>,
}

#[derive(Debug)]
struct Open {
    address: SocketAddr,
    /// Ends the listener and all that came through it.
    closing: CancellationToken,
}

impl Listeners {
    /// Opens what is in `wanted` and not open, closes what is open and not wanted. `serve` gets each new listener,
    /// with what ends it. With port 0 the system chooses one, which all addresses share.
    ///
    /// Every address is tried; the first that fails is the error. IPv6 may be missing on this computer.
    ///
    /// # Errors
    /// See [`SharingProblem`]; its text says what to do.
    pub(crate) fn set(
        &self,
        wanted: &[IpAddr],
        port: u16,
        closing: &CancellationToken,
        mut serve: impl FnMut(TcpListener, CancellationToken),
    ) -> Result<(), SharingProblem> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let other_port = |opened: &Open| port != 0 && opened.address.port() != port;
        self.lock().retain(|address, opened| {
            let stays = wanted.contains(address) && !other_port(opened) && !opened.closing.is_cancelled();
            if !stays {
                info!(address = %opened.address, "closed");
                opened.closing.cancel();
            }
            stays
        });
        let mut failed = None;
        for &address in wanted {
            let (is_open, port) = {
                let open = self.lock();
                let shared = open.values().next().map_or(port, |opened| opened.address.port());
                (open.contains_key(&address), shared)
            };
            if is_open {
                continue;
            }
            match bind(address, port) {
                Ok(listener) => {
                    let bound = listener.local_addr().unwrap_or(SocketAddr::new(address, port));
                    let closing = closing.child_token();
                    info!(address = %bound, "open");
                    self.lock().insert(address, Open { address: bound, closing: closing.clone() });
                    serve(listener, closing);
                }
                Err(err) if address == LOOPBACK[1] && self.lock().contains_key(&LOOPBACK[0]) => {
                    debug!(error = %err, "no IPv6 on this computer; 127.0.0.1 serves alone");
                }
                Err(err) => drop(failed.get_or_insert(err)),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Where it is open, those of this computer last.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        let mut addresses: Vec<_> = self.lock().values().map(|opened| opened.address).collect();
        addresses.sort_by_key(|address| (address.ip().is_loopback(), address.is_ipv6(), *address));
        addresses
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<IpAddr, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// To be called within the runtime.
fn bind(address: IpAddr, port: u16) -> Result<TcpListener, SharingProblem> {
    let address = SocketAddr::new(address, port);
    let listen = || -> io::Result<TcpListener> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        // After a restart, connections of the run before may still be in TIME_WAIT.
        #[cfg(unix)]
        socket.set_reuse_address(true)?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        TcpListener::from_std(socket.into())
    };
    listen().map_err(|cause| match cause.kind() {
        io::ErrorKind::AddrInUse => SharingProblem::PortTaken { port, holder: sampling::port_holder(port) },
        io::ErrorKind::PermissionDenied if port < 1024 => SharingProblem::PortNeedsRoot { port },
        io::ErrorKind::AddrNotAvailable => {
            SharingProblem::NotOurAddress { address: address.ip().to_string() }
        }
        _ => SharingProblem::NotBound { address: address.to_string(), detail: cause.to_string() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_stays_is_not_touched_and_what_goes_ends() {
        let (listeners, closing) = (Listeners::default(), CancellationToken::new());
        let mut served = Vec::new();
        let mut set = |wanted: &[IpAddr]| {
            listeners.set(wanted, 0, &closing, |listener, closing| served.push((listener, closing)))
        };
        set(&LOOPBACK[..1]).unwrap();
        let other = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
        set(&[LOOPBACK[0], other]).unwrap();
        let addresses = listeners.addresses();
        assert_eq!(addresses.len(), 2);
        assert_eq!(addresses[0].port(), addresses[1].port(), "one port for all");
        let (first, second) = (&served[0], &served[1]);
        assert!(!first.1.is_cancelled() && !second.1.is_cancelled());
        let mut none = |_: TcpListener, _: CancellationToken| panic!("nothing new is opened");
        listeners.set(&[other], 0, &closing, &mut none).unwrap();
        assert!(first.1.is_cancelled() && !second.1.is_cancelled());
        listeners.set(&[], 0, &closing, &mut none).unwrap();
        assert!(second.1.is_cancelled() && listeners.addresses().is_empty());
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_told_and_the_rest_is_open() {
        let taken = std::net::TcpListener::bind("127.0.0.2:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let (listeners, closing) = (Listeners::default(), CancellationToken::new());
        let wanted = [IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)), LOOPBACK[0]];
        let failed = listeners.set(&wanted, port, &closing, |_, _| {}).unwrap_err();
        assert!(matches!(failed, SharingProblem::PortTaken { .. }), "{failed}");
        assert_eq!(listeners.addresses(), [SocketAddr::new(LOOPBACK[0], port)]);
    }
}
