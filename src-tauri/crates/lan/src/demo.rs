//! Recorded machines that play as if they were live, for the demo and for measuring: each is a real station with a real
//! server, on this computer only. Only its numbers are recorded ([`station::replay`]), and [`wire::Machine::demo`] says
//! so. Nothing is kept.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;
use sha2::{Digest, Sha256};
use station::replay::description::Description;
use station::replay::{Replay, demo};
use station::{Handle, NewAlert, Station, clock};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tracing::warn;
use wire::endpoint::{OWNER, OWNER_FILE};
use wire::message::ErrorBody;
use wire::proof::Secret;
use wire::sharing::Reach;
use wire::sharing_problem::SharingProblem;
use wire::{Goodbye, Scope};

use crate::ServerConfig;
use crate::access::rights::Rights;
use crate::access::store::{Store, Viewer};
use crate::random::random;
use crate::server::Server;

/// Most machines: each has a thread, and two listeners.
pub const MOST: u16 = 500;
/// As many machines as are described tick once a second, and a few more …
const CLOSELY_WATCHED: usize = 50;
/// … above that all of them tick as often as summaries are sent.
const MANY_INTERVAL_MS: u32 = 5000;
const INTERVAL_MS: u32 = 1000;
/// Id of the token by which this program connects to a machine of the demo.
const TOKEN: &str = "demo";
/// The source of its alerts.
const SOURCE: &str = "demo";

/// The machine that goes to sleep and wakes up in a fleet that is `restless` …
const RESTLESS: &str = "pi-garage";
/// … is there as long …
const STAYS: Duration = Duration::from_secs(240);
/// … and away as long.
const AWAY: Duration = Duration::from_secs(40);
/// Wake-ups after which alerts are emitted again: an alert marks a machine for an hour.
const ALERT_ROUNDS: usize = 10;

/// The settings of a demo.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How many machines; at most [`MOST`].
    pub machines: usize,
    /// Port of the first machine; 0 takes any free one. The others take free ones.
    pub first_port: u16,
    /// Whether one machine goes to sleep and wakes up now and then. Not where something is measured.
    pub restless: bool,
    /// How often all machines tick; `None`: once a second, or every five seconds where they are many.
    pub interval_ms: Option<u32>,
}

impl Plan {
    /// The machines that are described, for the demo.
    #[must_use]
    pub fn for_viewing(first_port: u16) -> Self {
        Self { machines: demo::described(), first_port, restless: true, interval_ms: None }
    }
}

/// One machine of the demo, as a program that added it would store it.
#[derive(Debug, Clone)]
pub struct DemoMachine {
    /// Its id, the same each time.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Groups it is in; the first is the one it is listed in.
    pub tags: Vec<String>,
    /// `linux`, `macos` or `windows`.
    pub family: String,
    /// Operating system with its version.
    pub os: String,
    /// Where its server listens.
    pub address: SocketAddr,
    /// Id of its token, with scope `processes`.
    pub token_id: String,
    /// The token.
    pub secret: Secret,
}

