//! A session with a machine that is kept up: what is lost is opened again, and why there is none is told. This is
//! what the protocol calls the behaviour of a client; the page of the window does the same.
//!
//! In reading order: [`attempt`] (one try) → [`backoff`] (when the next one is) → [`watchdog`] (who went silent) →
//! [`polling`] (without a WebSocket). Here is how they play together.

mod attempt;
mod backoff;
mod polling;
mod watchdog;

use std::time::Duration;

use hyper::body::Bytes;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use wire::diagnosis::{Diagnosis, Probe};
use wire::link::STALE_AFTER;
use wire::message::Connected;
use wire::pin::Pin;
use wire::{Channel, ClientMessage, Goodbye, ServerMessage};

use self::attempt::{Failure, Route};
use self::backoff::Backoff;
use self::polling::Polling;
use self::watchdog::{Bark, QUIET, Watchdog};
use super::address::Address;
use super::probe;
use super::secrets::Known;
use super::stream::{Lost, Stream, random};

/// Events that may wait for whoever takes them. A message may have 4 MiB: what is behind them waits in the network.
const EVENTS: usize = 8;
/// Messages that may wait to be said.
const COMMANDS: usize = 16;
/// A session that lasted this long is begun anew at once, where the machine asks for it; one that did not, after a
/// while, so that nobody is kept busy by it.
const LASTED: Duration = Duration::from_secs(5);
/// A machine that is there answers within this time; an attempt that takes longer is begun anew for whoever is in a
/// hurry.
const SLOW: Duration = Duration::from_millis(250);
/// How long the end of a session is waited for.
const FAREWELL: Duration = Duration::from_secs(2);
/// Ids of our own pings; those of whoever has the link are lower.
const PINGS_FROM: u64 = 1 << 52;

/// Which machine, and what of it.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where it may be, the most promising first.
    pub addresses: Vec<Address>,
    /// Its links are encrypted.
    pub secure: bool,
    /// Who it has to be, and what opens it; `None` for one that lets in anybody.
    pub known: Option<Known>,
    /// What is subscribed to, in each session anew.
    pub wants: Vec<Want>,
}

/// A channel, and how often it is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    /// Which.
    pub channel: Channel,
    /// Time between two frames; `None`: as the channel has it.
    pub interval: Option<Duration>,
}

/// How the link is.
#[derive(Debug, Clone, PartialEq)]
pub enum LinkState {
    /// The first attempt is under way.
    Connecting,
    /// A session is open.
    Live {
        /// What the machine said first.
        connected: Box<Connected>,
        /// Where it answered.
        address: Address,
        /// The key that encrypts the link. One that was not known before may be kept with the token.
        pin: Option<Pin>,
    },
    /// Something blocks the session; numbers come every 5 s all the same.
    Polling(Probe),
    /// There is no session, and the next attempt is later.
    Reconnecting {
        /// When, from now.
        retry_in: Duration,
        /// Why there is none.
        why: Probe,
    },
    /// The machine took its leave, and is looked for again.
    Away {
        /// It sleeps (`suspend`), was shut down, or updates itself.
        goodbye: Goodbye,
        /// When the next attempt is, from now.
        retry_in: Duration,
    },
    /// Trying again is of no use, and is not done before somebody is in a hurry: see [`Link::hurry`].
    Impossible(Probe),
}

/// What the link tells.
#[derive(Debug, Clone, PartialEq)]
pub enum LinkEvent {
    /// It is different.
    State(LinkState),
    /// The machine said something.
    Message(ServerMessage),
    /// The last sample, whole, while polling: a [`wire::message::SnapshotBody`] in JSON.
    Snapshot(Bytes),
    /// Nothing new came for half a minute, and there is no session: what is shown is old. Told once.
    Stale,
}

/// A session that is kept up. Dropping it ends it.
#[derive(Debug)]
pub struct Link {
    events: mpsc::Receiver<LinkEvent>,
    commands: mpsc::Sender<ClientMessage>,
    found: watch::Sender<Vec<Address>>,
    task: JoinSet<()>,
}

