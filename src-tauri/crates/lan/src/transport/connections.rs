//! The table of HTTP connections: counted and bounded, in all and by address.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use station::registry::one_host;
use tokio_util::sync::CancellationToken;

/// HTTP connections at once: those that become sessions are counted as such. Each takes 24 kB at worst.
/// Where one more comes, the oldest that waits is closed, so that idle sockets cannot block others.
const CONNECTIONS: usize = 512;
/// Of them, from one address; of IPv6 from one network. A browser opens six.
const CONNECTIONS_PER_ADDRESS: usize = 256;

/// HTTP connections. Cheap to clone; all clones share one table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Connections(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    /// By the order in which they were accepted.
    all: BTreeMap<u64, Arc<Entry>>,
    accepted: u64,
    by_address: HashMap<IpAddr, usize>,
}

#[derive(Debug)]
pub(super) struct Entry {
    address: IpAddr,
    /// An answer is being made for it.
    busy: AtomicBool,
    /// Cancelled when it has to give way.
    pub(super) gives_way: CancellationToken,
}

/// One of them. Dropping it makes room.
#[derive(Debug)]
pub(super) struct Connection {
    table: Connections,
    number: u64,
    pub(super) entry: Arc<Entry>,
}

/// An answer that is being made for a connection.
#[derive(Debug)]
pub(super) struct Busy(Arc<Entry>);

impl Connections {
    /// Counts one more from `address`; `None` where that one has too many.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Connection> {
        let address = one_host(address);
        let mut open = self.lock();
        if open.by_address.get(&address).is_some_and(|count| *count >= CONNECTIONS_PER_ADDRESS) {
            return None;
        }
        if open.all.len() >= CONNECTIONS {
            open.make_room();
        }
        let number = open.accepted;
        open.accepted += 1;
        *open.by_address.entry(address).or_default() += 1;
        let entry =
            Arc::new(Entry { address, busy: AtomicBool::default(), gives_way: CancellationToken::new() });
        open.all.insert(number, Arc::clone(&entry));
        drop(open);
        Some(Connection { table: self.clone(), number, entry })
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Closes the oldest that waits for its client; where none does, the oldest of all.
    fn make_room(&mut self) {
        let waits = |(_, entry): &(&u64, &Arc<Entry>)| !entry.busy.load(Ordering::Relaxed);
        let oldest = self.all.iter().find(waits).or(self.all.iter().next()).map(|(number, _)| *number);
        if let Some(entry) = oldest.and_then(|number| self.leave(number)) {
            entry.gives_way.cancel();
        }
    }

    fn leave(&mut self, number: u64) -> Option<Arc<Entry>> {
        let entry = self.all.remove(&number)?;
        if let Some(count) = self.by_address.get_mut(&entry.address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&entry.address);
            }
        }
        Some(entry)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        drop(self.table.lock().leave(self.number));
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
