//! Who watches while something is measured: a viewer of the native stream, or a script that asks once a second.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

/// Longest time for one answer.
const ANSWER: Duration = Duration::from_secs(10);

/// The native stream, opened.
pub(crate) fn stream(address: SocketAddr) -> Result<WebSocket<TcpStream>> {
    let mut request = format!("ws://{address}/api/v1/stream").into_client_request()?;
    request.headers_mut().insert("Sec-WebSocket-Protocol", "sightline.v1".parse()?);
    let stream = TcpStream::connect_timeout(&address, ANSWER)?;
    let (socket, _) = tungstenite::client(request, stream).context("opening the native stream")?;
    socket.get_ref().set_read_timeout(Some(ANSWER))?;
    Ok(socket)
}

/// Something that watches in a thread of its own until it is dropped.
#[derive(Debug)]
pub(crate) struct Watcher {
    over: Arc<AtomicBool>,
    answers: Arc<AtomicU64>,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Watcher {
    fn start(watch: impl FnOnce(Arc<AtomicBool>, Arc<AtomicU64>) -> Result<()> + Send + 'static) -> Self {
        let (over, answers) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let thread = std::thread::spawn({
            let (over, answers) = (Arc::clone(&over), Arc::clone(&answers));
            move || watch(over, answers)
        });
        Self { over, answers, thread: Some(thread) }
    }

    /// A viewer with the overview and the full process table, as the page is.
    pub(crate) fn viewer(address: SocketAddr) -> Self {
        Self::start(move |over, answers| {
            let mut socket = stream(address)?;
            socket.send(Message::text(r#"{"type":"subscribe","channels":["overview","processes"]}"#))?;
            while !over.load(Ordering::Relaxed) {
                if socket.read()?.is_text() {
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            }
            Ok(())
        })
    }

    /// Asks for `path` once a second.
    pub(crate) fn asking(address: SocketAddr, path: &'static str) -> Self {
        Self::start(move |over, answers| {
            let mut due = Instant::now();
            while !over.load(Ordering::Relaxed) {
                get(address, path)?;
                answers.fetch_add(1, Ordering::Relaxed);
                due += Duration::from_secs(1);
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            Ok(())
        })
    }

    /// Ends it; an error where it had ended before, or got less than one answer in two seconds.
    pub(crate) fn end(mut self, watched: Duration) -> Result<()> {
        self.over.store(true, Ordering::Relaxed);
        let thread = self.thread.take().expect("it is taken once, here");
        thread.join().expect("the watcher does not panic").context("watching")?;
        let answers = self.answers.load(Ordering::Relaxed);
        if answers < watched.as_secs() / 2 {
            bail!("the watcher got {answers} answers only");
        }
        Ok(())
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

/// Body of a plain GET that was answered with 200.
pub(crate) fn get(address: SocketAddr, path: &str) -> Result<String> {
    ask(address, "GET", path, "")
}

/// One request over a connection of its own; the body of its answer.
pub(crate) fn ask(address: SocketAddr, method: &str, path: &str, body: &str) -> Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, ANSWER)?;
    stream.set_read_timeout(Some(ANSWER))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").context("reading an HTTP answer")?;
    if head.split(' ').nth(1) != Some("200") {
        bail!("{method} {path}: {} {body}", head.lines().next().unwrap_or_default());
    }
    Ok(body.to_owned())
}

/// A port nobody listens on now.
pub(crate) fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Waits until `ready` says so.
pub(crate) fn until(what: &str, limit: Duration, mut ready: impl FnMut() -> bool) -> Result<()> {
    let began = Instant::now();
    while !ready() {
        if began.elapsed() > limit {
            bail!("{what}: not ready after {} s", limit.as_secs());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
