//! One viewer: what it subscribed to, and what it has been sent. Both the window and the LAN server have sessions.
//!
//! A session has no queue. It remembers the last tick it sent, and takes the newest when its transport is ready; what it
//! missed is replaced by a key frame.
//!
//! An answer has the id of its request. What is in memory is answered at once. What has to be looked up elsewhere
//! is answered later ([`workers`](crate::workers)), in the order in which this session asked for it, and never before
//! earlier work of this session has ended; answers given at once, and frames, may overtake it.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::sync::oneshot::error::TryRecvError;
use wire::codec::{decode_client, encode_as};
use wire::limits::{REQUESTS_IN_FLIGHT, SUBSCRIPTIONS};
use wire::message::{ChannelInfo, Connected, ErrorBody, FrameRef, Response};
use wire::{
    Carrier, Channel, ClientMessage, Commands, Encoding, ErrorCode, Goodbye, Method, ProcessKey, Scope,
    ServerMessage, StreamReason,
};

use crate::clock;
use crate::demand::DemandGuard;
use crate::methods::{self, Answer};
use crate::registry::{Peer, SessionSlot};
use crate::station::Handle;
use crate::tick::Tick;
use crate::workers::{self, Answered, Work, WorkKind};

/// How often the list of sessions is sent anew when only its figures have changed.
const SESSIONS_EVERY_MS: u64 = 5_000;

/// One message for a viewer: text if JSON, binary if not. Frames share their bytes with all other viewers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// The message.
    pub bytes: Bytes,
    /// How it is encoded.
    pub encoding: Encoding,
}

impl Payload {
    /// `message`, encoded.
    pub fn of<M: Serialize>(encoding: Encoding, message: &M) -> Self {
        Self { bytes: encode_as(encoding, message).into(), encoding }
    }

    /// `message` as JSON.
    pub fn json<M: Serialize>(message: &M) -> Self {
        Self::of(Encoding::Json, message)
    }
}

/// An answer that came later, encoded as its request wanted it.
type Later = Result<(Bytes, Encoding), ErrorBody>;

/// One viewer's session. Dropping it ends it.
#[derive(Debug)]
pub struct Session {
    slot: Arc<SessionSlot>,
    scope: Scope,
    commands: Commands,
    station: Handle,
    encoding: Encoding,
    /// By channel, at most one each.
    subscriptions: Vec<(Channel, Subscription)>,
    /// Requests that the next tick answers.
    waiting: Vec<(u64, ProcessKey)>,
    /// Requests whose answer comes later, oldest first.
    later: Vec<(u64, Answered<Later>)>,
    /// Dropped with this session, which cancels the work that still waits for it.
    requester: Arc<()>,
    /// Notified when an answer is ready between two ticks.
    waker: Arc<Notify>,
    /// The last tick that was collected; a jump means that frames were missed.
    last_seq: Option<u64>,
    /// The last event it has seen, while it is subscribed to them.
    alerts_seen: Option<u64>,
    /// Epoch of the last report of access control it was sent, while it is subscribed to them.
    sharing_seen: Option<u64>,
}

#[derive(Debug)]
struct Subscription {
    interval_ms: u64,
    /// When its last frame was read, Unix milliseconds; `None` before the first.
    sent_at_ms: Option<u64>,
    /// Generation of what the viewer holds: `overview`'s epoch, the number of the process table, the epoch of
    /// the sessions.
    holds: Option<u64>,
    _demand: DemandGuard,
}

impl Handle {
    /// A session for `peer`.
    ///
    /// # Errors
    /// As [`Handle::admit`].
    pub fn attach(&self, peer: Peer) -> Result<Session, ErrorBody> {
        Ok(Session::new(self.clone(), self.admit(peer)?))
    }
}

impl Session {
    fn new(station: Handle, slot: SessionSlot) -> Self {
        Self {
            scope: slot.peer().scope,
            commands: slot.peer().commands(),
            slot: Arc::new(slot),
            station,
            encoding: Encoding::Json,
            subscriptions: Vec::new(),
            waiting: Vec::new(),
            later: Vec::new(),
            requester: Arc::new(()),
            waker: Arc::default(),
            last_seq: None,
            alerts_seen: None,
            sharing_seen: None,
        }
    }

