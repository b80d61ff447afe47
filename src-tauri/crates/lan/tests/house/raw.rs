//! A WebSocket client by hand: it can write what no library would, and looks at every bit that comes back.

#![allow(dead_code, reason = "no suite needs all of it")]

use std::io;
use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::house::PATIENCE;

/// The key of RFC 6455 section 1.3, and what a server must make of it.
pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

pub(crate) const CONTINUATION: u8 = 0x0;
pub(crate) const TEXT: u8 = 0x1;
pub(crate) const BINARY: u8 = 0x2;
pub(crate) const CLOSE: u8 = 0x8;
pub(crate) const PING: u8 = 0x9;
pub(crate) const PONG: u8 = 0xA;
/// The first bit of a frame: it is the last one of its message.
pub(crate) const FIN: u8 = 0x80;

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Bytes of a frame as a client sends it: masked, its length in as few bytes as it takes.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = header(first, payload.len() as u64);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// Bytes of a masked frame up to its payload, which is claimed to be `length` bytes long.
pub(crate) fn header(first: u8, length: u64) -> Vec<u8> {
    let mut bytes = vec![first];
    match length {
        0..=125 => bytes.push(0x80 | length as u8),
        126..=0xFFFF => {
            bytes.push(0x80 | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes
}

/// A whole text message.
pub(crate) fn text(message: &str) -> Vec<u8> {
    frame(FIN | TEXT, message.as_bytes())
}

/// A close frame with a code and a reason.
pub(crate) fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(FIN | CLOSE, &[&code.to_be_bytes(), reason].concat())
}

/// What a server answered to a request for an upgrade.
#[derive(Debug)]
pub(crate) struct Answer(String);

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.0.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let line =
            |line: &'_ str| line.split_once(':').is_some_and(|(key, _)| key.eq_ignore_ascii_case(name));
        let line = self.0.lines().skip(1).find(|it| line(it))?;
        line.split_once(':').map(|(_, value)| value.trim())
    }
}

/// A frame of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) opcode: u8,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.opcode, TEXT, "a message in JSON is text");
        serde_json::from_slice(&self.payload).expect("JSON")
    }

    /// The code of a close frame; `None` where it has none.
    pub(crate) fn close_code(&self) -> Option<u16> {
        assert_eq!(self.opcode, CLOSE, "expected a close frame, got {self:?}");
        Some(u16::from_be_bytes([*self.payload.first()?, *self.payload.get(1)?]))
    }
}

/// The request a well-behaved client opens with.
pub(crate) fn request(address: SocketAddr) -> String {
    format!(
        "GET /api/v1/stream HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sightline.v1\r\n\r\n"
    )
}

/// One end of a WebSocket, frame by frame.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) socket: TcpStream,
    /// Read and not yet looked at.
    ahead: Vec<u8>,
}

impl Raw {
    /// An open stream.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).await.expect("a connection");
        Self::open(socket, &request(address)).await.expect("an open stream")
    }

    /// Opens a stream over `socket`.
    ///
    /// # Errors
    /// When the link breaks meanwhile. A refusal is a failed test.
    pub(crate) async fn open(socket: TcpStream, request: &str) -> io::Result<Self> {
        let (answer, raw) = Self::ask(socket, request.as_bytes()).await?;
        assert_eq!(answer.status(), 101, "{answer:?}");
        assert_eq!(answer.header("sec-websocket-accept"), Some(ACCEPT), "{answer:?}");
        Ok(raw)
    }

    /// Sends a request for an upgrade as it is, and reads the head of the answer.
    ///
    /// # Errors
    /// When the link breaks meanwhile.
    pub(crate) async fn ask(socket: TcpStream, request: &[u8]) -> io::Result<(Answer, Self)> {
        socket.set_nodelay(true)?;
        let mut raw = Self { socket, ahead: Vec::new() };
        raw.socket.write_all(request).await?;
        let end = loop {
            if let Some(at) = raw.ahead.windows(4).position(|it| it == b"\r\n\r\n") {
                break at;
            }
            if !raw.fill().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let head = String::from_utf8_lossy(&raw.ahead[..end]).into_owned();
        raw.ahead.drain(..end + 4);
        Ok((Answer(head), raw))
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        let sent = timeout(PATIENCE, self.socket.write_all(bytes)).await.expect("the server reads in time");
        sent.expect("the server takes it");
    }

    pub(crate) async fn say(&mut self, message: &Value) {
        self.send(&text(&message.to_string())).await;
    }

    /// Reads some more; false at the end.
    async fn fill(&mut self) -> io::Result<bool> {
        let read = timeout(PATIENCE, self.socket.read_buf(&mut self.ahead)).await;
        Ok(read.expect("the server says something in time")? > 0)
    }

    /// The next frame; `None` when the server closed the socket. Whatever it is, it must be well made.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Frame>> {
        loop {
            if let Some((frame, length)) = parse(&self.ahead) {
                self.ahead.drain(..length);
                return Ok(Some(frame));
            }
            if !self.fill().await? {
                assert!(self.ahead.is_empty(), "the server closed in the middle of a frame");
                return Ok(None);
            }
        }
    }

    /// The next frame of an open socket. Pings of the server are answered and passed over.
    pub(crate) async fn hear_frame(&mut self) -> Frame {
        loop {
            let frame = self.next().await.expect("the link holds").expect("the socket stays open");
            if frame.opcode != PING {
                return frame;
            }
            // The server may have closed meanwhile; what it said before that is still to be read.
            drop(self.socket.write_all(&self::frame(FIN | PONG, &frame.payload)).await);
        }
    }

    /// The next message that `wanted` holds for; others are passed over.
    pub(crate) async fn hear(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let heard = async {
            loop {
                let message = self.hear_frame().await.json();
                if wanted(&message) {
                    return message;
                }
            }
        };
        timeout(PATIENCE, heard).await.expect("the message in time")
    }

    pub(crate) async fn hear_type(&mut self, kind: &str) -> Value {
        self.hear(|message| message["type"] == kind).await
    }

    /// The server closes the socket, without another word.
    pub(crate) async fn hear_end(&mut self) {
        match self.next().await {
            Ok(None) => {}
            // What we sent after its last read makes the system say it this way.
            Err(err) if err.kind() == io::ErrorKind::ConnectionReset => {}
            other => panic!("expected the end, got {other:?}"),
        }
    }
}

/// The first frame of `bytes` and its length, once it is whole.
fn parse(bytes: &[u8]) -> Option<(Frame, usize)> {
    let (&first, &second) = (bytes.first()?, bytes.get(1)?);
    assert_eq!(first & 0x70, 0, "nobody asked for an extension, so reserved bits are 0");
    assert_eq!(first & FIN, FIN, "our messages come in one frame");
    assert_eq!(second & 0x80, 0, "a server does not mask");
    let opcode = first & 0x0F;
    assert!([TEXT, BINARY, CLOSE, PING, PONG].contains(&opcode), "opcode {opcode:#x}");
    let (length, start) = match second {
        126 => (u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)), 4),
        127 => (u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?), 10),
        short => (u64::from(short), 2),
    };
    let shortest = match length {
        0..=125 => 2,
        126..=0xFFFF => 4,
        _ => 10,
    };
    assert_eq!(start, shortest, "a length is written in as few bytes as it takes");
    assert!(opcode < CLOSE || length <= 125, "a control frame is short");
    let end = start + usize::try_from(length).ok()?;
    let frame = Frame { opcode, payload: bytes.get(start..end)?.to_vec() };
    Some((frame, end))
}
