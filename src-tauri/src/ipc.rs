//! The window's connection to the station: the same sessions and messages as over the network, by two commands.
//!
//! `send` takes one message of the page. `next` answers with all that waits for it, a line each, in one raw body;
//! where nothing waits it answers when something comes, or with nothing after [`PULL_WAIT`]. One `next` is in
//! flight for each page, so a page that stalls stalls nothing but itself. Nothing is pushed: per-frame events
//! would evaluate fresh script each time, and queue without bound while a page hangs.
//!
//! A page that is loaded again has a new session id; the old session ends when it was not pulled for [`PULL_TIMEOUT`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use station::{Handle, Payload, Peer, Session, Tick};
use tauri::ipc::{InvokeBody, Request, Response};
use tauri::{State, WebviewWindow};
use tokio::sync::{Notify, watch};
use tokio_util::task::AbortOnDropHandle;
use tracing::{debug, warn};
use wire::limits::{FRAME_BYTES, ID_CHARS, PULL_TIMEOUT, PULL_WAIT};
use wire::message::ErrorBody;
use wire::{Carrier, Encoding, ErrorCode, Goodbye, Scope};

use crate::window;

/// Sessions at once. There is one page; the others are those it had before it was loaded again.
const SESSIONS: usize = 8;
/// Bound on what waits for a page that sends and never pulls. A page that pulls has a few answers waiting at most.
const WAITING_BYTES: usize = 2 * FRAME_BYTES;
/// The header of `send` that names the session; its body is the message itself.
const SESSION_HEADER: &str = "session";

/// All sessions of the window.
#[derive(Debug)]
pub(crate) struct IpcSessions {
    pages: Arc<PageSessions>,
    _sweeper: AbortOnDropHandle<()>,
}

#[derive(Debug)]
struct PageSessions {
    station: Handle,
    /// What the page may do.
    scope: Scope,
    by_id: Mutex<HashMap<String, Arc<PageSession>>>,
    /// When a page pulled last; at first, when this was made.
    attended_at: Mutex<Instant>,
}

/// One session and what waits for its page.
#[derive(Debug)]
struct PageSession {
    state: Mutex<SessionState>,
    /// Notified when an answer waits, given at once or later. It is the session's waker.
    answered: Arc<Notify>,
    close_reason: watch::Receiver<Option<Goodbye>>,
}

#[derive(Debug)]
struct SessionState {
    session: Session,
    waiting: Vec<Payload>,
    /// A `next` is in flight.
    pulling: bool,
    pulled_at: Instant,
    /// The session is over; what waits is its goodbye.
    over: bool,
}

impl IpcSessions {
    /// No sessions yet, for a page that may do what `scope` allows. To be called within the runtime.
    pub(crate) fn new(station: Handle, scope: Scope) -> Self {
        let pages = Arc::new(PageSessions::new(station, scope));
        let swept = Arc::clone(&pages);
        let sweep = async move {
            loop {
                tokio::time::sleep(PULL_WAIT).await;
                swept.sweep(Instant::now());
            }
        };
        let sweeper = tokio::runtime::Handle::current().spawn(sweep);
        Self { pages, _sweeper: AbortOnDropHandle::new(sweeper) }
    }

    /// How long no page has pulled. A `next` in flight is shorter than [`PULL_WAIT`].
    pub(crate) fn unattended_for(&self, now: Instant) -> Duration {
        self.pages.unattended_for(now)
    }
}

/// Takes one message of the page, as raw bytes.
#[tauri::command]
pub(crate) async fn send(request: Request<'_>, sessions: State<'_, IpcSessions>) -> Result<(), ErrorBody> {
    let id = request.headers().get(SESSION_HEADER).and_then(|id| id.to_str().ok()).unwrap_or_default();
    match request.body() {
        InvokeBody::Raw(message) => sessions.pages.receive(id, message),
        // The raw body was refused by WebKit or the CSP, and Tauri uses its slow fallback for the rest of the run.
        InvokeBody::Json(body) => {
            warn!("messages of the page arrive as JSON arrays: the ipc protocol is blocked");
            let message: Vec<u8> = serde_json::from_value(body.clone()).map_err(|error| {
                ErrorBody::new(ErrorCode::BadMessage, format!("a message is raw bytes: {error}"))
            })?;
            sessions.pages.receive(id, &message)
        }
    }
}

/// Answers with what waits for the page. A session of an unknown id begins.
#[tauri::command]
pub(crate) async fn next(
    session: String,
    window: WebviewWindow,
    sessions: State<'_, IpcSessions>,
) -> Result<Response, ErrorBody> {
    sessions.pages.next(&session, || window::in_sight(&window)).await.map(Response::new)
}

impl PageSessions {
    fn new(station: Handle, scope: Scope) -> Self {
        Self { station, scope, by_id: Mutex::default(), attended_at: Mutex::new(Instant::now()) }
    }

