//! Runs [`super::machine`]: opens sessions, waits, and passes on messages. Where the owner of the link takes no events,
//! this waits, and with it the machine.

use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;
use std::pin::Pin as Pinned;
use std::time::Duration;

use hyper::body::Bytes;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tracing::debug;
use wire::codec::foreign;
use wire::diagnosis::{Diagnosis, Probe};
use wire::message::Connected;
use wire::{Channel, ClientMessage, Goodbye, ServerMessage};

use super::attempt::{events_of, events_of_lost, is_blocked};
use super::events::{LinkEvent, LinkState, Target, Want};
use super::machine::Machine;
use super::state::{Action, Config, Event, Shown};
use crate::address::Address;
use crate::constants::RESPONSE_TIMEOUT;
use crate::poll::poll;
use crate::secrets::Known;
use crate::stream::{Lost, OpenError, Stream, enter, random};

/// Ids of our own pings; those of the owner of the link are lower.
const PINGS_FROM: u64 = 1 << 52;

type Waited<T> = Pinned<Box<dyn Future<Output = Result<T, OpenError>> + Send>>;

/// The link was dropped.
#[derive(Debug)]
struct Dropped;

/// One link. See the module.
pub(super) struct Driver {
    machine: Machine,
    begun: Instant,
    secure: bool,
    known: Option<Known>,
    wants: Vec<Want>,
    events: mpsc::Sender<LinkEvent>,
    outgoing: mpsc::Receiver<ClientMessage>,
    retry: watch::Receiver<Vec<Address>>,
    /// The address that is tried or used.
    address: Address,
    attempt: Option<Waited<Box<Stream>>>,
    stream: Option<Box<Stream>>,
    /// The address that answered without a WebSocket.
    blocked_at: Option<Address>,
    /// The channels that were asked for in this session.
    subscribed: BTreeSet<Channel>,
    poll: Option<(u64, Waited<Bytes>)>,
    last_ping: u64,
    /// When the next attempt is, as last reported.
    retry_told_ms: Option<u64>,
    /// It was reported that what is shown is old.
    stale_told: bool,
    /// It was reported that the machine said goodbye.
    away_told: bool,
}

/// What came first.
enum First {
    Dropped,
    Outgoing(Option<ClientMessage>),
    Retry(bool),
    Due,
    Opened(Result<Box<Stream>, OpenError>),
    Polled(Result<Bytes, OpenError>),
    Received(Result<ServerMessage, Lost>),
}

impl Driver {
    pub(super) fn new(
        target: Target,
        events: mpsc::Sender<LinkEvent>,
        outgoing: mpsc::Receiver<ClientMessage>,
        retry: watch::Receiver<Vec<Address>>,
    ) -> Self {
        let Target { addresses, secure, known, wants } = target;
        let address = addresses.first().cloned().unwrap_or_else(|| Address::new("", 0));
        let config = Config { addresses, proven: known.is_some(), ..Config::default() };
        Self {
            machine: Machine::new(config),
            begun: Instant::now(),
            secure,
            known,
            wants,
            events,
            outgoing,
            retry,
            address,
            attempt: None,
            stream: None,
            blocked_at: None,
            subscribed: BTreeSet::new(),
            poll: None,
            last_ping: PINGS_FROM,
            retry_told_ms: None,
            stale_told: false,
            away_told: false,
        }
    }

    /// Runs until the link is dropped.
    pub(super) async fn drive(mut self) {
        let Err(Dropped) = self.keep_up().await;
        let (now_ms, stream) = (self.now_ms(), self.stream.take());
        let last = self.machine.step(Event::Close, now_ms, fraction);
        if let (true, Some(stream)) = (last.contains(&Action::Close), stream) {
            stream.end().await;
        }
    }

    async fn keep_up(&mut self) -> Result<Infallible, Dropped> {
        self.emit_state(LinkState::Connecting).await?;
        self.take(vec![Event::Start]).await?;
        loop {
            let events = match self.first().await {
                First::Dropped | First::Outgoing(None) | First::Retry(false) => return Err(Dropped),
                First::Outgoing(Some(message)) => self.send(message).await,
                First::Retry(true) => vec![Event::Announced(self.retry.borrow_and_update().clone())],
                // Pings of the machine are received without an event.
                First::Due => self.last_received().into_iter().chain([Event::Time]).collect(),
                First::Opened(opened) => self.opened(opened).await?,
                First::Polled(polled) => self.polled(polled).await?,
                First::Received(received) => self.received(received).await?,
            };
            self.take(events).await?;
        }
    }

