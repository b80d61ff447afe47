//! WebSockets that this program opens for the page, which may open none itself: its content policy lets it connect to
//! nothing. Both ends authenticate here; the page gets the machine's first message and all that follow, unread.
//!
//! `machine_socket_open` ([`super::links`]) connects to machines of the list only, at an address of theirs or one where they are found on
//! the network, and by the pinned key. [`machine_socket_next`] answers with all that waits for the page, of all its
//! sockets, in one raw body; one `next` is in flight. What waits is bounded: a socket is read no faster than the page
//! pulls. A page that is loaded again has another id, and the sockets of the one before are closed; so are those of a page
//! that has not pulled for [`PULL_TIMEOUT`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use client::raw_socket::{RawSocket, Received};
use tauri::State;
use tauri::ipc::{InvokeBody, Request, Response};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use tracing::debug;
use wire::codec::encode;
use wire::limits::{FRAME_BYTES, ID_CHARS, MACHINES, PULL_TIMEOUT, PULL_WAIT};
use wire::message::{Connected, ErrorBody};
use wire::{ErrorCode, ServerMessage};

/// Bound on what waits for the page, of all sockets together, in units of [`UNIT`].
const WAITING_UNITS: usize = 2 * FRAME_BYTES / UNIT;
/// Bytes that are counted as one unit. A shorter message counts as one.
const UNIT: usize = 1024;
/// Messages of the page that may wait for one socket.
const SAID: usize = 16;
/// How long the last messages of a socket that takes nothing any more are waited for.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Headers of `machine_socket_send`; its body is the message itself.
const PAGE_HEADER: &str = "page";
const SOCKET_HEADER: &str = "socket";
/// Kinds of what `machine_socket_next` answers with.
const MESSAGE: u8 = 0;
const CLOSED: u8 = 1;

/// The sockets of the page. One that is dropped is closed.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    page: Mutex<Option<Arc<Page>>>,
}

/// One page and its sockets.
#[derive(Debug)]
pub(super) struct Page {
    id: String,
    open: Mutex<HashMap<u32, Carried>>,
    waiting: Arc<Waiting>,
    pulled: Mutex<Pulled>,
}

#[derive(Debug)]
struct Pulled {
    at: Instant,
    /// A `next` is in flight.
    now: bool,
}

#[derive(Debug)]
struct Carried {
    /// `None` while it is being opened.
    said: Option<mpsc::Sender<String>>,
    _task: Option<AbortOnDropHandle<()>>,
}

/// What waits for the page, as it is answered: number of the socket, kind, length, bytes.
#[derive(Debug)]
struct Waiting {
    bytes: Mutex<(Vec<u8>, usize)>,
    /// Permits for what waits; they are granted in the order in which they were asked for.
    room: Semaphore,
    came: Notify,
}

/// Takes one message of the page, as raw bytes.
#[tauri::command]
pub(crate) async fn machine_socket_send(
    request: Request<'_>,
    sockets: State<'_, Sockets>,
) -> Result<(), ErrorBody> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let bad = |what: String| ErrorBody::new(ErrorCode::BadMessage, what);
    let socket = header(SOCKET_HEADER).parse().map_err(|_| bad("no number of a socket".to_owned()))?;
    let message = match request.body() {
        InvokeBody::Raw(message) => message.clone(),
        // As in `send`: the raw way is blocked.
        InvokeBody::Json(body) => serde_json::from_value(body.clone())
            .map_err(|error| bad(format!("a message is raw bytes: {error}")))?,
    };
    let text = String::from_utf8(message).map_err(|_| bad("a message is text".to_owned()))?;
    sockets.existing(header(PAGE_HEADER))?.send(socket, text)
}

/// What waits for the page; nothing after [`PULL_WAIT`] without any.
#[tauri::command]
pub(crate) async fn machine_socket_next(
    page: String,
    sockets: State<'_, Sockets>,
) -> Result<Response, ErrorBody> {
    sockets.page(&page)?.next().await.map(Response::new)
}

/// Closes a socket, or gives up opening it.
#[tauri::command]
pub(crate) async fn machine_socket_close(
    page: String,
    socket: u32,
    sockets: State<'_, Sockets>,
) -> Result<(), ErrorBody> {
    if let Ok(page) = sockets.existing(&page) {
        page.open().remove(&socket);
    }
    Ok(())
}

impl Sockets {
    /// The page of this id; one that is loaded again replaces the one before, whose sockets are closed.
    pub(super) fn page(&self, id: &str) -> Result<Arc<Page>, ErrorBody> {
        if id.is_empty() || id.len() > ID_CHARS {
            let message = format!("the id of a page has 1 to {ID_CHARS} characters");
            return Err(ErrorBody::new(ErrorCode::BadParams, message));
        }
        let mut page = lock(&self.page);
        if let Some(page) = page.as_ref().filter(|page| page.id == id) {
            return Ok(Arc::clone(page));
        }
        if let Some(before) = page.take() {
            before.close();
        }
        Ok(Arc::clone(page.insert(Arc::new(Page::new(id)))))
    }

