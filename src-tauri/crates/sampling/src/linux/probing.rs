//! Reads the sizes of mounts in a thread of its own, since a mount whose server is gone never answers.
//!
//! One thread reads one mount after the other. When it is stuck on one, it is left there and another reads the rest; the
//! stuck mount is not read again until its thread returns. So there is at most one stuck thread a mount, and at most
//! [`MOST_STUCK`] in all.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A mount that has not answered after this long is stalled.
pub(crate) const PROBE_TIMEOUT: Duration = Duration::from_secs(3);
/// Threads left stuck before no new one is started.
const MOST_STUCK: usize = 16;

/// Bytes of one filesystem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) total: u64,
    pub(crate) used: u64,
    pub(crate) available: u64,
}

/// How a mount is read; tests use one that never answers.
pub(crate) type Ask = Arc<dyn Fn(&Path) -> io::Result<Usage> + Send + Sync>;

/// The last answer of every mount.
#[derive(Clone)]
pub(crate) struct Probing {
    ask: Ask,
    shared: Arc<Mutex<Shared>>,
}

impl std::fmt::Debug for Probing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Probing").finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Shared {
    waiting: VecDeque<PathBuf>,
    /// The mount the working thread is at; when that was first seen; and the thread's number.
    at: Option<(PathBuf, Option<Duration>)>,
    worker: Option<u64>,
    workers: u64,
    answers: BTreeMap<PathBuf, Option<Usage>>,
    stuck: BTreeMap<PathBuf, u64>,
}

impl Probing {
    pub(crate) fn new(ask: Ask) -> Self {
        Self { ask, shared: Arc::default() }
    }

    /// Reads all of `mounts` again, and forgets the others. Returns at once.
    pub(crate) fn begin(&self, mounts: &[PathBuf]) {
        let mut shared = lock(&self.shared);
        shared.answers.retain(|path, _| mounts.contains(path));
        if shared.worker.is_none() {
            shared.waiting =
                mounts.iter().filter(|path| !shared.stuck.contains_key(*path)).cloned().collect();
        }
        self.employ(&mut shared);
    }

    /// Checks the thread, and abandons it where it is stuck. Called every tick.
    pub(crate) fn tend(&self, now: Duration) {
        let mut shared = lock(&self.shared);
        let Some(worker) = shared.worker else { return };
        let Some((path, since)) = &mut shared.at else { return };
        let since = *since.get_or_insert(now);
        if now.saturating_sub(since) < PROBE_TIMEOUT {
            return;
        }
        let path = path.clone();
        shared.stuck.insert(path, worker);
        (shared.at, shared.worker) = (None, None);
        self.employ(&mut shared);
    }

    /// Whether the mount is not answering, and its last size.
    pub(crate) fn answer(&self, mount: &Path) -> (bool, Option<Usage>) {
        let shared = lock(&self.shared);
        (shared.stuck.contains_key(mount), shared.answers.get(mount).copied().flatten())
    }

    /// Reads all of `mounts` in this thread.
    pub(crate) fn ask_here(&self, mounts: &[PathBuf]) {
        for path in mounts {
            let usage = (self.ask)(path).ok();
            lock(&self.shared).answers.insert(path.clone(), usage);
        }
    }

    fn employ(&self, shared: &mut Shared) {
        if shared.worker.is_some() || shared.waiting.is_empty() || shared.stuck.len() >= MOST_STUCK {
            return;
        }
        shared.workers += 1;
        let (number, probing) = (shared.workers, self.clone());
        // Its stack holds little more than a path; without a limit each stuck thread reserves 8 MiB.
        let builder = std::thread::Builder::new().name("mounts".to_owned()).stack_size(64 * 1024);
        if builder.spawn(move || probing.work(number)).is_ok() {
            shared.worker = Some(number);
        }
    }

    fn work(&self, number: u64) {
        loop {
            let path = {
                let mut shared = lock(&self.shared);
                let Some(path) = shared.waiting.pop_front() else {
                    shared.worker = None;
                    return;
                };
                shared.at = Some((path.clone(), None));
                path
            };
            let usage = (self.ask)(&path).ok();
            let mut shared = lock(&self.shared);
            shared.answers.insert(path.clone(), usage);
            if shared.worker != Some(number) {
                // It was stuck, and another took over; now the mount answers again.
                shared.stuck.remove(&path);
                return;
            }
            shared.at = None;
        }
    }
}

/// Nothing panics while it is held; should it ever, the data is still whole.
fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const ANSWER: Usage = Usage { total: 3, used: 1, available: 2 };

    #[test]
    fn a_mount_that_never_answers_stalls_alone_and_holds_one_thread() {
        let (release, released) = mpsc::channel::<()>();
        let released = Mutex::new(released);
        let asked = Arc::new(Mutex::new(0));
        let count = Arc::clone(&asked);
        let probing = Probing::new(Arc::new(move |path: &Path| {
            if path == Path::new("/dead") {
                *count.lock().unwrap() += 1;
                let _ = released.lock().unwrap().recv();
            }
            Ok(ANSWER)
        }));
        let mounts: Vec<PathBuf> = ["/", "/dead", "/home"].map(PathBuf::from).to_vec();
        let dead = Path::new("/dead");
        let wait = |done: &dyn Fn() -> bool| {
            while !done() {
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        probing.begin(&mounts);
        wait(&|| *asked.lock().unwrap() == 1);
        for ms in [0, 2999] {
            probing.tend(Duration::from_millis(ms));
            assert!(!probing.answer(dead).0);
        }
        probing.tend(Duration::from_millis(3000));
        assert_eq!(probing.answer(dead), (true, None));
        let is_done = || lock(&probing.shared).worker.is_none();
        wait(&is_done);
        assert_eq!(probing.answer(Path::new("/home")), (false, Some(ANSWER)));
        for _ in 0..5 {
            probing.begin(&mounts);
            wait(&is_done);
        }
        assert_eq!(*asked.lock().unwrap(), 1, "a stuck mount is not asked again");
        release.send(()).unwrap();
        wait(&|| probing.answer(dead) == (false, Some(ANSWER)));
    }
}