    /// Names this session in logs.
    #[must_use]
    pub fn id(&self) -> &str {
        self.slot.client_id()
    }

    /// What this session may see.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Its slot, which counts what this session sends and receives.
    #[must_use]
    pub fn slot(&self) -> &Arc<SessionSlot> {
        &self.slot
    }

    /// Notified when an answer is ready between two ticks: [`Session::collect`] returns it. The transport of this
    /// session may notify it as well, to wake its own task.
    #[must_use]
    pub fn waker(&self) -> Arc<Notify> {
        Arc::clone(&self.waker)
    }

    /// The first message of a session. `mac` is the server's proof of its identity, where the viewer asked for one.
    #[must_use]
    pub fn connected_message(&self, mac: Option<String>) -> Payload {
        let tick_ms = self.station.settings().interval_ms.into();
        let channel = |name: Channel| ChannelInfo { name, interval_ms: name.interval_ms().max(tick_ms) };
        let open = Channel::ALL.into_iter().filter(|channel| channel.scope() <= self.scope());
        self.encoded(&ServerMessage::Connected(Box::new(Connected {
            protocol: wire::PROTOCOL,
            client_id: self.id().to_owned(),
            server_time_ms: clock::unix_ms(),
            scope: self.scope(),
            machine: wire::Machine::clone(&self.station.machine()),
            channels: open.map(channel).collect(),
            mac,
        })))
    }

    /// The last message of a session.
    #[must_use]
    pub fn goodbye(&self, reason: Goodbye) -> Payload {
        self.encoded(&ServerMessage::Goodbye { reason })
    }

    /// Handles a message of the viewer and pushes what can be answered at once.
    ///
    /// # Errors
    /// The reason to end the session: only a message past its bound is one. Everything else that is wrong is
    /// answered by an `error`, and the session goes on.
    pub fn receive(
        &mut self,
        encoding: Encoding,
        bytes: &[u8],
        out: &mut Vec<Payload>,
    ) -> Result<(), Goodbye> {
        match decode_client(encoding, bytes) {
            Err(error) if error.code == ErrorCode::TooLarge => return Err(Goodbye::TooLarge),
            Err(error) => out.push(self.error(error)),
            Ok(ClientMessage::Subscribe { channels, interval_ms, encoding }) => {
                self.set_encoding(encoding, out);
                self.subscribe(&channels, interval_ms, out);
            }
            Ok(ClientMessage::Unsubscribe { channels }) => self.unsubscribe(&channels, out),
            Ok(ClientMessage::Ping { id }) => {
                out.push(self.encoded(&ServerMessage::Pong { id, server_time_ms: clock::unix_ms() }));
            }
            Ok(ClientMessage::Request { id, method, params }) => self.request(id, &method, params, out),
            Ok(ClientMessage::Auth { .. }) => {
                out.push(self.error(StreamReason::BegunAlready.into()));
            }
        }
        Ok(())
    }

    /// Pushes the answers that became ready since the last call. Part of [`Session::collect`]; by itself where there
    /// is no tick yet.
    pub fn collect_answers(&mut self, out: &mut Vec<Payload>) {
        for (id, mut answered) in std::mem::take(&mut self.later) {
            let answer = match answered.try_recv() {
                Err(TryRecvError::Empty) => {
                    self.later.push((id, answered));
                    continue;
                }
                Ok(answer) => answer.and_then(|answer| answer),
                Err(TryRecvError::Closed) => Err(workers::no_answer()),
            };
            out.push(match answer {
                Ok((bytes, encoding)) => Payload { bytes, encoding },
                Err(error) => self.failed(id, error),
            });
        }
    }

