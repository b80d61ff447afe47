//! Discovery of machines by DNS-SD on the networks this computer is on. All of it is untrusted: what is found is an
//! address to try, and the machine that answers there has to prove its identity.

mod machines;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mdns_sd::ServiceEvent;
use network::dns_sd::{Daemon, SERVICE};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::task::AbortOnDropHandle;
use tracing::debug;
use wire::fleet::FoundMachines;

use self::machines::{Claim, Machines};
use super::clock;

/// Browsing ends this long after the last call, since a caller that is interested calls every few seconds.
const IDLE: Duration = Duration::from_secs(15);

/// How long further changes are waited for once there is one: many at a time are one answer.
const GATHER: Duration = Duration::from_millis(100);

/// Browses for machines while it is called. Dropping it ends that.
#[derive(Debug)]
pub struct Browser {
    /// This machine, which is left out.
    own_id: String,
    found: Arc<Found>,
    browsing: Mutex<Option<AbortOnDropHandle<()>>>,
}

#[derive(Debug)]
struct Found {
    machines: Mutex<Machines>,
    version: watch::Sender<u64>,
    asked: watch::Sender<Instant>,
}

impl Browser {
    /// One that leaves out machine `own_id`. Nothing is sent before the first call.
    #[must_use]
    pub fn start(own_id: &str) -> Self {
        let found = Found {
            machines: Mutex::default(),
            version: watch::Sender::new(0),
            asked: watch::Sender::new(Instant::now()),
        };
        Self { own_id: own_id.to_owned(), found: Arc::new(found), browsing: Mutex::default() }
    }

    /// What is found: as soon as that is another version than `version`, after `wait` in any case. Browses from now on,
    /// until 15 s after the last call. To be called within a runtime.
    pub async fn after(&self, version: u64, wait: Duration) -> FoundMachines {
        self.found.asked.send_replace(Instant::now());
        lock(&self.found.machines).on(network::networks());
        self.browse();
        let mut versions = self.found.version.subscribe();
        let newer = timeout(wait, versions.wait_for(|now| *now > version)).await;
        if matches!(newer, Ok(Ok(_))) && version > 0 {
            drop(newer);
            sleep(GATHER.min(wait)).await;
        }
        self.found.asked.send_replace(Instant::now());
        lock(&self.found.machines).list(&self.own_id, version)
    }

    /// This computer is paired with the machines of these ids: they are found whatever else is announced.
    pub fn paired(&self, ids: impl Iterator<Item = String>) {
        lock(&self.found.machines).paired(ids.collect());
    }

    /// Starts the task that browses, if it does not run.
    fn browse(&self) {
        let mut browsing = lock(&self.browsing);
        if browsing.as_ref().is_none_or(AbortOnDropHandle::is_finished) {
            let found = Arc::clone(&self.found);
            #[expect(clippy::disallowed_methods, reason = "its handle ends it")]
            let task = tokio::spawn(async move { found.browse().await });
            *browsing = Some(AbortOnDropHandle::new(task));
        }
    }
}

impl Found {
    /// Browses until it is not called any more. What was found before may be gone by now, and is forgotten.
    async fn browse(&self) {
        // Never on bridges of virtual machines, and never towards the internet.
        let daemon = Daemon::start(network::is_local);
        let browsing = daemon.and_then(|daemon| Ok((daemon.0.browse(SERVICE)?, daemon)));
        let (events, _daemon) = match browsing {
            Ok(browsing) => browsing,
            Err(silent) => return self.change(|machines| machines.forget(Some(silent.into()))),
        };
        self.change(|machines| machines.forget(None));
        let mut asked = self.asked.subscribe();
        loop {
            let idle_at = *asked.borrow_and_update() + IDLE;
            tokio::select! {
                event = events.recv_async() => match event {
                    Ok(event) => self.on_event(event),
                    // The daemon ended; the next call starts it again.
                    Err(_) => break,
                },
                _ = asked.changed() => {}
                () = sleep_until(idle_at) => break,
            }
        }
        debug!("browsing ended: it was not called any more");
    }

    fn on_event(&self, event: ServiceEvent) {
        match event {
            ServiceEvent::ServiceResolved(service) => {
                if let Some(claim) = Claim::of(&service) {
                    self.change(|machines| machines.announced(&service.fullname, claim, clock::unix_ms()));
                }
            }
            ServiceEvent::ServiceRemoved(_, instance) => self.change(|machines| machines.gone(&instance)),
            _ => {}
        }
    }

    fn change(&self, change: impl FnOnce(&mut Machines)) {
        let mut machines = lock(&self.machines);
        change(&mut machines);
        let now = machines.version();
        drop(machines);
        self.version.send_if_modified(|known| std::mem::replace(known, now) != now);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