/// The demo could not be started.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// No folder for its files.
    #[error("make a folder for the demo: {0}")]
    Folder(#[from] io::Error),
    /// No secret for its tokens.
    #[error("make a token for the demo: {0}")]
    Token(#[from] ErrorBody),
    /// A machine without a recording.
    #[error("play the demo: {0}")]
    Play(#[from] station::replay::NothingToPlay),
    /// A station that does not start.
    #[error("start a machine of the demo: {0}")]
    Station(#[from] station::StartError),
    /// A server that does not listen.
    #[error("open a machine of the demo: {0}")]
    Server(#[from] SharingProblem),
}

/// Machines that run. Dropping it ends them at once; [`Fleet::close`] closes their sessions first.
#[derive(Debug)]
pub struct Fleet {
    machines: Vec<DemoMachine>,
    running: Arc<Mutex<Vec<Running>>>,
    /// The task that lets a machine sleep and wake up; ends when dropped.
    restless: JoinSet<()>,
    /// Dropped last, with all files in it.
    _folder: TempDir,
}

#[derive(Debug)]
struct Running {
    /// `None` while it is away.
    open: Option<(Station, Server)>,
    description: Description,
    data_dir: PathBuf,
    port: u16,
}

impl Fleet {
    /// Starts the machines of `plan`, the last 15 minutes of each behind it. To be called within the runtime.
    ///
    /// # Errors
    /// See [`DemoError`]; what was started is ended.
    pub fn start(plan: Plan) -> Result<Self, DemoError> {
        let folder = tempfile::Builder::new().prefix("sightline-demo-").tempdir()?;
        let many = plan.machines > CLOSELY_WATCHED;
        let interval_ms = plan.interval_ms.unwrap_or(if many { MANY_INTERVAL_MS } else { INTERVAL_MS });
        let (mut machines, mut running) = (Vec::new(), Vec::new());
        for (at, description) in demo::machines(plan.machines.min(MOST.into())).into_iter().enumerate() {
            let data_dir = folder.path().join(at.to_string());
            let (id, secret) = prepare(&data_dir, &description, interval_ms)?;
            let port = if at == 0 { plan.first_port } else { 0 };
            let mut machine = Running { open: None, description, data_dir, port };
            let address = machine.open()?;
            let Description { name, tags, family, os, .. } = machine.description.clone();
            let token_id = TOKEN.to_owned();
            machines.push(DemoMachine { id, name, tags, family, os, address, token_id, secret });
            running.push(machine);
        }
        let running = Arc::new(Mutex::new(running));
        let mut restless = JoinSet::new();
        if plan.restless {
            restless.spawn(come_and_go(Arc::clone(&running)));
        }
        Ok(Self { machines, running, restless, _folder: folder })
    }

    /// The machines, in the order in which they are described.
    #[must_use]
    pub fn machines(&self) -> &[DemoMachine] {
        &self.machines
    }

    /// What others hold of a station of the demo, for a window that shows it as its own; `None` while it is away.
    #[must_use]
    pub fn handle(&self, at: usize) -> Option<Handle> {
        Some(lock(&self.running).get(at)?.open.as_ref()?.0.handle())
    }

    /// Closes all sessions and ends all machines, within [`wire::limits::SHUTDOWN`].
    pub async fn close(mut self) {
        self.restless.shutdown().await;
        let running = std::mem::take(&mut *lock(&self.running));
        let mut closing = JoinSet::new();
        for open in running.into_iter().filter_map(|machine| machine.open) {
            closing.spawn(close(open, Goodbye::Shutdown));
        }
        while closing.join_next().await.is_some() {}
    }
}

impl Running {
    /// Starts it and its server; where that listens.
    fn open(&mut self) -> Result<SocketAddr, DemoError> {
        let replay = Replay::new(demo::recording(), self.description.clone(), clock::unix_ms())?;
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let station = Station::replay(self.data_dir.clone(), version, replay)?;
        let config = ServerConfig { reach: Reach::Local, listen: None, port: Some(self.port) };
        let (server, opened) = Server::start(station.handle(), &config);
        opened?;
        let address = server.addresses().into_iter().find(SocketAddr::is_ipv4);
        let address = address.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)));
        self.port = address.port();
        self.open = Some((station, server));
        self.tell_alerts();
        Ok(address)
    }

    fn tell_alerts(&self) {
        let Some((station, _)) = &self.open else { return };
        for alert in &self.description.alerts {
            station.handle().emit_alert(NewAlert {
                severity: alert.severity,
                title: alert.title.clone(),
                message: alert.message.clone(),
                source: SOURCE.to_owned(),
            });
        }
    }
}

/// Ends one machine. Its server writes nothing: its files are deleted as well.
async fn close((station, server): (Station, Server), reason: Goodbye) {
    station.close_all_sessions(reason);
    server.end_sessions().await;
}

/// Lets one machine go to sleep and wake up, again and again, and emits its alerts again before they are old.
async fn come_and_go(running: Arc<Mutex<Vec<Running>>>) {
    let is_restless = |machine: &&mut Running| machine.description.name == RESTLESS;
    for round in 1_usize.. {
        tokio::time::sleep(STAYS).await;
        let open = lock(&running).iter_mut().find(is_restless).and_then(|machine| machine.open.take());
        if let Some(open) = open {
            close(open, Goodbye::Suspend).await;
        }
        tokio::time::sleep(AWAY).await;
        // While the fleet is being closed there is nobody to wake.
        if let Some(Err(err)) = lock(&running).iter_mut().find(is_restless).map(Running::open) {
            warn!(error = %err, "a machine of the demo does not wake up");
        }
        if round.is_multiple_of(ALERT_ROUNDS) {
            lock(&running).iter().for_each(Running::tell_alerts);
        }
    }
}

fn lock(running: &Mutex<Vec<Running>>) -> MutexGuard<'_, Vec<Running>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes a machine's files: its identity, its settings, and who has access. Returns its id and a token.
fn prepare(
    data_dir: &Path,
    description: &Description,
    interval_ms: u32,
) -> Result<(String, Secret), DemoError> {
    let id = machine_id(&description.name);
    let secret = Secret::new(random()?);
    let viewer = Viewer {
        name: "Demo".to_owned(),
        client: "Sightline".to_owned(),
        ..Viewer::new(TOKEN, Rights::whole(Scope::Processes), clock::unix_ms(), secret.verifier())
    };
    let store = Store { viewers: vec![viewer], ..Store::default() }.bounded();
    let owner = format!("{OWNER}.{}\n", Secret::new(random()?).to_hex());
    // In the usual format, but without a sync: nothing here has to survive a power cut.
    atomic_file::own_directory(data_dir, &[]).map_err(io::Error::other)?;
    let put = |name: &str, bytes: &[u8]| atomic_file::create_private(&data_dir.join(name))?.write_all(bytes);
    put("identity.json", json!({ "machineId": id }).to_string().as_bytes())?;
    put("settings.json", json!({ "intervalMs": interval_ms }).to_string().as_bytes())?;
    put("access.json", &serde_json::to_vec(&store).map_err(io::Error::from)?)?;
    put(OWNER_FILE, owner.as_bytes())?;
    Ok((id, secret))
}

/// A UUID (version 8, RFC 9562) made from the name: the same machine each time.
fn machine_id(name: &str) -> String {
    let mut bytes: [u8; 32] = Sha256::digest(format!("Sightline demo {name}")).into();
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut id = String::new();
    for (at, byte) in bytes[..16].iter().enumerate() {
        if [4, 6, 8, 10].contains(&at) {
            id.push('-');
        }
        let _ = write!(id, "{byte:02x}");
    }
    id
}
