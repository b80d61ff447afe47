//! The state that handlers for existing clients share: the server's state, and what viewers of one family share. It is
//! below the families, which the server's own routes do not depend on.

use std::sync::Arc;
use std::time::Duration;

use station::Payload;

use super::alert_feed::Alerts;
use super::device_channel::Channel;
use super::feed::{Feed, Round};
use super::flags::Flags;
use super::update::Update;
use crate::state::ServerState;

/// Time between two messages with numbers, of family C.
const NUMBERS_EVERY: Duration = Duration::from_secs(5);
/// Time between two updates, of family D.
const UPDATE_EVERY: Duration = Duration::from_secs(3);

/// State of the routes of all families.
#[derive(Debug)]
pub(crate) struct CompatState {
    pub(super) server: Arc<ServerState>,
    pub(super) flags: Flags,
    /// Of family A.
    pub(super) metrics: Feed<Arc<Round>>,
    /// Of family B: a timer for each channel.
    pub(super) channels: [Feed<Arc<Round>>; Channel::ALL.len()],
    /// Of family C.
    pub(super) numbers: Feed<Payload>,
    /// Of family D.
    pub(super) updates: Feed<Arc<Update>>,
    /// Of families C and D.
    pub(super) alerts: Alerts,
}

impl CompatState {
    /// Reads the flags from environment and settings, once; invalid ones are a notice of the station.
    pub(crate) fn new(server: Arc<ServerState>) -> Arc<Self> {
        let environment =
            |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        let (flags, notice) = Flags::read(&server.station.settings().compat, environment);
        if let Some(notice) = notice {
            tracing::warn!(notice = notice.message("compat"), "some flags are not as written");
            server.station.set_notice("compat", notice);
        }
        Arc::new(Self {
            server,
            flags,
            metrics: Feed::new(flags.ws_metrics_interval),
            channels: Channel::ALL.map(|channel| Feed::new(channel.every())),
            numbers: Feed::new(NUMBERS_EVERY),
            updates: Feed::new(UPDATE_EVERY),
            alerts: Alerts::default(),
        })
    }
}
