//! Who asks for what costs most, again as soon as it is answered, in a thread of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tungstenite::Message;

use crate::client;

/// Series and points of one query: as many as may be named.
const SERIES: usize = 1024;
const POINTS: usize = 4096;
/// Findings of one search: as many as are named.
const FINDINGS: usize = 50;

/// Longest time for one answer to somebody who floods.
const ANSWER: Duration = Duration::from_secs(60);

/// One that asks until it is ended.
#[derive(Debug)]
pub(super) struct Asking {
    over: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    thread: JoinHandle<Result<()>>,
}

/// The past of all series of the agent at `address`, as often as one request may name any.
pub(super) fn largest_history(address: SocketAddr) -> Result<String> {
    let list: Value = serde_json::from_str(&client::get(address, "/api/v1/snapshot")?)?;
    let series = list["series"].as_array().context("reading the series")?;
    let series: Vec<&Value> = series.iter().map(|it| &it["id"]).cycle().take(SERIES).collect();
    let params = json!({"series": series, "fromMs": 0, "toMs": 1u64 << 52, "maxPoints": POINTS});
    Ok(json!({"type": "request", "id": 1, "method": "history.query", "params": params}).to_string())
}

/// Patterns that are looked for everywhere in every command line, and are nowhere.
pub(super) fn costliest_search() -> String {
    let pattern = r#"command~"(\w[a-z ]{0,50}[0-9 ]{0,50}){1,2}\u{e000}""#.replace(r"\u{e000}", "\u{e000}");
    let query = vec![pattern; 8].join(" or ");
    let params = json!({"query": query, "limit": FINDINGS});
    json!({"type": "request", "id": 1, "method": "find", "params": params}).to_string()
}

impl Asking {
    /// One that asks `request` on a stream of its own.
    pub(super) fn start(address: SocketAddr, request: &str) -> Self {
        let request = request.to_owned();
        Self::begin(move |over, answered| {
            let mut socket = client::stream(address)?;
            // It is served slower and slower.
            socket.get_ref().set_read_timeout(Some(ANSWER))?;
            while !over.load(Ordering::Relaxed) {
                socket.send(Message::text(request.clone()))?;
                loop {
                    if let Message::Text(text) = socket.read()?
                        && text.starts_with(r#"{"type":"response""#)
                    {
                        if !text.contains("\"result\"") {
                            bail!("it was refused: {text}");
                        }
                        break;
                    }
                }
                answered.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        })
    }

    /// One that asks for `path`, each time on a new connection.
    pub(super) fn over_http(address: SocketAddr, path: &'static str) -> Self {
        Self::begin(move |over, answered| {
            while !over.load(Ordering::Relaxed) {
                client::get(address, path)?;
                answered.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        })
    }

    fn begin(ask: impl FnOnce(&AtomicBool, &AtomicU64) -> Result<()> + Send + 'static) -> Self {
        let (over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let thread = std::thread::spawn({
            let (over, answered) = (Arc::clone(&over), Arc::clone(&answered));
            move || ask(&over, &answered)
        });
        Self { over, answered, thread }
    }

    pub(super) fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    pub(super) fn end(self) -> Result<()> {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().expect("who asks does not panic").context("asking for what costs most")
    }
}