    /// Waits for whatever comes first.
    async fn first(&mut self) -> First {
        let due = self.machine.due_ms().map(|ms| self.begun + Duration::from_millis(ms));
        let is_live = self.stream.is_some();
        tokio::select! {
            biased;
            () = self.events.closed() => First::Dropped,
            message = self.outgoing.recv(), if is_live => First::Outgoing(message),
            changed = self.retry.changed() => First::Retry(changed.is_ok()),
            () = reached(due) => First::Due,
            opened = some(self.attempt.as_mut()) => {
                self.attempt = None;
                First::Opened(opened)
            }
            polled = some(self.poll.as_mut().map(|(_, poll)| poll)) => First::Polled(polled),
            received = recv(self.stream.as_deref_mut()) => First::Received(received),
        }
    }

    /// Gives `events` to the machine and performs its actions, which may cause further events.
    async fn take(&mut self, events: Vec<Event>) -> Result<(), Dropped> {
        let mut events = VecDeque::from(events);
        while let Some(event) = events.pop_front() {
            let ends = matches!(event, Event::Ended(_));
            let actions = self.machine.step(event, self.now_ms(), fraction);
            if ends {
                self.stream = None;
            }
            for action in actions {
                events.extend(self.perform(action).await?);
            }
            if !self.machine.polls() {
                self.poll = None;
            }
            self.emit_wait().await?;
        }
        Ok(())
    }

    async fn perform(&mut self, action: Action) -> Result<Vec<Event>, Dropped> {
        match action {
            Action::Open(address) => {
                self.address = address.clone();
                let (secure, known) = (self.secure, self.known.clone());
                self.attempt =
                    Some(Box::pin(
                        async move { enter(&address, secure, known.as_ref()).await.map(Box::new) },
                    ));
            }
            Action::Close => (self.attempt, self.stream) = (None, None),
            Action::Ping => {
                self.last_ping += 1;
                return Ok(self.send(ClientMessage::Ping { id: self.last_ping }).await);
            }
            Action::Poll(number) => {
                let address = self.blocked_at.clone().unwrap_or_else(|| self.address.clone());
                let (secure, known) = (self.secure, self.known.clone());
                let polling = async move {
                    let polled = timeout(2 * RESPONSE_TIMEOUT, poll(&address, secure, known.as_ref())).await;
                    polled.unwrap_or(Err(OpenError::Silent(address)))
                };
                self.poll = Some((number, Box::pin(polling)));
            }
            Action::Show(shown) => self.show(shown).await?,
        }
        Ok(Vec::new())
    }

    /// Sends a message in the session, if there is one.
    async fn send(&mut self, message: ClientMessage) -> Vec<Event> {
        let Some(stream) = &mut self.stream else { return Vec::new() };
        if let ClientMessage::Subscribe { channels, .. } = &message {
            self.subscribed.extend(channels.iter().filter_map(|name| Channel::named(name)));
        }
        match stream.send(&message).await {
            Ok(()) => vec![Event::Sent(message)],
            Err(lost) => events_of_lost(&self.address, lost),
        }
    }

    async fn opened(&mut self, opened: Result<Box<Stream>, OpenError>) -> Result<Vec<Event>, Dropped> {
        let stream = match opened {
            Ok(stream) => stream,
            Err(error) => {
                if is_blocked(&error) {
                    self.blocked_at = Some(error.address().clone());
                }
                return Ok(events_of(&error));
            }
        };
        let channels = stream.connected().channels.clone();
        if let Some(known) = &mut self.known {
            // Both ends have proven that it is the key between them.
            known.token.pin = known.token.pin.or(stream.pin());
        }
        self.stream = Some(stream);
        self.subscribed.clear();
        // Messages for the session before are of no use in this one.
        while self.outgoing.try_recv().is_ok() {}
        self.take(vec![Event::Connected(channels)]).await?;
        let mut events = Vec::new();
        for want in self.wants.clone() {
            let channels = vec![want.channel.name().to_owned()];
            let interval_ms = want.interval.map(|interval| interval.as_millis() as u64);
            events
                .extend(self.send(ClientMessage::Subscribe { channels, interval_ms, encoding: None }).await);
        }
        Ok(events)
    }

    async fn received(&mut self, received: Result<ServerMessage, Lost>) -> Result<Vec<Event>, Dropped> {
        match received {
            Ok(ServerMessage::Pong { id, .. }) if id >= PINGS_FROM => {}
            // Nobody asked for it, and it may have 4 MiB.
            Ok(ServerMessage::Frame(frame)) if !self.subscribed.contains(&frame.channel) => {}
            Ok(message) => {
                self.emit(LinkEvent::Message(message)).await?;
                // Nothing was received while the event waited to be taken.
                return Ok(vec![Event::Heard(self.now_ms())]);
            }
            Err(lost) => {
                let events = self.last_received().into_iter().chain(events_of_lost(&self.address, lost));
                return Ok(events.collect());
            }
        }
        Ok(self.last_received().into_iter().collect())
    }

