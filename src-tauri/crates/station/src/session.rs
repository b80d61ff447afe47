//! One viewer: what it subscribed to, and what it has seen. Window and network door both carry sessions.
//!
//! A session has no queue. It keeps where it stands and takes the newest frame when its carrier can; what it
//! missed is made good by a key frame.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use wire::codec::{decode_client, encode};
use wire::limits::{REQUESTS_IN_FLIGHT, SUBSCRIPTIONS};
use wire::message::{ChannelInfo, Connected, ErrorBody, Response};
use wire::{Channel, ClientMessage, ErrorCode, Goodbye, ProcessKey, Scope, ServerMessage};

use crate::clock;
use crate::interest::Want;
use crate::methods::{self, Answer};
use crate::station::{Handle, Place};
use crate::tick::Tick;

/// One viewer's session. Dropping it ends it.
#[derive(Debug)]
pub struct Session {
    id: String,
    scope: Scope,
    station: Handle,
    subscriptions: BTreeMap<Channel, Subscription>,
    /// Requests whose answer the next tick brings.
    waiting: Vec<(u64, ProcessKey)>,
    /// The last tick this session was offered; a jump means that it missed frames.
    last_seq: Option<u64>,
    _place: Place,
}

#[derive(Debug)]
struct Subscription {
    interval_ms: u64,
    /// When its last frame was read, Unix milliseconds; `None` before the first.
    sent_at_ms: Option<u64>,
    /// Generation of what the viewer holds: `overview`'s epoch or the number of the process table.
    holds: Option<u64>,
    _want: Want,
}

impl Session {
    pub(crate) fn new(station: Handle, scope: Scope, place: Place) -> Self {
        Self {
            id: uuid::Uuid::new_v4().to_string(),
            scope,
            station,
            subscriptions: BTreeMap::new(),
            waiting: Vec::new(),
            last_seq: None,
            _place: place,
        }
    }

    /// Names this session in logs.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What this session may see.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The message a session begins with.
    #[must_use]
    pub fn greeting(&self) -> Bytes {
        let tick_ms = self.station.settings().interval_ms.into();
        let channel = |name: Channel| ChannelInfo { name, interval_ms: name.interval_ms().max(tick_ms) };
        encode(&ServerMessage::Connected(Box::new(Connected {
            protocol: wire::PROTOCOL,
            client_id: self.id.clone(),
            server_time_ms: clock::unix_ms(),
            scope: self.scope,
            machine: wire::Machine::clone(&self.station.machine()),
            channels: Channel::ALL.map(channel).to_vec(),
        })))
        .into()
    }

    /// The message a session ends with.
    #[must_use]
    pub fn goodbye(reason: Goodbye) -> Bytes {
        encode(&ServerMessage::Goodbye { reason }).into()
    }

    /// Takes in what the viewer said and pushes what there is to answer at once.
    ///
    /// # Errors
    /// The reason to end the session: only a message past its bound is one. Everything else that is wrong is
    /// answered by an `error`, and the session goes on.
    pub fn receive(&mut self, bytes: &[u8], out: &mut Vec<Bytes>) -> Result<(), Goodbye> {
        match decode_client(bytes) {
            Err(error) if error.code == ErrorCode::TooLarge => return Err(Goodbye::TooLarge),
            Err(error) => out.push(encode(&ServerMessage::Error(error)).into()),
            Ok(ClientMessage::Subscribe { channels, interval_ms, encoding: _ }) => {
                self.subscribe(&channels, interval_ms.unwrap_or(0), out);
            }
            Ok(ClientMessage::Unsubscribe { channels }) => self.unsubscribe(&channels, out),
            Ok(ClientMessage::Ping { id }) => {
                out.push(encode(&ServerMessage::Pong { id, server_time_ms: clock::unix_ms() }).into());
            }
            Ok(ClientMessage::Request { id, method, params }) => self.request(id, &method, params, out),
        }
        Ok(())
    }

    /// Pushes what `tick` brings this viewer. To be called with the newest tick whenever the carrier can send.
    pub fn collect(&mut self, tick: &Tick, out: &mut Vec<Bytes>) {
        if self.last_seq.is_some_and(|last| last >= tick.seq) {
            return;
        }
        let missed = self.last_seq.is_some_and(|last| last + 1 < tick.seq);
        self.last_seq = Some(tick.seq);
        let tick_ms = self.station.settings().interval_ms.into();
        for (channel, subscription) in &mut self.subscriptions {
            if missed {
                subscription.holds = None;
            }
            if subscription.due(*channel, tick, tick_ms) {
                out.extend(subscription.frame(*channel, tick, self.scope, tick_ms));
            }
        }
        self.waiting.retain(|(id, key)| match methods::detail_answer(tick, *key) {
            Some(detail) => {
                out.push(methods::response(*id, detail));
                false
            }
            None => true,
        });
    }

