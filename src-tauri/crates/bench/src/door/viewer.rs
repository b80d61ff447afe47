//! One viewer: a socket that connects, upgrades, subscribes, and counts what comes.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::rc::Rc;

use anyhow::{Context, Result, bail};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};

use super::frames::{Frames, Said, masked};
use super::heading::{self, Heading, Message};
use super::moment;

/// Longest answer to an upgrade.
const ANSWER_BYTES: usize = 4096;
/// Viewers an address: as many as the agent serves to one.
const VIEWERS_PER_ADDRESS: usize = 64;

const TEXT: u8 = 1;
const PONG: u8 = 10;

/// What viewers do when they are connected.
#[derive(Debug)]
pub(crate) struct Manner {
    pub(crate) server: SocketAddrV4,
    /// Said after the upgrade; with nothing to say there is no upgrade either.
    pub(crate) subscribe: Vec<String>,
    /// Size of the socket's receive buffer, where the system is not to choose.
    pub(crate) receive_buffer_bytes: Option<usize>,
}

impl Manner {
    /// Viewers that say `subscribe` to the agent at `server`.
    pub(crate) fn subscribing(server: SocketAddrV4, subscribe: &str) -> Rc<Self> {
        Rc::new(Self { server, subscribe: vec![subscribe.to_owned()], receive_buffer_bytes: None })
    }

    /// Viewers that take what the server at `server` sends by itself.
    pub(crate) fn listening(server: SocketAddrV4) -> Rc<Self> {
        Rc::new(Self { server, subscribe: Vec::new(), receive_buffer_bytes: None })
    }
}

/// A frame that arrived whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    /// Which viewer got it.
    pub(crate) viewer: usize,
    /// When its last byte was read, in microseconds since 1970.
    pub(crate) at_us: i64,
    pub(crate) heading: Heading,
    pub(crate) payload_bytes: u64,
    /// With WebSocket's headers.
    pub(crate) wire_bytes: u64,
}

/// How far a viewer is.
#[derive(Debug)]
enum Stage {
    Away,
    Connecting(TcpStream),
    /// With the answer as far as it came.
    Upgrading(TcpStream, Vec<u8>),
    Open(TcpStream),
}

/// What became of a viewer when its socket had something to tell.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing that concerns others.
    Same,
    /// The TCP connection is there.
    Connected,
    /// It may see frames from now on.
    Opened,
    /// It is away again, and why.
    Ended(String),
}

/// One viewer.
#[derive(Debug)]
pub(crate) struct Viewer {
    number: usize,
    manner: Rc<Manner>,
    stage: Stage,
    frames: Frames,
}

impl Viewer {
    pub(crate) fn new(number: usize, manner: Rc<Manner>) -> Self {
        Self { number, manner, stage: Stage::Away, frames: Frames::new() }
    }

    /// The address it comes from: 64 viewers share one.
    fn source(&self) -> Ipv4Addr {
        let house = self.number / VIEWERS_PER_ADDRESS;
        Ipv4Addr::new(127, 0, (1 + house / 250) as u8, (1 + house % 250) as u8)
    }

    pub(crate) fn stream(&self) -> Option<&TcpStream> {
        match &self.stage {
            Stage::Away => None,
            Stage::Connecting(stream) | Stage::Upgrading(stream, _) | Stage::Open(stream) => Some(stream),
        }
    }

