//! A TCP proxy that injects the faults of networks. The faults can be changed while it runs.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

/// What the kernel may hold at each of the proxy's sockets. As little as it can be: what is under way should be
/// on the link, not in its ends.
pub(crate) const BUFFER_BYTES: u32 = 4096;

/// What happens to the bytes that flow one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toxic {
    /// They arrive.
    Nothing,
    /// They arrive later, in the same order.
    Delay(Duration),
    /// No more than this many arrive in a second.
    Bandwidth { bytes_per_s: u32 },
    /// Each arrives in a packet of its own.
    Slicer,
    /// They are lost, without an error on either side.
    Silence,
    /// They wait, and the sender's buffers fill.
    Stall,
    /// After this many, the link ends.
    Limit { bytes: usize, end: End },
}

/// How a link ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// As when a program closes it.
    Closed,
    /// As when a machine is gone and another one answers.
    Reset,
}

/// Both ways of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    /// From the viewer to the server.
    pub(crate) up: Toxic,
    /// From the server to the viewer.
    pub(crate) down: Toxic,
}

impl Link {
    pub(crate) const CLEAN: Link = Link { up: Toxic::Nothing, down: Toxic::Nothing };

    pub(crate) const fn both(toxic: Toxic) -> Self {
        Self { up: toxic, down: toxic }
    }

    pub(crate) const fn down(toxic: Toxic) -> Self {
        Self { up: Toxic::Nothing, down: toxic }
    }

    pub(crate) const fn up(toxic: Toxic) -> Self {
        Self { up: toxic, down: Toxic::Nothing }
    }
}

/// A proxy in front of one server. Dropping it ends every link.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    link: watch::Sender<Link>,
    _accepting: JoinSet<()>,
}

impl Proxy {
    /// Listens on a port of its own, and forwards to `server`.
    pub(crate) fn before(server: SocketAddr, link: Link) -> Self {
        let listener = listener().expect("a port to listen on");
        let address = listener.local_addr().expect("the address of a listener");
        let (link, watched) = watch::channel(link);
        let mut accepting = JoinSet::new();
        accepting.spawn(async move {
            let mut links = JoinSet::new();
            while let Ok((viewer, _)) = listener.accept().await {
                links.spawn(forward(viewer, server, watched.clone()));
                while links.try_join_next().is_some() {}
            }
        });
        Self { address, link, _accepting: accepting }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes what happens to the bytes of every link, from the next one on.
    pub(crate) fn set(&self, link: Link) {
        self.link.send_replace(link);
    }
}

/// Sockets that are accepted have the buffers of their listener.
fn listener() -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_send_buffer_size(BUFFER_BYTES)?;
    socket.set_recv_buffer_size(BUFFER_BYTES)?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    socket.listen(1024)
}

/// Forwards one link until one end of it, or its fault, ends it.
async fn forward(viewer: TcpStream, server: SocketAddr, link: watch::Receiver<Link>) {
    let Ok(server) = connect(server).await else { return };
    let (from_viewer, to_viewer) = viewer.into_split();
    let (from_server, to_server) = server.into_split();
    let end = tokio::select! {
        end = pump(from_viewer, &to_server, link.clone(), |link| link.up) => end,
        end = pump(from_server, &to_viewer, link, |link| link.down) => end,
    };
    if end.is_ok_and(|end| end == End::Reset) {
        for socket in [to_viewer.as_ref(), to_server.as_ref()] {
            socket.set_zero_linger().expect("an open socket can be reset");
        }
    }
}

async fn connect(server: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_send_buffer_size(BUFFER_BYTES)?;
    socket.set_recv_buffer_size(BUFFER_BYTES)?;
    let server = socket.connect(server).await?;
    server.set_nodelay(true)?;
    Ok(server)
}

/// Moves bytes one way.
async fn pump(
    mut from: OwnedReadHalf,
    to: &OwnedWriteHalf,
    mut link: watch::Receiver<Link>,
    way: fn(&Link) -> Toxic,
) -> io::Result<End> {
    let mut buffer = [0; 1024];
    let mut moved = 0;
    // What is under way on a link that is late, and when it arrives.
    let mut late: VecDeque<(Instant, Vec<u8>)> = VecDeque::new();
    loop {
        let toxic = way(&link.borrow_and_update());
        let room = match toxic {
            Toxic::Stall => 0,
            // A twentieth of a second at once.
            Toxic::Bandwidth { bytes_per_s } => (bytes_per_s as usize / 20).clamp(1, buffer.len()),
            Toxic::Limit { bytes, end } if moved >= bytes => return Ok(end),
            Toxic::Limit { bytes, .. } => (bytes - moved).min(buffer.len()),
            _ => buffer.len(),
        };
        let arrives = late.front().map(|(at, _)| *at);
        let read = tokio::select! {
            // What is read from now on is dealt with in the new way.
            changed = link.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return Ok(End::Closed),
            },
            () = sleep_until(arrives.unwrap_or_else(Instant::now)), if arrives.is_some() => {
                let (_, bytes) = late.pop_front().expect("something arrives");
                write(to, &bytes).await?;
                continue;
            }
            read = from.read(&mut buffer[..room]), if room > 0 => read?,
        };
        if read == 0 {
            return Ok(End::Closed);
        }
        moved += read;
        let bytes = &buffer[..read];
        match toxic {
            Toxic::Silence => {}
            Toxic::Slicer => {
                for byte in bytes {
                    write(to, std::slice::from_ref(byte)).await?;
                }
            }
            Toxic::Delay(delay) => late.push_back((Instant::now() + delay, bytes.to_vec())),
            Toxic::Bandwidth { bytes_per_s } => {
                write(to, bytes).await?;
                sleep(Duration::from_secs(1) * read as u32 / bytes_per_s).await;
            }
            Toxic::Nothing | Toxic::Stall | Toxic::Limit { .. } => write(to, bytes).await?,
        }
    }
}

/// Both ways share the two sockets, so each writes through a reference.
async fn write(to: &OwnedWriteHalf, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        to.writable().await?;
        match to.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(err) if err.kind() == io::ErrorKind::WouldBlock => {}
            Err(err) => return Err(err),
        }
    }
    Ok(())
}
