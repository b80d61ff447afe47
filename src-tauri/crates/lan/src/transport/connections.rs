//! The table of HTTP connections: counted and bounded, in all and by host.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use station::fair::{Bounds, FairTable, Holder};
use tokio_util::sync::CancellationToken;

/// HTTP connections at once: those that become sessions are counted as such. Each takes 24 kB at worst.
/// Strangers leave room for those with access; a browser opens six from one address.
const BOUNDS: Bounds = Bounds { all: 512, strangers: 384, host: 192 };

/// HTTP connections. Cheap to clone; all clones share one table.
#[derive(Debug, Clone)]
pub(crate) struct Connections(Arc<Mutex<FairTable<Arc<Entry>>>>);

#[derive(Debug, Default)]
pub(super) struct Entry {
    /// An answer is being made for it.
    busy: AtomicBool,
    /// Cancelled when it has to give way.
    pub(super) gives_way: CancellationToken,
}

/// One of them. Dropping it makes room.
#[derive(Debug)]
pub(super) struct Connection {
    table: Connections,
    key: u64,
    pub(super) entry: Arc<Entry>,
}

/// An answer that is being made for a connection.
#[derive(Debug)]
pub(super) struct Busy(Arc<Entry>);

impl Default for Connections {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(FairTable::new(BOUNDS))))
    }
}

impl Connections {
    /// Counts one more of `holder`. Where it does not fit, one of the host with most of them is closed: the oldest that
    /// waits for its client.
    pub(super) fn enter(&self, holder: Holder) -> Connection {
        let entry = Arc::new(Entry::default());
        let waits = |entry: &Arc<Entry>| !entry.busy.load(Ordering::Relaxed);
        let (key, gives_way) = self.lock().add(holder, Arc::clone(&entry), waits);
        if let Some((_, gives_way)) = gives_way {
            gives_way.gives_way.cancel();
        }
        Connection { table: self.clone(), key, entry }
    }

    fn lock(&self) -> MutexGuard<'_, FairTable<Arc<Entry>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        drop(self.table.lock().remove(self.key));
    }
}

impl Busy {
    pub(super) fn with(entry: &Arc<Entry>) -> Self {
        entry.busy.store(true, Ordering::Relaxed);
        Self(Arc::clone(entry))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.store(false, Ordering::Relaxed);
    }
}