    /// Pushes what there is to send to this viewer: answers, events, and frames of `tick`. To be called with the newest
    /// tick whenever the transport is ready to send.
    pub fn collect(&mut self, tick: &Tick, out: &mut Vec<Payload>) {
        self.collect_answers(out);
        self.push_alerts(out);
        self.push_sharing(tick, out);
        if self.last_seq.is_some_and(|last| last >= tick.seq) {
            return;
        }
        let missed = self.last_seq.map_or(0, |last| tick.seq - last - 1);
        self.last_seq = Some(tick.seq);
        for (channel, subscription) in &mut self.subscriptions {
            if missed > 0 {
                subscription.holds = None;
                if channel.interval_ms() == 0 {
                    self.slot.skipped(missed);
                }
            }
            if subscription.due(*channel, tick, &self.station) {
                let frame = subscription.frame(*channel, tick, self.commands, self.encoding, &self.station);
                out.extend(frame.map(|bytes| Payload { bytes, encoding: self.encoding }));
            }
        }
        self.waiting.retain(|(id, key)| match methods::detail_answer(tick, *key) {
            Some(detail) => {
                let bytes = methods::response(self.encoding, *id, detail);
                out.push(Payload { bytes, encoding: self.encoding });
                false
            }
            None => true,
        });
    }

    fn push_alerts(&mut self, out: &mut Vec<Payload>) {
        let Some(seen) = self.alerts_seen.filter(|seen| *seen != self.station.newest_alert()) else { return };
        let unseen = self.station.alerts_after(seen);
        if unseen.missed > 0 {
            let lagged = ServerMessage::Lagged { channel: Channel::Alerts, missed: unseen.missed };
            out.push(self.encoded(&lagged));
        }
        self.alerts_seen = Some(unseen.events.last().map_or(seen, |event| event.id));
        out.extend(unseen.events.into_iter().map(|event| self.encoded(&ServerMessage::Alert { event })));
    }

    fn push_sharing(&mut self, tick: &Tick, out: &mut Vec<Payload>) {
        let Some(seen) = self.sharing_seen else { return };
        let Some(access_control) = self.station.access_control() else { return };
        // Read before the report: a change in between is sent twice, never left out.
        let epoch = access_control.epoch();
        if epoch != seen {
            self.sharing_seen = Some(epoch);
            let (channel, seq) = (Channel::Sharing, tick.seq);
            let (sampled_at_ms, data) =
                (tick.snapshot.sampled_at_ms, &access_control.report(self.slot.peer()));
            out.push(self.encoded(&FrameRef { channel, seq, sampled_at_ms, key: true, data }));
        }
    }

    fn set_encoding(&mut self, encoding: Option<Encoding>, out: &mut Vec<Payload>) {
        let is_window = self.slot.peer().carrier == Carrier::Window;
        match encoding {
            Some(Encoding::Msgpack) if is_window => {
                out.push(self.error(StreamReason::JsonOnly.into()));
            }
            Some(encoding) => self.encoding = encoding,
            None => {}
        }
    }

    fn encoded<M: Serialize>(&self, message: &M) -> Payload {
        Payload::of(self.encoding, message)
    }

    fn error(&self, body: ErrorBody) -> Payload {
        self.encoded(&ServerMessage::Error(body))
    }

    fn failed(&self, id: u64, error: ErrorBody) -> Payload {
        self.encoded(&ServerMessage::Response(Response { id, result: None, error: Some(error) }))
    }