    fn unattended_for(&self, now: Instant) -> Duration {
        now.saturating_duration_since(*self.attended_at.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn receive(&self, id: &str, message: &[u8]) -> Result<(), ErrorBody> {
        let page = self.lock().get(id).cloned();
        let page = page.ok_or_else(|| {
            ErrorBody::new(ErrorCode::NotFound, "this session has ended; the next pull begins another")
        })?;
        let mut state = page.lock();
        let SessionState { session, waiting, .. } = &mut *state;
        let received = session.receive(Encoding::Json, message, waiting);
        session.slot().received();
        let too_much = waiting.iter().map(|payload| payload.bytes.len()).sum::<usize>() > WAITING_BYTES;
        match received {
            Err(reason) => state.end(reason),
            Ok(()) if too_much => state.end(Goodbye::Slow),
            Ok(()) => {}
        }
        page.answered.notify_one();
        Ok(())
    }

    /// What waits for session `id`, as lines. `in_sight` says whether the page is visible: a hidden page gets nothing, and
    /// the answer is empty.
    async fn next(&self, id: &str, in_sight: impl Fn() -> bool) -> Result<Vec<u8>, ErrorBody> {
        let page = self.page_session(id)?;
        let _pull = Pull::begin(&page)?;
        *self.attended_at.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        let (mut ticks, mut wakes) = (self.station.ticks(), self.station.wakes());
        let mut close_reason = page.close_reason.clone();
        let waited = tokio::time::timeout(PULL_WAIT, async {
            loop {
                let closing = *close_reason.borrow_and_update();
                let newest = ticks.borrow_and_update().clone();
                wakes.mark_unchanged();
                let in_sight = in_sight();
                if let Some(lines) = page.lock().take(newest.as_deref(), closing, in_sight) {
                    return lines;
                }
                tokio::select! {
                    () = page.answered.notified() => {}
                    Ok(()) = close_reason.changed() => {}
                    Ok(()) = ticks.changed() => {}
                    Ok(()) = wakes.changed() => {}
                }
            }
        });
        let lines = waited.await.unwrap_or_default();
        if page.lock().over {
            self.lock().remove(id);
        }
        Ok(lines)
    }

    /// The session `id`, which begins where there is none.
    fn page_session(&self, id: &str) -> Result<Arc<PageSession>, ErrorBody> {
        if id.is_empty() || id.len() > ID_CHARS {
            let message = format!("a session id has 1 to {ID_CHARS} characters");
            return Err(ErrorBody::new(ErrorCode::BadParams, message));
        }
        let mut by_id = self.lock();
        if let Some(page) = by_id.get(id) {
            return Ok(Arc::clone(page));
        }
        if by_id.len() >= SESSIONS {
            // The oldest is of a page that was loaded again.
            let idle = by_id.iter().filter(|(_, page)| !page.lock().pulling);
            let oldest = idle.min_by_key(|(_, page)| page.lock().pulled_at).map(|(id, _)| id.clone());
            let oldest = oldest.ok_or_else(|| {
                ErrorBody::new(ErrorCode::TooMany, format!("{SESSIONS} sessions of this window are in use"))
            })?;
            by_id.remove(&oldest);
        }
        let peer =
            Peer { carrier: Carrier::Window, address: None, scope: self.scope, arguments: true, token: None };
        let (session, close_reason) = (self.station.attach(peer)?, self.station.close_reason());
        debug!(session = session.id(), "a page begins");
        let (waiting, answered) = (vec![session.connected_message(None)], session.waker());
        let state = SessionState { session, waiting, pulling: false, pulled_at: Instant::now(), over: false };
        let page = Arc::new(PageSession { state: Mutex::new(state), answered, close_reason });
        by_id.insert(id.to_owned(), Arc::clone(&page));
        Ok(page)
    }

    /// Ends the sessions that are not pulled any more.
    fn sweep(&self, now: Instant) {
        self.lock().retain(|_, page| {
            let state = page.lock();
            let pulled = state.pulling || now.saturating_duration_since(state.pulled_at) < PULL_TIMEOUT;
            if !pulled {
                debug!(session = state.session.id(), "this session was not pulled in time");
            }
            pulled
        });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<PageSession>>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PageSession {
    fn lock(&self) -> MutexGuard<'_, SessionState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionState {
    fn take(
        &mut self,
        newest: Option<&Tick>,
        close_reason: Option<Goodbye>,
        in_sight: bool,
    ) -> Option<Vec<u8>> {
        if let Some(reason) = close_reason {
            self.end(reason);
        }
        if !self.over && !in_sight {
            return None;
        }
        match newest {
            _ if self.over => {}
            Some(tick) => self.session.collect(tick, &mut self.waiting),
            None => self.session.collect_answers(&mut self.waiting),
        }
        if self.waiting.is_empty() {
            return None;
        }
        let bytes = self.waiting.iter().map(|payload| payload.bytes.len()).sum();
        self.session.slot().sent(self.waiting.len(), bytes);
        Some(lines(self.waiting.drain(..)))
    }

    fn end(&mut self, reason: Goodbye) {
        if !self.over {
            self.over = true;
            self.waiting = vec![self.session.goodbye(reason)];
        }
    }
}

/// A `next` in flight. However it ends, the session is free for another and knows when it was pulled.
struct Pull<'a>(&'a PageSession);

impl<'a> Pull<'a> {
    fn begin(page: &'a PageSession) -> Result<Self, ErrorBody> {
        let mut state = page.lock();
        if state.pulling {
            return Err(ErrorBody::new(ErrorCode::TooMany, "one pull of a session is in flight already"));
        }
        state.pulling = true;
        Ok(Self(page))
    }
}

impl Drop for Pull<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.pulling = false;
        state.pulled_at = Instant::now();
    }
}

fn lines(messages: impl Iterator<Item = Payload>) -> Vec<u8> {
    let mut lines = Vec::new();
    for message in messages {
        lines.extend_from_slice(&message.bytes);
        lines.push(b'\n');
    }
    lines
}

#[cfg(test)]
#[path = "ipc/tests.rs"]
mod tests;