    fn subscribe(&mut self, names: &[String], interval_ms: u64, out: &mut Vec<Bytes>) {
        let tick = self.station.latest();
        for name in names {
            let Some(channel) = Channel::named(name) else {
                out.push(error(unknown_channel(name)));
                continue;
            };
            if self.subscriptions.len() >= SUBSCRIPTIONS && !self.subscriptions.contains_key(&channel) {
                let message =
                    format!("a session holds {SUBSCRIPTIONS} subscriptions; unsubscribe from one first");
                out.push(error(ErrorBody::new(ErrorCode::TooMany, message)));
                continue;
            }
            let mut subscription = Subscription {
                interval_ms: interval_ms.max(channel.interval_ms()),
                sent_at_ms: None,
                holds: None,
                _want: self.station.want(channel),
            };
            // A key frame at once, from the last sample. Where there is none yet, the next tick brings it.
            if let Some(tick) = &tick {
                out.extend(subscription.frame(channel, tick, self.scope, 0));
            }
            self.subscriptions.insert(channel, subscription);
        }
        if self.last_seq.is_none() {
            self.last_seq = tick.map(|tick| tick.seq);
        }
    }

    fn unsubscribe(&mut self, names: &[String], out: &mut Vec<Bytes>) {
        for name in names {
            match Channel::named(name) {
                Some(channel) => drop(self.subscriptions.remove(&channel)),
                None => out.push(error(unknown_channel(name))),
            }
        }
    }

    fn request(&mut self, id: u64, method: &str, params: serde_json::Value, out: &mut Vec<Bytes>) {
        match methods::answer(&self.station, self.scope, id, method, params) {
            Ok(Answer::Now(bytes)) => out.push(bytes),
            Ok(Answer::AtNextTick(key)) if self.waiting.len() < REQUESTS_IN_FLIGHT => {
                if self.station.want_detail(key) {
                    self.waiting.push((id, key));
                } else {
                    out.push(failed(
                        id,
                        ErrorCode::Unavailable,
                        "too many viewers ask for details; ask again",
                    ));
                }
            }
            Ok(Answer::AtNextTick(_)) => {
                let message = format!("{REQUESTS_IN_FLIGHT} requests wait for an answer; wait for one first");
                out.push(failed(id, ErrorCode::TooMany, message));
            }
            Err(error) => out.push(failed(id, error.code, error.message)),
        }
    }
}

impl Subscription {
    /// Whether a frame is due at `tick`. Half a tick of lateness still counts as on time.
    fn due(&self, channel: Channel, tick: &Tick, tick_ms: u64) -> bool {
        let at = tick.snapshot.sampled_at_ms;
        let rested = match self.sent_at_ms {
            // A clock that was set back must not silence the channel until it catches up.
            Some(sent) if sent <= at => at - sent + tick_ms / 2 >= self.interval_ms,
            _ => true,
        };
        let something_new = match channel {
            Channel::Processes | Channel::Top => self.holds != Some(tick.table_number),
            Channel::Overview | Channel::SystemInfo | Channel::NetworkInterfaces => true,
        };
        rested && something_new
    }

    /// The frame that brings this viewer up to `tick`, and notes that it was sent.
    fn frame(&mut self, channel: Channel, tick: &Tick, scope: Scope, tick_ms: u64) -> Option<Bytes> {
        let (frame, now_holds) = match channel {
            Channel::Overview => {
                (tick.overview(self.holds != Some(tick.overview_epoch)), tick.overview_epoch)
            }
            Channel::Top => (tick.top()?, tick.table_number),
            Channel::Processes => {
                // Slower than the tick: what lies between is not kept, so each frame is a key frame.
                let in_step = self.interval_ms <= tick_ms;
                let follows = in_step && self.holds.is_some_and(|held| held + 1 == tick.table_number);
                let change = if follows { tick.table_change(scope) } else { None };
                (change.or_else(|| tick.table_key(scope))?, tick.table_number)
            }
            Channel::SystemInfo => (tick.system_info(), 0),
            Channel::NetworkInterfaces => (tick.interfaces(), 0),
        };
        self.holds = Some(now_holds);
        self.sent_at_ms = Some(tick.snapshot.sampled_at_ms);
        Some(frame)
    }
}

fn error(body: ErrorBody) -> Bytes {
    encode(&ServerMessage::Error(body)).into()
}

fn failed(id: u64, code: ErrorCode, message: impl Into<String>) -> Bytes {
    let error = Some(ErrorBody::new(code, message));
    encode(&ServerMessage::Response(Response { id, result: None, error })).into()
}

fn unknown_channel(name: &str) -> ErrorBody {
    let known = Channel::ALL.map(|channel| serde_json::to_value(channel).unwrap_or_default());
    let known: Vec<&str> = known.iter().filter_map(|name| name.as_str()).collect();
    let name: String = name.chars().take(40).collect();
    ErrorBody::new(
        ErrorCode::UnknownChannel,
        format!("there is no channel \"{name}\"; there are {}", known.join(", ")),
    )
}

/// What a carrier holds on to while it serves a session: the session, and the ticks as they come.
#[derive(Debug)]
pub struct Attached {
    /// The session.
    pub session: Session,
    /// Changes with each tick.
    pub ticks: tokio::sync::watch::Receiver<Option<Arc<Tick>>>,
    /// Becomes a reason when the station ends all sessions.
    pub farewell: tokio::sync::watch::Receiver<Option<Goodbye>>,
}
