//! One HTTP exchange, byte by byte, from any address of this computer.

#![allow(dead_code, reason = "no suite needs all of it")]

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::fixture::DEADLINE;

/// Where requests come from, unless they say otherwise.
pub(crate) const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A request. `Host` and `Connection: close` are there until they are taken out.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    from: IpAddr,
    bare: bool,
}

impl Ask {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        let (method, path) = (method.to_owned(), path.to_owned());
        Self { method, path, headers: Vec::new(), body: Vec::new(), from: HERE, bare: false }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// JSON that is sent as a page of ours sends it.
    pub(crate) fn post(path: &str, body: &Value) -> Self {
        Self::new("POST", path).header("Content-Type", "application/json").body(body.to_string())
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("Authorization", format!("Bearer {token}"))
    }

    /// From another address of this computer.
    pub(crate) fn from(mut self, address: IpAddr) -> Self {
        self.from = address;
        self
    }

    pub(crate) fn source(&self) -> IpAddr {
        self.from
    }

    /// What opens a WebSocket, as a browser sends it.
    pub(crate) fn upgrade(self) -> Self {
        self.header("Upgrade", "websocket")
            .header("Connection", "Upgrade")
            .header("Sec-WebSocket-Key", crate::raw::KEY)
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Protocol", "sightline.v1")
    }

    /// Without the Host header; those that were added stay.
    pub(crate) fn without_host(mut self) -> Self {
        self.bare = true;
        self
    }

    pub(crate) fn bytes(&self, to: SocketAddr) -> Vec<u8> {
        let has = |name: &str| self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        if !self.bare && !has("host") {
            head += &format!("Host: {to}\r\n");
        }
        if !has("connection") {
            head += "Connection: close\r\n";
        }
        if !self.body.is_empty() && !has("content-length") {
            head += &format!("Content-Length: {}\r\n", self.body.len());
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        [head.as_bytes(), b"\r\n", &self.body].concat()
    }

    /// The answer; of an upgrade its head.
    pub(crate) async fn send(&self, to: SocketAddr) -> Answer {
        self.try_send(to).await.unwrap_or_else(|err| panic!("no answer to {self:?}: {err}"))
    }

    /// The same where there may be none.
    ///
    /// # Errors
    /// When the link breaks before there is an answer.
    pub(crate) async fn try_send(&self, to: SocketAddr) -> io::Result<Answer> {
        exchange(self.from, to, &self.bytes(to)).await
    }
}

/// Sends `request` as it is, and reads until the end, or the head of an upgrade.
///
/// # Errors
/// When the link breaks before there is an answer.
pub(crate) async fn exchange(from: IpAddr, to: SocketAddr, request: &[u8]) -> io::Result<Answer> {
    let exchange = async {
        let mut link = connect(from, to).await?;
        // Who is refused for what it sends may be refused before it has sent all of it.
        let written = link.write_all(request).await;
        let mut answer = Vec::new();
        loop {
            let read = link.read_buf(&mut answer).await;
            let ended = !matches!(read, Ok(1..));
            if ended && answer.is_empty() {
                read?;
                written?;
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let answered = Answer(answer);
            if ended || answered.is_whole() {
                return Ok(answered);
            }
            answer = answered.0;
        }
    };
    timeout(DEADLINE, exchange).await.expect("an answer in time")
}

/// A connection from `from`.
///
/// # Errors
/// When there is none.
pub(crate) async fn connect(from: IpAddr, to: SocketAddr) -> io::Result<TcpStream> {
    if from == HERE {
        return TcpStream::connect(to).await;
    }
    let socket = if from.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.bind((from, 0).into())?;
    socket.connect(to).await
}

/// A whole answer.
#[derive(Clone)]
pub(crate) struct Answer(pub(crate) Vec<u8>);

impl Answer {
    /// Whether all of it has come, as far as its head tells. The head of an upgrade is all of it.
    pub(crate) fn is_whole(&self) -> bool {
        let Some(end) = self.0.windows(4).position(|it| it == b"\r\n\r\n") else { return false };
        let length = self.header("content-length").and_then(|length| length.parse::<usize>().ok());
        self.status() == 101 || length.is_some_and(|length| self.0.len() >= end + 4 + length)
    }

    pub(crate) fn status(&self) -> u16 {
        let head = self.head();
        head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn head(&self) -> String {
        let end = self.0.windows(4).position(|it| it == b"\r\n\r\n").unwrap_or(self.0.len());
        String::from_utf8_lossy(&self.0[..end]).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = self.head();
        let mut lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    }

    pub(crate) fn body(&self) -> String {
        let text = String::from_utf8_lossy(&self.0);
        text.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_owned())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body()).unwrap_or_else(|err| panic!("{err}: {self:?}"))
    }

    /// What is said to people of why it was refused.
    pub(crate) fn sentence(&self) -> String {
        let json = self.json();
        json["error"]["message"].as_str().unwrap_or_else(|| panic!("no sentence: {self:?}")).to_owned()
    }

    /// The cookie that it sets, as the browser sends it back.
    pub(crate) fn cookie(&self) -> String {
        let set = self.header("set-cookie").unwrap_or_else(|| panic!("no cookie: {self:?}"));
        set.split(';').next().unwrap_or_default().to_owned()
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = String::from_utf8_lossy(&self.0);
        f.write_str(&text.chars().take(2000).collect::<String>())
    }
}