    /// Begins to connect; the stream to be watched, or why there is none.
    pub(crate) fn connect(&mut self) -> Result<&TcpStream> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
        if let Some(bytes) = self.manner.receive_buffer_bytes {
            sockopt::set_socket_recv_buffer_size(&socket, bytes)?;
        }
        rustix::net::bind(&socket, &SocketAddrV4::new(self.source(), 0))
            .context("taking an address of 127.0.0.0/8")?;
        match rustix::net::connect(&socket, &self.manner.server) {
            // A refusal is told by the socket, as everything that comes later.
            Ok(()) | Err(Errno::INPROGRESS | Errno::CONNREFUSED) => {}
            Err(error) => return Err(error).context("connecting"),
        }
        self.frames = Frames::new();
        self.stage = Stage::Connecting(TcpStream::from(socket));
        self.stream().context("it was put there a line above")
    }

    /// Does what the socket is ready for. `scratch` is read into; frames that became whole go to `each`.
    pub(crate) fn turn(&mut self, scratch: &mut [u8], each: &mut dyn FnMut(Arrival)) -> Turn {
        let outcome = match std::mem::replace(&mut self.stage, Stage::Away) {
            Stage::Away => Ok(Turn::Same),
            Stage::Connecting(stream) => self.connected(stream),
            Stage::Upgrading(stream, answer) => self.answered(stream, answer, scratch, each),
            Stage::Open(stream) => self.read(stream, scratch, each),
        };
        outcome.unwrap_or_else(|error| {
            self.stage = Stage::Away;
            Turn::Ended(format!("{error:#}"))
        })
    }

    fn connected(&mut self, mut stream: TcpStream) -> Result<Turn> {
        sockopt::socket_error(&stream)?.context("connecting")?;
        if self.manner.subscribe.is_empty() {
            self.stage = Stage::Open(stream);
            return Ok(Turn::Opened);
        }
        let request = format!(
            "GET /api/v1/stream HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Protocol: sightline.v1\r\n\r\n",
            self.manner.server
        );
        say(&mut stream, request.as_bytes())?;
        self.stage = Stage::Upgrading(stream, Vec::new());
        Ok(Turn::Connected)
    }

    fn answered(
        &mut self,
        mut stream: TcpStream,
        mut answer: Vec<u8>,
        scratch: &mut [u8],
        each: &mut dyn FnMut(Arrival),
    ) -> Result<Turn> {
        let Some(read) = some(stream.read(scratch))? else {
            self.stage = Stage::Upgrading(stream, answer);
            return Ok(Turn::Same);
        };
        answer.extend_from_slice(&scratch[..read]);
        let Some(end) = answer.windows(4).position(|here| here == b"\r\n\r\n") else {
            if answer.len() > ANSWER_BYTES {
                bail!("the answer to the upgrade has no end");
            }
            self.stage = Stage::Upgrading(stream, answer);
            return Ok(Turn::Same);
        };
        if !answer.starts_with(b"HTTP/1.1 101 ") {
            bail!("refused: {}", String::from_utf8_lossy(&answer).lines().next().unwrap_or_default());
        }
        let wishes: Vec<u8> =
            self.manner.subscribe.iter().flat_map(|wish| masked(TEXT, wish.as_bytes())).collect();
        say(&mut stream, &wishes)?;
        // The greeting may have come with the answer.
        self.heard(&mut stream, &answer[end + 4..], each)?;
        self.stage = Stage::Open(stream);
        Ok(Turn::Opened)
    }

    fn read(
        &mut self,
        mut stream: TcpStream,
        scratch: &mut [u8],
        each: &mut dyn FnMut(Arrival),
    ) -> Result<Turn> {
        if let Some(read) = some(stream.read(scratch))? {
            self.heard(&mut stream, &scratch[..read], each)?;
        }
        self.stage = Stage::Open(stream);
        Ok(Turn::Same)
    }

    fn heard(&mut self, stream: &mut TcpStream, bytes: &[u8], each: &mut dyn FnMut(Arrival)) -> Result<()> {
        let (viewer, at_us) = (self.number, moment::now_us());
        let mut outcome = Ok(());
        self.frames.take(bytes, |said| {
            let taken = match said {
                Said::Message { head, payload_bytes, wire_bytes } => {
                    heading::read(head).and_then(|message| match message {
                        Message::Frame(heading) => {
                            each(Arrival { viewer, at_us, heading, payload_bytes, wire_bytes });
                            Ok(())
                        }
                        Message::Goodbye(reason) => bail!("the agent said goodbye: {reason}"),
                        Message::Error => bail!("the agent answered: {}", String::from_utf8_lossy(head)),
                        Message::Other => Ok(()),
                    })
                }
                Said::Ping(payload) => say(stream, &masked(PONG, payload)),
                Said::Close(code) => Err(anyhow::anyhow!("the agent closed with {code:?}")),
            };
            if outcome.is_ok() {
                outcome = taken;
            }
        })?;
        outcome
    }
}

/// What a read brought; `None` where nothing was there after all.
fn some(read: std::io::Result<usize>) -> Result<Option<usize>> {
    match read {
        Ok(0) => bail!("the server closed the connection"),
        Ok(count) => Ok(Some(count)),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(None),
        Err(error) => Err(error).context("reading"),
    }
}

/// Writes at once what is far smaller than a socket's buffer.
fn say(stream: &mut TcpStream, bytes: &[u8]) -> Result<()> {
    let written = stream.write(bytes).context("writing")?;
    if written < bytes.len() {
        bail!("the server does not read");
    }
    Ok(())
}
