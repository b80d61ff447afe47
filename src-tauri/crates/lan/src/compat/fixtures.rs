//! For tests: a server with a station that reads nothing, its viewers, and how an exchange is written down.

use std::fmt::Write as _;
use std::sync::Arc;

use sampling::Sources;
use station::{Config, Payload, Settings, Station};
use wire::{Carrier, Scope};

use super::session::CompatSession;
use super::state::CompatState;
use crate::auth::guard::HttpViewer;
use crate::config::ServerConfig;
use crate::state::ServerState;

/// The state of a server without a listener.
pub(super) struct Fixture {
    pub(super) station: Station,
    pub(super) compat: Arc<CompatState>,
    _folder: tempfile::TempDir,
}

impl Fixture {
    pub(super) fn new() -> Self {
        Self::set(|_| {})
    }

    /// One whose settings were changed by `change`.
    pub(super) fn set(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let config = Config {
            data_dir: folder.path().join("data"),
            sources: Sources::recorded(folder.path().join("machine")),
            version: "test".to_owned(),
        };
        let station = Station::start(config).expect("a station");
        let mut settings = station.handle().settings();
        change(&mut settings);
        station.handle().set_settings(settings).expect("kept");
        let compat = CompatState::new(ServerState::new(station.handle(), &ServerConfig::default()));
        Self { station, compat, _folder: folder }
    }
}

/// A session for a viewer of `scope`, as soon as there is a sample.
pub(super) async fn session(fixture: &Fixture, carrier: Carrier, scope: Scope) -> CompatSession {
    let station = fixture.station.handle();
    // Not by a request's own timeout: in paused time that is over at once.
    station.ticks().wait_for(Option::is_some).await.unwrap();
    CompatSession::admit(&station, &HttpViewer::here(scope), carrier).unwrap()
}

/// The messages in `out`, which is empty afterwards.
pub(super) fn received(out: &mut Vec<Payload>) -> Vec<serde_json::Value> {
    out.drain(..).map(|payload| serde_json::from_slice(&payload.bytes).unwrap()).collect()
}

/// An exchange as it is written down: `#` a note, `>` a message of the client, `<` one of the server.
#[derive(Debug, Default)]
pub(super) struct Exchange(String);

impl Exchange {
    pub(super) fn note(&mut self, what: &str) {
        writeln!(self.0, "# {what}").expect("text takes it");
    }

    pub(super) fn client(&mut self, what: &str) {
        writeln!(self.0, "> {what}").expect("text takes it");
    }

    /// Writes down messages of the server, and empties the list. Times and ids that differ each time are left out.
    pub(super) fn server(&mut self, out: &mut Vec<Payload>) {
        for payload in out.drain(..) {
            let mut text = String::from_utf8(payload.bytes.to_vec()).expect("text");
            for field in ["clientId", "client_id", "deviceUuid", "timestamp"] {
                text = blanked(&text, &format!("\"{field}\":\""));
            }
            writeln!(self.0, "< {text}").expect("text takes it");
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

/// `text` with an ellipsis for all that stands between `before` and the next quotation mark.
fn blanked(text: &str, before: &str) -> String {
    let mut parts = text.split(before);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + before + "…" + &part[part.find('"').expect("the end of a text")..])
}