    fn existing(&self, id: &str) -> Result<Arc<Page>, ErrorBody> {
        let page = lock(&self.page).as_ref().filter(|page| page.id == id).map(Arc::clone);
        page.ok_or_else(no_socket)
    }

    /// Closes all sockets of a page that does not pull any more: it hangs, or is gone. To be called now and then.
    pub(crate) fn sweep(&self, now: Instant) {
        let mut page = lock(&self.page);
        if let Some(left) = page.take_if(|page| page.unattended_for(now) >= PULL_TIMEOUT) {
            debug!("nobody pulls the sockets of the page any more");
            left.close();
        }
    }
}

fn no_socket() -> ErrorBody {
    ErrorBody::new(ErrorCode::NotFound, "This socket is closed.")
}

impl Page {
    fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            open: Mutex::default(),
            waiting: Arc::new(Waiting::new()),
            pulled: Mutex::new(Pulled { at: Instant::now(), now: false }),
        }
    }

    pub(super) fn reserve(&self, socket: u32) -> Result<(), ErrorBody> {
        let mut open = self.open();
        if open.len() >= MACHINES {
            return Err(ErrorBody::new(ErrorCode::TooMany, format!("{MACHINES} sockets are open.")));
        }
        if open.contains_key(&socket) {
            return Err(ErrorBody::new(ErrorCode::BadParams, "This number is in use."));
        }
        open.insert(socket, Carried { said: None, _task: None });
        // It is pulled from now on, and was not meanwhile.
        lock(&self.pulled).at = Instant::now();
        Ok(())
    }

    /// Transports messages over `raw` from now on, unless it was closed meanwhile: first what the machine said.
    pub(super) fn opened(
        self: &Arc<Self>,
        socket: u32,
        raw: RawSocket,
        first: Connected,
    ) -> Result<(), ErrorBody> {
        let mut open = self.open();
        let carried = open.get_mut(&socket).ok_or_else(no_socket)?;
        let (said, outgoing) = mpsc::channel(SAID);
        // The page owns the task, which must not own the page.
        let (page, waiting) = (Arc::downgrade(self), Arc::clone(&self.waiting));
        let first = encode(&ServerMessage::Connected(Box::new(first)));
        let task = tauri::async_runtime::spawn(async move {
            waiting.put(socket, MESSAGE, &first).await;
            let code = transport(raw, outgoing, socket, &waiting).await;
            waiting.put(socket, CLOSED, &code.to_be_bytes()).await;
            if let Some(page) = page.upgrade() {
                page.open().remove(&socket);
            }
        });
        let tauri::async_runtime::JoinHandle::Tokio(task) = task;
        *carried = Carried { said: Some(said), _task: Some(AbortOnDropHandle::new(task)) };
        Ok(())
    }

    fn send(&self, socket: u32, text: String) -> Result<(), ErrorBody> {
        let said = self.open().get(&socket).and_then(|carried| carried.said.clone()).ok_or_else(no_socket)?;
        said.try_send(text).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                ErrorBody::new(ErrorCode::TooMany, format!("{SAID} messages wait for this socket."))
            }
            mpsc::error::TrySendError::Closed(_) => no_socket(),
        })
    }

    async fn next(&self) -> Result<Vec<u8>, ErrorBody> {
        {
            let mut pulled = lock(&self.pulled);
            if pulled.now {
                return Err(ErrorBody::new(ErrorCode::TooMany, "one pull is in flight already"));
            }
            *pulled = Pulled { at: Instant::now(), now: true };
        }
        let _pull = Pull(self);
        Ok(self.waiting.take(PULL_WAIT).await)
    }

    /// Gives up opening `socket`.
    pub(super) fn give_up(&self, socket: u32) {
        self.open().remove(&socket);
    }

    /// Closes all sockets, at once: a pull that is still in flight has a reference to the page, and would keep them open
    /// beside those of the page that replaced it.
    fn close(&self) {
        self.open().clear();
    }

    fn unattended_for(&self, now: Instant) -> Duration {
        let pulled = lock(&self.pulled);
        if pulled.now { Duration::ZERO } else { now.saturating_duration_since(pulled.at) }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u32, Carried>> {
        lock(&self.open)
    }
}

/// A `next` in flight. However it ends, the page is free for another.
struct Pull<'a>(&'a Page);

impl Drop for Pull<'_> {
    fn drop(&mut self) {
        *lock(&self.0.pulled) = Pulled { at: Instant::now(), now: false };
    }
}