    fn subscribe(&mut self, names: &[String], interval_ms: Option<u64>, out: &mut Vec<Payload>) {
        if names.len() > SUBSCRIPTIONS {
            let (count, most) = (names.len(), SUBSCRIPTIONS);
            out.push(self.error(StreamReason::TooManyChannels { count, most }.into()));
            return;
        }
        let tick = self.station.latest();
        for (at, name) in names.iter().enumerate() {
            // A channel that is named again would be sent again.
            if names[..at].contains(name) {
                continue;
            }
            let Some(channel) = Channel::named(name) else {
                out.push(self.error(unknown_channel(name)));
                continue;
            };
            if channel.scope() > self.scope() {
                let channel = channel.name().to_owned();
                out.push(self.error(StreamReason::ChannelNeedsControl { channel }.into()));
                continue;
            }
            if channel == Channel::Alerts && self.alerts_seen.is_none() {
                self.alerts_seen = Some(self.station.newest_alert());
            }
            if channel == Channel::Sharing {
                // No report has this epoch: the next one is sent.
                self.sharing_seen = Some(u64::MAX);
                if let Some(tick) = &tick {
                    self.push_sharing(tick, out);
                }
            }
            let mut subscription = Subscription {
                interval_ms: channel.pace_ms(interval_ms),
                sent_at_ms: None,
                holds: None,
                _demand: self.station.demand(channel),
            };
            // A key frame at once, from the last sample. Where there is none yet, it comes with the next tick.
            if let Some(tick) = &tick {
                let frame = subscription.frame(channel, tick, self.commands, self.encoding, &self.station);
                out.extend(frame.map(|bytes| Payload { bytes, encoding: self.encoding }));
            }
            self.subscriptions.retain(|(known, _)| *known != channel);
            self.subscriptions.push((channel, subscription));
        }
        if self.last_seq.is_none() {
            self.last_seq = tick.map(|tick| tick.seq);
        }
        self.list_channels();
    }

    fn unsubscribe(&mut self, names: &[String], out: &mut Vec<Payload>) {
        for name in names.iter().take(SUBSCRIPTIONS) {
            match Channel::named(name) {
                Some(channel) => {
                    self.subscriptions.retain(|(known, _)| *known != channel);
                    if channel == Channel::Alerts {
                        self.alerts_seen = None;
                    }
                    if channel == Channel::Sharing {
                        self.sharing_seen = None;
                    }
                }
                None => out.push(self.error(unknown_channel(name))),
            }
        }
        self.list_channels();
    }

    fn list_channels(&self) {
        self.slot.subscribed(self.subscriptions.iter().map(|(channel, _)| channel.name()));
    }

    fn request(&mut self, id: u64, name: &str, params: Value, out: &mut Vec<Payload>) {
        match self.answer(id, name, params) {
            Ok(Some(bytes)) => out.push(Payload { bytes, encoding: self.encoding }),
            Ok(None) => {}
            Err(error) => out.push(self.failed(id, error)),
        }
    }

    /// The answer to a request; `None` where it comes with the next tick, or later.
    fn answer(&mut self, id: u64, name: &str, params: Value) -> Result<Option<Bytes>, ErrorBody> {
        let encoding = self.encoding;
        let (method, access_control) = match (Method::named(name), self.station.access_control()) {
            (Some(method), Some(control)) if method.is_owners() => (method, control),
            (Some(method), _) if !method.is_owners() => return self.answer_of_sampled(id, method, params),
            (_, control) => return Err(methods::unknown(name, control.is_some())),
        };
        let (kind, peer) = (access_control.kind_of(method), self.slot.peer().clone());
        let answer = move || {
            let result = access_control.answer(&peer, method, &params)?;
            Ok(methods::response(encoding, id, &result))
        };
        self.answer_later(id, kind, answer).map(|()| None)
    }

    fn answer_of_sampled(
        &mut self,
        id: u64,
        method: Method,
        params: Value,
    ) -> Result<Option<Bytes>, ErrorBody> {
        match methods::answer(&self.station, self.commands, self.encoding, id, method, params)? {
            Answer::Now(bytes) => Ok(Some(bytes)),
            Answer::AtNextTick(key) => self.answer_at_next_tick(id, key).map(|()| None),
            Answer::Later(answer) => self.answer_later(id, WorkKind::Query, answer).map(|()| None),
        }
    }

    fn answer_at_next_tick(&mut self, id: u64, key: ProcessKey) -> Result<(), ErrorBody> {
        self.check_in_flight()?;
        if !self.station.request_detail(key) {
            return Err(StreamReason::TooManyDetails.into());
        }
        self.waiting.push((id, key));
        Ok(())
    }

