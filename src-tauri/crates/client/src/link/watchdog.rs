//! Detects that a machine went silent: neither end is notified of a connection that was cut in between. It is pinged
//! after three intervals, and given up five seconds later. Times are milliseconds since the link began.

use wire::link::{MISSED_INTERVALS, PONG_WITHIN};
use wire::message::ChannelInfo;
use wire::{Channel, ClientMessage};

/// How long a machine that was pinged has to send anything.
const ANSWER_WITHIN_MS: u64 = PONG_WITHIN.as_millis() as u64;
/// Silence that is normal without subscriptions, or with only those that send on change: one and a half times as long as
/// the machine's own pings are apart.
const IDLE_MS: u64 = 30_000;

/// Watches one session.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    /// How often channels send at most, as the machine listed them.
    intervals: Vec<(Channel, u64)>,
    /// How often those send that are subscribed.
    subscribed: Vec<(Channel, u64)>,
    heard_ms: u64,
    /// When it was pinged, if it has sent nothing since.
    asked_ms: Option<u64>,
}

impl Watch {
    /// A session began that has these channels.
    pub(super) fn new(channels: &[ChannelInfo], now_ms: u64) -> Self {
        let intervals = channels.iter().map(|channel| (channel.name, channel.interval_ms)).collect();
        Self { intervals, subscribed: Vec::new(), heard_ms: now_ms, asked_ms: None }
    }

    /// Something was received at `at_ms`; an earlier time than the last one is ignored.
    pub(super) fn received(&mut self, at_ms: u64) {
        if at_ms >= self.asked_ms.unwrap_or(self.heard_ms) {
            (self.heard_ms, self.asked_ms) = (at_ms, None);
        }
    }

    /// It is pinged now.
    pub(super) fn asked(&mut self, now_ms: u64) {
        self.asked_ms = Some(now_ms);
    }

    /// Whether it was pinged, and has sent nothing since.
    pub(super) fn is_asked(&self) -> bool {
        self.asked_ms.is_some()
    }

    /// Follows the client's subscriptions, which determine how often something should be received.
    pub(super) fn sent(&mut self, message: &ClientMessage, now_ms: u64) {
        let (channels, floor_ms, subscribes) = match message {
            ClientMessage::Subscribe { channels, interval_ms, .. } => {
                (channels, interval_ms.unwrap_or(0), true)
            }
            ClientMessage::Unsubscribe { channels } => (channels, 0, false),
            _ => return,
        };
        self.subscribed.retain(|(channel, _)| !channels.iter().any(|name| name == channel.name()));
        if subscribes {
            let named = |channel: &Channel| channels.iter().any(|name| name == channel.name());
            let wanted = self.intervals.iter().filter(|(channel, interval_ms)| {
                named(channel) && !comes_when_something_happens(*channel) && *interval_ms > 0
            });
            let wanted = wanted.map(|(channel, interval_ms)| (*channel, floor_ms.max(*interval_ms)));
            self.subscribed.extend(wanted.collect::<Vec<_>>());
        }
        if self.asked_ms.is_none() {
            self.heard_ms = now_ms;
        }
    }

    /// When something is to be done: to ping, or to give up where it was pinged.
    pub(super) fn due_ms(&self) -> u64 {
        if let Some(asked_ms) = self.asked_ms {
            return asked_ms + ANSWER_WITHIN_MS;
        }
        let shortest = self.subscribed.iter().map(|(_, interval_ms)| *interval_ms).min();
        self.heard_ms
            + shortest.map_or(IDLE_MS, |interval_ms| u64::from(MISSED_INTERVALS).saturating_mul(interval_ms))
    }
}

/// Whether `channel` sends on change, so that its interval is a lower bound only.
const fn comes_when_something_happens(channel: Channel) -> bool {
    matches!(channel, Channel::Alerts | Channel::Sessions | Channel::Sharing)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A session in which something comes each second.
    fn each_second() -> Watch {
        let mut watch = Watch::new(&[ChannelInfo { name: Channel::Overview, interval_ms: 1000 }], 0);
        let channels = vec!["overview".to_owned()];
        watch.sent(&ClientMessage::Subscribe { channels, interval_ms: None, encoding: None }, 0);
        watch
    }

    #[test]
    fn three_silent_intervals_are_asked_about_and_five_seconds_later_it_is_gone() {
        let mut watch = each_second();
        assert_eq!((watch.due_ms(), watch.is_asked()), (3000, false));
        watch.asked(3000);
        assert_eq!((watch.due_ms(), watch.is_asked()), (8000, true));
    }

    #[test]
    fn whatever_comes_calms_it_but_what_came_before_is_not_news() {
        let mut watch = each_second();
        for at in (2000..20_000).step_by(2000) {
            watch.received(at);
            assert_eq!(watch.due_ms(), at + 3000);
        }
        watch.asked(21_000);
        watch.received(20_000);
        assert!(watch.is_asked());
        watch.received(25_000);
        assert_eq!((watch.is_asked(), watch.due_ms()), (false, 28_000));
    }
}