/// Transports messages in both directions until one side ends it; the code with which the machine did.
async fn transport(
    mut raw: RawSocket,
    mut outgoing: mpsc::Receiver<String>,
    socket: u32,
    waiting: &Waiting,
) -> u16 {
    const BROKEN: u16 = 1006;
    loop {
        tokio::select! {
            said = outgoing.recv() => {
                let Some(text) = said else { return BROKEN };
                if raw.send(text).await.is_err() {
                    // Why it ends may have arrived before.
                    let rest = timeout(LAST_WORDS, receive_all(&mut raw, socket, waiting)).await;
                    return rest.unwrap_or(BROKEN);
                }
            }
            what = raw.recv() => match what {
                Received::Text(text) => waiting.put(socket, MESSAGE, text.as_bytes()).await,
                Received::Closed(code) => return code,
            },
        }
    }
}

/// Queues what still arrives; the code with which the machine ended it.
async fn receive_all(raw: &mut RawSocket, socket: u32, waiting: &Waiting) -> u16 {
    loop {
        match raw.recv().await {
            Received::Text(text) => waiting.put(socket, MESSAGE, text.as_bytes()).await,
            Received::Closed(code) => return code,
        }
    }
}

impl Waiting {
    fn new() -> Self {
        Self { bytes: Mutex::default(), room: Semaphore::new(WAITING_UNITS), came: Notify::new() }
    }

    /// Queues something for the page, once there is room for it.
    async fn put(&self, socket: u32, kind: u8, bytes: &[u8]) {
        let units = (bytes.len() / UNIT + 1).min(WAITING_UNITS);
        let Ok(room) = self.room.acquire_many(units as u32).await else { return };
        room.forget();
        let mut waiting = lock(&self.bytes);
        let (all, taken) = &mut *waiting;
        all.extend_from_slice(&socket.to_be_bytes());
        all.push(kind);
        all.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
        all.extend_from_slice(bytes);
        *taken += units;
        drop(waiting);
        self.came.notify_one();
    }

    /// All that waits; what comes within `wait` where nothing does.
    async fn take(&self, wait: Duration) -> Vec<u8> {
        let some = async {
            loop {
                let (bytes, units) = std::mem::take(&mut *lock(&self.bytes));
                self.room.add_permits(units);
                if !bytes.is_empty() {
                    return bytes;
                }
                self.came.notified().await;
            }
        };
        timeout(wait, some).await.unwrap_or_default()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_waits_is_bounded_and_what_comes_after_waits_for_the_page() {
        let waiting = Arc::new(Waiting::new());
        let message = vec![b'x'; FRAME_BYTES / 2];
        let putting = {
            let (waiting, message) = (Arc::clone(&waiting), message.clone());
            let all = async move {
                for socket in 0..20 {
                    waiting.put(socket, MESSAGE, &message).await;
                }
            };
            AbortOnDropHandle::new(tokio::runtime::Handle::current().spawn(all))
        };
        let mut numbers = Vec::new();
        while numbers.len() < 20 {
            let taken = waiting.take(PULL_WAIT).await;
            assert!(taken.len() <= 2 * FRAME_BYTES + 1024, "{} bytes waited", taken.len());
            let mut rest = &taken[..];
            while let Some((head, after)) = rest.split_first_chunk::<9>() {
                let number =
                    |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
                assert_eq!((head[4], number(5) as usize), (MESSAGE, message.len()));
                numbers.push(number(0));
                rest = &after[message.len()..];
            }
        }
        assert_eq!(numbers, (0..20).collect::<Vec<_>>());
        drop(putting);
    }

    #[test]
    fn a_page_that_is_loaded_again_or_pulls_nothing_leaves_nothing_behind() {
        let sockets = Sockets::default();
        let first = sockets.page("first").unwrap();
        first.reserve(1).unwrap();
        assert_eq!(first.reserve(1).unwrap_err().code, ErrorCode::BadParams);
        let before = Arc::downgrade(&first);
        drop(first);
        assert!(before.upgrade().is_some());
        let again = sockets.page("again").unwrap();
        assert!(before.upgrade().is_none(), "its sockets are closed");
        assert_eq!(sockets.existing("first").unwrap_err().code, ErrorCode::NotFound);
        sockets.sweep(Instant::now());
        assert!(sockets.existing("again").is_ok());
        sockets.sweep(Instant::now() + PULL_TIMEOUT);
        assert!(sockets.existing("again").is_err());
        drop(again);
        assert_eq!(sockets.page("").unwrap_err().code, ErrorCode::BadParams);
        assert_eq!(sockets.page(&"x".repeat(65)).unwrap_err().code, ErrorCode::BadParams);
    }

    #[test]
    fn a_pull_in_flight_keeps_no_socket_of_a_page_that_is_gone() {
        let sockets = Sockets::default();
        // A pull has a reference to the page for as long as it takes.
        let replaced = sockets.page("first").unwrap();
        replaced.reserve(1).unwrap();
        let swept = sockets.page("again").unwrap();
        assert!(replaced.open().is_empty());
        swept.reserve(1).unwrap();
        sockets.sweep(Instant::now() + PULL_TIMEOUT);
        assert!(swept.open().is_empty());
    }
}