    fn answer_later(
        &mut self,
        id: u64,
        kind: WorkKind,
        answer: impl FnOnce() -> Result<Bytes, ErrorBody> + Send + 'static,
    ) -> Result<(), ErrorBody> {
        self.check_in_flight()?;
        let (encoding, waker) = (self.encoding, self.waker());
        let peer = self.slot.peer();
        let work =
            Work::session(self.slot.number(), peer.address, kind, peer.is_owner()).paid_by(peer.payer());
        let answer = move || answer().map(|bytes| (bytes, encoding));
        let answered =
            self.station.workers().submit(work, &self.requester, answer, move || waker.notify_one());
        self.later.push((id, answered));
        Ok(())
    }

    fn check_in_flight(&self) -> Result<(), ErrorBody> {
        if self.waiting.len() + self.later.len() < REQUESTS_IN_FLIGHT {
            return Ok(());
        }
        Err(StreamReason::RequestsInFlight { most: REQUESTS_IN_FLIGHT }.into())
    }
}

impl Subscription {
    /// Whether a frame is due at `tick`. Half a tick of lateness still counts as on time.
    fn due(&self, channel: Channel, tick: &Tick, station: &Handle) -> bool {
        let at = tick.snapshot.sampled_at_ms;
        let rested_for = |interval_ms: u64| match self.sent_at_ms {
            // A clock that was set back must not silence the channel until it catches up.
            Some(sent) if sent <= at => at - sent + tick.interval_ms() / 2 >= interval_ms,
            _ => true,
        };
        let something_new = match channel {
            Channel::Processes | Channel::Top => self.holds != Some(tick.table_number),
            Channel::Sessions => {
                self.holds != Some(station.sessions_epoch()) || rested_for(SESSIONS_EVERY_MS)
            }
            Channel::Overview | Channel::SystemInfo | Channel::NetworkInterfaces | Channel::Summary => true,
            // Sent as they change, between two ticks too: see `collect`.
            Channel::Alerts | Channel::Sharing => false,
        };
        something_new && rested_for(self.interval_ms)
    }

    /// The frame that brings this viewer up to `tick`, and notes that it was sent.
    fn frame(
        &mut self,
        channel: Channel,
        tick: &Tick,
        commands: Commands,
        encoding: Encoding,
        station: &Handle,
    ) -> Option<Bytes> {
        let (frame, now_holds) = match channel {
            Channel::Overview => {
                (tick.overview(self.holds != Some(tick.overview_epoch), encoding), tick.overview_epoch)
            }
            Channel::Top => (tick.top(encoding)?, tick.table_number),
            Channel::Processes => {
                // Slower than the tick: what lies between is not kept, so each frame is a key frame.
                let in_step = self.interval_ms <= tick.interval_ms();
                let follows = in_step && self.holds.is_some_and(|held| held + 1 == tick.table_number);
                let change = if follows { tick.table_change(commands, encoding) } else { None };
                (change.or_else(|| tick.table_key(commands, encoding))?, tick.table_number)
            }
            Channel::SystemInfo => (tick.system_info(encoding), 0),
            Channel::NetworkInterfaces => (tick.interfaces(encoding), 0),
            Channel::Summary => (tick.summary(encoding), 0),
            Channel::Sessions => sessions(tick, encoding, station),
            Channel::Alerts | Channel::Sharing => return None,
        };
        self.holds = Some(now_holds);
        self.sent_at_ms = Some(tick.snapshot.sampled_at_ms);
        Some(frame)
    }
}

/// The list of sessions: encoded for this one viewer, because only the owner may ask for it.
fn sessions(tick: &Tick, encoding: Encoding, station: &Handle) -> (Bytes, u64) {
    let (epoch, data) = (station.sessions_epoch(), station.report());
    let (channel, seq) = (Channel::Sessions, tick.seq);
    let frame = FrameRef { channel, seq, sampled_at_ms: tick.snapshot.sampled_at_ms, key: true, data: &data };
    (encode_as(encoding, &frame).into(), epoch)
}

fn unknown_channel(name: &str) -> ErrorBody {
    let name: String = name.chars().take(40).collect();
    let known = Channel::ALL.iter().map(|channel| channel.name().to_owned()).collect();
    StreamReason::UnknownChannel { name, known }.into()
}