impl Link {
    /// Opens a session, and keeps it up from now on.
    #[must_use]
    pub fn start(target: Target) -> Self {
        let (sender, events) = mpsc::channel(EVENTS);
        let (commands, said) = mpsc::channel(COMMANDS);
        let (found, hurry) = watch::channel(Vec::new());
        let Target { addresses, secure, known, wants } = target;
        let keeper = Keeper {
            route: Route { addresses, secure, known },
            wants,
            events: sender,
            said,
            hurry,
            found: Vec::new(),
            backoff: Backoff::default(),
            polling: Polling::default(),
            news_at: None,
            told: None,
        };
        let mut task = JoinSet::new();
        task.spawn(keeper.keep());
        Self { events, commands, found, task }
    }

    /// What is told next. Whoever does not take it slows the machine down, for this link alone. Can be dropped and
    /// called again.
    pub async fn next(&mut self) -> Option<LinkEvent> {
        self.events.recv().await
    }

    /// Says something in the session; it is passed over where there is none, or more waits than can be said.
    pub fn say(&self, message: ClientMessage) {
        // Nobody relies on it: a request that is not answered is asked again by whoever wants the answer.
        drop(self.commands.try_send(message));
    }

    /// Tries at once: the network is back, or somebody looks. A session that is open is asked whether it lives.
    pub fn hurry(&self) {
        self.found.send_modify(|_| {});
    }

    /// The machine was found at these addresses: they are tried first, and at once.
    pub fn found(&self, addresses: Vec<Address>) {
        self.found.send_replace(addresses);
    }

    /// Takes leave of the machine.
    pub async fn end(self) {
        let Self { events, commands, found, mut task } = self;
        drop((commands, found, events));
        drop(tokio::time::timeout(FAREWELL, task.join_next()).await);
    }
}

/// Nobody has the link any more.
#[derive(Debug)]
struct Unwanted;

/// Keeps the session up.
#[derive(Debug)]
struct Keeper {
    route: Route,
    wants: Vec<Want>,
    events: mpsc::Sender<LinkEvent>,
    said: mpsc::Receiver<ClientMessage>,
    hurry: watch::Receiver<Vec<Address>>,
    /// Addresses that it was found at, and that are among those of the route already.
    found: Vec<Address>,
    backoff: Backoff,
    polling: Polling,
    /// When anything new came last; `None` where it was told that it is old, or nothing came yet.
    news_at: Option<Instant>,
    /// The state that was told last, while polling or on the way back.
    told: Option<LinkState>,
}

/// What comes after a session or an attempt.
#[derive(Debug)]
enum Then {
    /// The next one, at once.
    Anew,
    /// The next one, later.
    Later { why: Probe, goodbye: Option<Goodbye> },
    /// Nothing, before somebody is in a hurry.
    Never(Probe),
}

impl Keeper {
    async fn keep(mut self) {
        // Whoever has no link any more wants to hear nothing more.
        let Err(Unwanted) = self.keep_up().await;
    }

    async fn keep_up(&mut self) -> Result<std::convert::Infallible, Unwanted> {
        self.tell_state(LinkState::Connecting).await?;
        loop {
            let then = match self.attempt().await? {
                Ok((address, stream)) => {
                    self.route.prefer(&address);
                    self.polling.stop();
                    self.attend(&address, stream).await?
                }
                Err(Failure { why, is_final: true, .. }) => Then::Never(why),
                Err(Failure { why, blocked_at, .. }) => {
                    self.polling.failed(blocked_at);
                    Then::Later { why, goodbye: None }
                }
            };
            match then {
                Then::Anew => {}
                Then::Later { why, goodbye } => self.pause(why, goodbye).await?,
                Then::Never(why) => {
                    self.polling.stop();
                    self.tell_state(LinkState::Impossible(why)).await?;
                    self.hurry.mark_unchanged();
                    tokio::select! {
                        changed = self.hurry.changed() => changed.map_err(|_| Unwanted)?,
                        () = self.events.closed() => return Err(Unwanted),
                    }
                    self.take_found();
                }
            }
        }
    }

