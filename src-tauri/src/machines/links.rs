//! Commands for the page's links to other machines, for what a page cannot do itself: connect and authenticate; diagnose
//! why a link failed; poll figures over HTTP; list the machines on the network.

use std::sync::Arc;
use std::time::Duration;

use client::address::{Address, BadAddress};
use client::poll::poll;
use client::probe;
use client::raw_socket::RawSocket;
use client::stream::OpenError;
use tauri::State;
use tauri::ipc::Response;
use tokio::time::timeout;
use wire::fleet::{FoundMachine, FoundMachines, KnownMachine, Probe};
use wire::limits::PULL_WAIT;
use wire::message::{Connected, ErrorBody};
use wire::window_reason::WindowReason;

use super::Machines;
use super::sockets::Sockets;
use super::typed::typed;
use super::watcher::Watcher;

/// How long figures are waited for, at all addresses of a machine together; the page asks every five seconds.
const POLL: Duration = Duration::from_secs(10);

/// Opens socket number `socket` of this page to machine `id` at `address`, once both ends have authenticated. The first
/// message is `connected`.
#[tauri::command]
pub(crate) async fn machine_socket_open(
    page: String,
    socket: u32,
    id: String,
    address: String,
    machines: State<'_, Arc<Machines>>,
    watcher: State<'_, Watcher>,
    sockets: State<'_, Sockets>,
) -> Result<(), ErrorBody> {
    let page = sockets.page(&page)?;
    page.reserve(socket)?;
    // A page that hung and goes on may open a link before it takes over all of them.
    let opened = match watcher.step_back(false).await {
        Ok(_) => open(&machines, &id, &address).await,
        Err(error) => Err(error),
    };
    let opened = opened.and_then(|(raw, connected)| page.opened(socket, raw, connected));
    if opened.is_err() {
        page.give_up(socket);
    }
    opened
}

/// Why machine `id` cannot be watched at `address`; without `id`, what answers there. Within ten seconds.
#[tauri::command]
pub(crate) async fn machine_probe(
    id: Option<String>,
    address: String,
    machines: State<'_, Arc<Machines>>,
) -> Result<Probe, ErrorBody> {
    let address = typed(&address)?;
    let Some(id) = id else { return Ok(probe::probe(&address, true, None).await) };
    let machine = machines.known(&id)?;
    let known = machines.found_pass(&machine).await?;
    Ok(probe::probe(&address, machine.secure, known.as_ref()).await)
}

/// The last sample of machine `id`, complete, as the raw JSON of a [`wire::message::SnapshotBody`].
#[tauri::command]
pub(crate) async fn machine_poll(
    id: String,
    machines: State<'_, Arc<Machines>>,
) -> Result<Response, ErrorBody> {
    let machine = machines.known(&id)?;
    let known = machines.pass(&machine).await?;
    let polling = async {
        let mut failed = None;
        for address in machine.addresses.iter().filter_map(|address| address.parse().ok()) {
            match poll(&address, machine.secure, Some(&known)).await {
                Ok(sample) => return Ok(sample),
                // The first one is where it was last.
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        Err(failed)
    };
    let polled = timeout(POLL, polling).await.unwrap_or(Err(None));
    polled.map(|sample| Response::new(sample.to_vec())).map_err(|error| unpolled(&machine, error))
}

/// What is found on the network, as soon as it is another version than `after`, and in two seconds in any case.
/// Browsing goes on while this is called.
#[tauri::command]
pub(crate) async fn machines_found(
    after: u64,
    machines: State<'_, Arc<Machines>>,
) -> Result<FoundMachines, ErrorBody> {
    let Some(browser) = &machines.browser else {
        tokio::time::sleep(PULL_WAIT).await;
        return Ok(FoundMachines { version: after, ..FoundMachines::default() });
    };
    Ok(browser.after(after, PULL_WAIT).await)
}

/// A socket to machine `id` at `address`, and what the machine said first.
async fn open(machines: &Machines, id: &str, address: &str) -> Result<(RawSocket, Connected), ErrorBody> {
    let machine = machines.known(id)?;
    let address = led_to(&machine, &machines.announced().await, address)?;
    let known = machines.pass(&machine).await?;
    let opened = RawSocket::open(&address, machine.secure, &known).await;
    let (raw, connected) = opened.map_err(|error| WindowReason::NotReached { probe: probe::of(&error) })?;
    machines.pin(known, raw.pin()).await;
    Ok((raw, connected))
}

/// The address, where a socket to `machine` may be opened there: the page may connect to its machines only.
fn led_to(machine: &KnownMachine, found: &[FoundMachine], address: &str) -> Result<Address, ErrorBody> {
    let is_at = |addresses: &[String]| addresses.iter().any(|known| known == address);
    let announced = found.iter().any(|found| found.id == machine.id && is_at(&found.addresses));
    if !announced && !is_at(&machine.addresses) {
        let (name, address) = (machine.name.clone(), address.to_owned());
        return Err(WindowReason::NotKnownAt { name, address }.into());
    }
    address.parse().map_err(|_: BadAddress| WindowReason::BadAddress { text: address.to_owned() }.into())
}

/// Why there are no figures of `machine`.
fn unpolled(machine: &KnownMachine, error: Option<OpenError>) -> ErrorBody {
    let Some(error) = error else {
        return WindowReason::NoAnswer { name: machine.name.clone() }.into();
    };
    WindowReason::NotReached { probe: probe::of(&error) }.into()
}

impl Machines {
    /// The machines that are found on the network at the moment; none in a demo.
    pub(super) async fn announced(&self) -> Vec<FoundMachine> {
        match &self.browser {
            Some(browser) => browser.after(0, Duration::ZERO).await.machines,
            None => Vec::new(),
        }
    }

    /// The machine of this id.
    ///
    /// # Errors
    /// When it is none of the list.
    pub(crate) fn known(&self, id: &str) -> Result<KnownMachine, ErrorBody> {
        let known = self.list().iter().find(|machine| machine.id == id).cloned();
        known.ok_or_else(|| WindowReason::NotListed.into())
    }
}

#[cfg(test)]
mod tests {
    use wire::ErrorCode;

    use super::super::rules::machine;
    use super::*;

    #[test]
    fn a_socket_leads_to_machines_of_the_list_and_to_nobody_else() {
        let nas = KnownMachine { addresses: vec!["nas:7444".to_owned()], ..machine("a", "nas") };
        let found = |id: &str, address: &str| FoundMachine {
            id: id.to_owned(),
            name: "nas".to_owned(),
            addresses: vec![address.to_owned()],
            family: String::new(),
            found_at_ms: 0,
        };
        let all = [found("a", "192.168.1.9:7444"), found("b", "192.168.1.7:7444")];
        assert!(led_to(&nas, &[], "nas:7444").is_ok(), "where it was");
        assert!(led_to(&nas, &all, "192.168.1.9:7444").is_ok(), "where it says it is");
        for other in ["192.168.1.7:7444", "192.168.1.9:80", "nas:80", "example.org:443", "nas:7444/../x", ""]
        {
            let refused = led_to(&nas, &all, other).unwrap_err();
            assert_eq!(refused.code, ErrorCode::Forbidden, "{other}");
        }
    }
}