    /// When anything was received last in this session.
    fn last_received(&self) -> Option<Event> {
        let received_at = self.stream.as_ref()?.received_at();
        Some(Event::Heard(received_at.saturating_duration_since(self.begun).as_millis() as u64))
    }

    async fn polled(&mut self, polled: Result<Bytes, OpenError>) -> Result<Vec<Event>, Dropped> {
        let Some((poll, _)) = self.poll.take() else { return Ok(Vec::new()) };
        match polled {
            Ok(body) => {
                self.take(vec![Event::Polled(poll)]).await?;
                match foreign(&body) {
                    Ok(polled) => self.emit(LinkEvent::Snapshot(polled)).await?,
                    // A newer machine may answer something else.
                    Err(error) => debug!(%error, "a sample was ignored"),
                }
                Ok(Vec::new())
            }
            Err(error) => {
                let unauthorized = matches!(error, OpenError::Unauthorized(_) | OpenError::Revoked(_));
                Ok(vec![Event::PollFailed { poll, unauthorized }])
            }
        }
    }

    // Events.

    async fn show(&mut self, shown: Shown) -> Result<(), Dropped> {
        let why = self.machine.why().clone();
        self.away_told = false;
        match shown {
            Shown::Connecting => self.emit_state(LinkState::Connecting).await,
            Shown::Live(address) => {
                self.stale_told = false;
                let Some(stream) = &self.stream else { return Ok(()) };
                let connected: Box<Connected> = Box::new(stream.connected().clone());
                let pin = stream.pin();
                self.emit_state(LinkState::Live { connected, address, pin }).await
            }
            Shown::Reconnecting { .. } | Shown::Offline { since_ms: None, .. } => self.emit_retry().await,
            Shown::Stale { .. } | Shown::Offline { .. } => {
                if !std::mem::replace(&mut self.stale_told, true) {
                    self.emit(LinkEvent::Stale).await?;
                }
                self.emit_retry().await
            }
            Shown::Polling => {
                self.stale_told = false;
                let address = self.blocked_at.as_ref().unwrap_or(&self.address);
                self.emit_state(LinkState::Polling(Probe::new(address, Diagnosis::Blocked))).await
            }
            Shown::Ended {
                reason: goodbye @ (Goodbye::Shutdown | Goodbye::Suspend | Goodbye::Update),
                ..
            } => {
                self.away_told = true;
                let retry_in = self.retry_in();
                self.emit_state(LinkState::Away { goodbye, retry_in }).await
            }
            Shown::WrongMachine(_) => {
                let retry_in = self.retry_in();
                self.emit_state(LinkState::WrongMachine { retry_in, why }).await
            }
            Shown::Ended { .. } | Shown::ToPair | Shown::Incompatible(_) => {
                self.emit_state(LinkState::Impossible(why)).await
            }
        }
    }

    /// A machine that said goodbye is shown as that; each attempt that failed since is reported all the same.
    async fn emit_wait(&mut self) -> Result<(), Dropped> {
        if self.away_told { self.emit_retry().await } else { Ok(()) }
    }

    /// Reports when the next attempt is, where that was not reported.
    async fn emit_retry(&mut self) -> Result<(), Dropped> {
        let retry_at_ms = self.machine.retry_at_ms();
        if retry_at_ms.is_none() || retry_at_ms == self.retry_told_ms {
            return Ok(());
        }
        let (retry_in, why) = (self.retry_in(), self.machine.why().clone());
        self.emit_state(LinkState::Reconnecting { retry_in, why }).await
    }

    /// In how long the next attempt is; counts as reported.
    fn retry_in(&mut self) -> Duration {
        self.retry_told_ms = self.machine.retry_at_ms();
        let retry_at_ms = self.retry_told_ms.unwrap_or(0);
        Duration::from_millis(retry_at_ms.saturating_sub(self.now_ms()))
    }

    async fn emit_state(&mut self, state: LinkState) -> Result<(), Dropped> {
        self.emit(LinkEvent::State(state)).await
    }

    async fn emit(&mut self, event: LinkEvent) -> Result<(), Dropped> {
        self.events.send(event).await.map_err(|_| Dropped)
    }

    fn now_ms(&self) -> u64 {
        self.begun.elapsed().as_millis() as u64
    }
}

async fn reached(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

async fn some<T>(waited: Option<&mut Waited<T>>) -> Result<T, OpenError> {
    match waited {
        Some(waited) => waited.await,
        None => std::future::pending().await,
    }
}

async fn recv(stream: Option<&mut Stream>) -> Result<ServerMessage, Lost> {
    match stream {
        Some(stream) => stream.recv().await,
        None => std::future::pending().await,
    }
}

/// A random number from 0 to 1; without any, every viewer waits for half the time.
fn fraction() -> f64 {
    random().map_or(0.5, |bytes| {
        let number = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        f64::from(number) / f64::from(u32::MAX)
    })
}
