//! What a device dashboard (family B) can subscribe to.

use std::time::Duration;

/// What can be subscribed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Channel {
    SystemInfo,
    Processes,
    History,
    NetworkInterfaces,
    Metrics,
}

impl Channel {
    pub(super) const ALL: [Channel; 5] = [
        Channel::SystemInfo,
        Channel::Processes,
        Channel::History,
        Channel::NetworkInterfaces,
        Channel::Metrics,
    ];

    /// As clients name it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Channel::SystemInfo => "system-info",
            Channel::Processes => "processes",
            Channel::History => "history",
            Channel::NetworkInterfaces => "network-interfaces",
            Channel::Metrics => "metrics",
        }
    }

    /// Time between two of its messages.
    pub(super) const fn every(self) -> Duration {
        Duration::from_secs(match self {
            Channel::Metrics => 5,
            Channel::SystemInfo | Channel::History | Channel::NetworkInterfaces => 30,
            Channel::Processes => 60,
        })
    }
}
