//! Machines that announce themselves on the networks this computer is on. All of it is hearsay: what is found is
//! where to ask, and whoever answers there has to prove who it is.

mod machines;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mdns_sd::ServiceEvent;
use network::dns_sd::{Daemon, SERVICE};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::task::AbortOnDropHandle;
use tracing::debug;
use wire::fleet::FoundMachines;

use self::machines::{Claim, Machines};
use super::clock;

/// Nothing is asked for on the network any more this long after the last question: whoever wants to know asks every
/// few seconds.
const IDLE: Duration = Duration::from_secs(15);

/// Looks for machines while somebody asks for them. Dropping it ends that.
#[derive(Debug)]
pub struct Browser {
    /// This machine, which is not told.
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
    /// One that leaves out machine `own_id`. Nothing is sent before the first question.
    #[must_use]
    pub fn start(own_id: &str) -> Self {
        let found = Found {
            machines: Mutex::default(),
            version: watch::Sender::new(0),
            asked: watch::Sender::new(Instant::now()),
        };
        Self { own_id: own_id.to_owned(), found: Arc::new(found), browsing: Mutex::default() }
    }

    /// What is found: as soon as that is another version than `version`, after `wait` in any case. Looks for machines
    /// from now on, and for 15 s after the last question. To be called within a runtime.
    pub async fn after(&self, version: u64, wait: Duration) -> FoundMachines {
        self.found.asked.send_replace(Instant::now());
        self.browse();
        let mut versions = self.found.version.subscribe();
        let newer = timeout(wait, versions.wait_for(|now| *now > version)).await;
        drop(newer);
        self.found.asked.send_replace(Instant::now());
        let networks = network::networks();
        lock(&self.found.machines).list(&self.own_id, version, &networks)
    }

    /// Has somebody look, if nobody does.
    fn browse(&self) {
        let mut browsing = lock(&self.browsing);
        if browsing.as_ref().is_none_or(AbortOnDropHandle::is_finished) {
            let found = Arc::clone(&self.found);
            #[expect(clippy::disallowed_methods, reason = "its handle ends it")]
            let looking = tokio::spawn(async move { found.look().await });
            *browsing = Some(AbortOnDropHandle::new(looking));
        }
    }
}

impl Found {
    /// Looks until nobody asks any more. What was found before that may be gone by then, and is forgotten.
    async fn look(&self) {
        // Never on bridges of virtual machines, and not where the internet would hear it.
        let daemon = Daemon::start(network::is_local);
        let browsing = daemon.and_then(|daemon| Ok((daemon.0.browse(SERVICE)?, daemon)));
        let (events, _daemon) = match browsing {
            Ok(browsing) => browsing,
            Err(silent) => return self.change(|machines| machines.forget(Some(silent.to_string()))),
        };
        self.change(|machines| machines.forget(None));
        let mut asked = self.asked.subscribe();
        loop {
            let idle_at = *asked.borrow_and_update() + IDLE;
            tokio::select! {
                event = events.recv_async() => match event {
                    Ok(event) => self.hear(event),
                    // It was flooded; whoever asks next has it begin anew.
                    Err(_) => break,
                },
                _ = asked.changed() => {}
                () = sleep_until(idle_at) => break,
            }
        }
        debug!("nobody asks for machines any more");
    }

    fn hear(&self, event: ServiceEvent) {
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