    /// One attempt; numbers are polled for meanwhile, where that was begun with. Who is in a hurry has it begin
    /// anew: what it waits for may be an address that is gone.
    async fn attempt(&mut self) -> Result<Result<(Address, Stream), Failure>, Unwanted> {
        let mut hurry = self.hurry.clone();
        loop {
            let route = self.route.clone();
            let slow_at = Instant::now() + SLOW;
            let mut attempt = std::pin::pin!(route.attempt());
            loop {
                let stale = self.stale_at();
                tokio::select! {
                    attempted = &mut attempt => return Ok(attempted),
                    () = hurried(&mut hurry, slow_at) => break,
                    polled = self.polling.turn(&route) => self.polled(polled).await?,
                    () = reached(stale) => self.grow_stale().await?,
                    () = self.events.closed() => return Err(Unwanted),
                }
            }
            self.take_found();
        }
    }

    /// Waits before the next attempt.
    async fn pause(&mut self, why: Probe, goodbye: Option<Goodbye>) -> Result<(), Unwanted> {
        let retry_after = why.retry_after_ms.map(Duration::from_millis);
        let pause = self.backoff.pause(fraction(), retry_after);
        let retry_in = pause.left();
        let away = goodbye.map(|goodbye| LinkState::Away { goodbye, retry_in });
        if !self.polling.is_on() {
            self.tell_state(away.unwrap_or(LinkState::Reconnecting { retry_in, why })).await?;
        }
        let mut hurry = self.hurry.clone();
        let mut over = std::pin::pin!(pause.over(&mut hurry));
        let route = self.route.clone();
        loop {
            let stale = self.stale_at();
            tokio::select! {
                () = &mut over => break,
                polled = self.polling.turn(&route) => self.polled(polled).await?,
                () = reached(stale) => self.grow_stale().await?,
                () = self.events.closed() => return Err(Unwanted),
            }
        }
        self.take_found();
        Ok(())
    }

    /// Begins with the addresses that were found, from the next attempt on.
    fn take_found(&mut self) {
        let found = self.hurry.borrow_and_update().clone();
        if found != self.found {
            found.iter().rev().for_each(|address| self.route.prefer(address));
            self.found = found;
        }
    }

    /// Serves one session to its end.
    async fn attend(&mut self, address: &Address, mut stream: Stream) -> Result<Then, Unwanted> {
        let begun = Instant::now();
        let interval = self.interval(stream.connected());
        let state = LinkState::Live {
            connected: Box::new(stream.connected().clone()),
            address: address.clone(),
            pin: stream.pin(),
        };
        self.tell_state(state).await?;
        let lost = match self.subscribe(&mut stream).await {
            Ok(()) => self.listen(&mut stream, interval).await,
            Err(lost) => Ok(lost),
        };
        self.news_at = Some(stream.heard_at());
        let lost = match lost {
            Ok(lost) => lost,
            Err(Unwanted) => {
                stream.end().await;
                return Err(Unwanted);
            }
        };
        let lasted = begun.elapsed();
        self.backoff.after_session(lasted);
        Ok(after(address, lost, lasted))
    }

    async fn subscribe(&self, stream: &mut Stream) -> Result<(), Lost> {
        for want in &self.wants {
            let channels = vec![want.channel.name().to_owned()];
            let interval_ms = want.interval.map(|interval| interval.as_millis() as u64);
            stream.say(&ClientMessage::Subscribe { channels, interval_ms, encoding: None }).await?;
        }
        Ok(())
    }

