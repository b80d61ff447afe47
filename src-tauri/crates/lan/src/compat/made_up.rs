//! For tests of dialogues: a door onto a station that reads nothing, and how an exchange is written down.

use std::fmt::Write as _;
use std::sync::Arc;

use sampling::Sources;
use station::{Config, Payload, Station};

use super::Compat;
use crate::door::Shared;

/// A door's insides without a listener.
pub(super) struct Inside {
    pub(super) station: Station,
    pub(super) shared: Arc<Shared>,
    _folder: tempfile::TempDir,
}

impl Inside {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let config = Config {
            data_dir: folder.path().join("data"),
            sources: Sources::recorded(folder.path().join("machine")),
            version: "test".to_owned(),
        };
        let station = Station::start(config).expect("a station");
        let shared = Shared {
            compat: Compat::new(&station.handle()),
            station: station.handle(),
            closing: tokio_util::sync::CancellationToken::new(),
            tasks: tokio_util::task::TaskTracker::new(),
            tokens: crate::access::Tokens::default(),
            insecure_open: false,
            connections: crate::serve::Connections::default(),
            unproven: crate::unproven::Unproven::default(),
            post: crate::post::Post::default(),
            requests: std::sync::atomic::AtomicU64::new(0),
        };
        Self { station, shared: Arc::new(shared), _folder: folder }
    }
}

/// An exchange as it is kept: `#` what happens, `>` what the client says, `<` what it is told.
#[derive(Debug, Default)]
pub(super) struct Exchange(String);

impl Exchange {
    pub(super) fn happens(&mut self, what: &str) {
        writeln!(self.0, "# {what}").expect("text takes it");
    }

    pub(super) fn said(&mut self, what: &str) {
        writeln!(self.0, "> {what}").expect("text takes it");
    }

    /// Writes down what is told, and empties it. Moments and names that differ each time are left out.
    pub(super) fn told(&mut self, out: &mut Vec<Payload>) {
        for payload in out.drain(..) {
            let text = String::from_utf8(payload.bytes.to_vec()).expect("text");
            let text = blanked(&blanked(&text, "\"client_id\":\"", 36), "\"timestamp\":\"", 24);
            writeln!(self.0, "< {text}").expect("text takes it");
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

/// `text` with the first `length` characters after `before` as an ellipsis.
fn blanked(text: &str, before: &str, length: usize) -> String {
    match text.split_once(before) {
        Some((start, rest)) => format!("{start}{before}…{}", &rest[length..]),
        None => text.to_owned(),
    }
}