    /// Passes on what the machine says, until the session is over.
    async fn listen(&mut self, stream: &mut Stream, interval: Duration) -> Result<Lost, Unwanted> {
        let mut watchdog = Watchdog::new(interval);
        let mut ping = PINGS_FROM;
        self.hurry.mark_unchanged();
        // What was to be said in the session before is of no use in this one.
        while self.said.try_recv().is_ok() {}
        loop {
            tokio::select! {
                biased;
                () = self.events.closed() => return Err(Unwanted),
                said = self.said.recv() => {
                    let Some(message) = said else { return Err(Unwanted) };
                    if let Err(lost) = stream.say(&message).await {
                        return Ok(lost);
                    }
                }
                changed = self.hurry.changed() => {
                    changed.map_err(|_| Unwanted)?;
                    watchdog.doubt();
                }
                () = sleep_until(watchdog.due()) => {
                    watchdog.heard(stream.heard_at());
                    match watchdog.bark() {
                        Bark::Nothing => {}
                        Bark::Ask => {
                            ping += 1;
                            if let Err(lost) = stream.say(&ClientMessage::Ping { id: ping }).await {
                                return Ok(lost);
                            }
                        }
                        Bark::Gone => return Ok(Lost::Silent),
                    }
                }
                heard = stream.hear() => match heard {
                    Ok(ServerMessage::Pong { id, .. }) if id >= PINGS_FROM => watchdog.heard(stream.heard_at()),
                    Ok(message) => {
                        self.tell(LinkEvent::Message(message)).await?;
                        // Whoever takes it may have taken their time, in which nothing was listened to.
                        watchdog.heard(Instant::now());
                    }
                    Err(lost) => return Ok(lost),
                },
            }
        }
    }

    /// How often something comes at least in this session.
    fn interval(&self, connected: &Connected) -> Duration {
        let own = |channel| {
            let told = connected.channels.iter().find(|told| told.name == channel);
            told.map(|told| Duration::from_millis(told.interval_ms)).filter(|interval| !interval.is_zero())
        };
        let events =
            |want: &&Want| !matches!(want.channel, Channel::Alerts | Channel::Sessions | Channel::Sharing);
        let wanted = self.wants.iter().filter(events);
        let intervals = wanted.filter_map(|want| want.interval.or_else(|| own(want.channel)));
        intervals.min().unwrap_or(QUIET)
    }

    async fn polled(&mut self, polled: Result<Bytes, super::stream::OpenError>) -> Result<(), Unwanted> {
        match polled {
            Ok(body) => {
                if !matches!(self.told, Some(LinkState::Polling(_))) {
                    let address = self.route.addresses.first();
                    let why = address
                        .map_or_else(attempt::nowhere, |address| Probe::new(address, Diagnosis::Blocked));
                    self.tell_state(LinkState::Polling(why)).await?;
                }
                self.news_at = Some(Instant::now());
                self.tell(LinkEvent::Snapshot(body)).await
            }
            Err(error) => {
                let why = probe::of(&error);
                self.tell_state(LinkState::Reconnecting { retry_in: Duration::ZERO, why }).await
            }
        }
    }

    /// When what is shown is old.
    fn stale_at(&self) -> Option<Instant> {
        self.news_at.map(|at| at + STALE_AFTER)
    }

    async fn grow_stale(&mut self) -> Result<(), Unwanted> {
        self.news_at = None;
        self.tell(LinkEvent::Stale).await
    }

    async fn tell_state(&mut self, state: LinkState) -> Result<(), Unwanted> {
        self.told = Some(state.clone());
        self.tell(LinkEvent::State(state)).await
    }

    async fn tell(&self, event: LinkEvent) -> Result<(), Unwanted> {
        self.events.send(event).await.map_err(|_| Unwanted)
    }
}

/// What comes after a session at `address` that was lost after `lasted`.
fn after(address: &Address, lost: Lost, lasted: Duration) -> Then {
    match lost {
        Lost::Goodbye(Goodbye::Changed) if lasted >= LASTED => Then::Anew,
        Lost::Goodbye(reason @ (Goodbye::Revoked | Goodbye::Unauthorized)) => {
            Then::Never(probe::ended(address, reason))
        }
        Lost::Goodbye(reason) => {
            let leaves = matches!(reason, Goodbye::Suspend | Goodbye::Shutdown | Goodbye::Update);
            Then::Later { why: probe::ended(address, reason), goodbye: leaves.then_some(reason) }
        }
        lost => {
            let diagnosis = match lost {
                Lost::Silent => Diagnosis::WentSilent,
                lost => Diagnosis::Lost { detail: lost.to_string() },
            };
            Then::Later { why: Probe::new(address, diagnosis), goodbye: None }
        }
    }
}

/// Waits until somebody is in a hurry, and until `at`.
async fn hurried(hurry: &mut watch::Receiver<Vec<Address>>, at: Instant) {
    if hurry.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
    sleep_until(at).await;
}

async fn reached(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
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
