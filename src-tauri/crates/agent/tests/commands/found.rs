//! A machine that is shared is found by itself on the networks where it is shared, and nothing that is said there is
//! believed to be who it is.

use std::collections::HashSet;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use lan::client::address::Address;
use lan::client::found::Browser;
use lan::client::pairing::pair;
use lan::client::stream::{self, OpenError};
use wire::fleet::FoundMachines;

use crate::PATIENCE;
use crate::agent::Agent;
use crate::network::{FAR, NEAR, Network};

/// Longest wait for one answer of the browser, so that it notices soon that nobody listens to it any more.
const TURN: Duration = Duration::from_millis(200);

/// Somebody on the far computer who looks for machines.
struct Looking(Receiver<FoundMachines>);

impl Looking {
    fn from(network: &Network) -> Self {
        let (sender, receiver) = channel();
        network.far_away(move || async move {
            let (browser, mut version) = (Browser::start("this one"), 0);
            loop {
                let found = browser.after(version, TURN).await;
                version = found.version;
                if sender.send(found).is_err() {
                    break;
                }
            }
        });
        Self(receiver)
    }

    /// Waits until what is found is so; all ids that announced themselves meanwhile, too.
    fn until(&self, is_so: impl Fn(&FoundMachines) -> bool) -> (FoundMachines, HashSet<String>) {
        let (until, mut announced) = (Instant::now() + PATIENCE, HashSet::new());
        let mut last = None;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(found) = self.0.recv_timeout(left) else { panic!("the last that was found: {last:?}") };
            announced.extend(found.announced.iter().cloned());
            if is_so(&found) {
                return (found, announced);
            }
            assert!(Instant::now() < until, "the last that was found: {found:?}");
            last = Some(found);
        }
    }
}

/// Whether anybody on the near computer has the port by which machines are found.
fn speaks(network: &Network) -> bool {
    let sockets = Command::new("ip").args(["netns", "exec", &network.near, "cat", "/proc/net/udp"]).output();
    String::from_utf8_lossy(&sockets.expect("the sockets").stdout).contains(":14E9 ")
}

fn addresses(found: &FoundMachines) -> Vec<&str> {
    found.machines.iter().flat_map(|machine| &machine.addresses).map(String::as_str).collect()
}

#[test]
fn a_machine_is_found_while_it_is_shared_and_silent_else() {
    let Some(network) = Network::make() else { return };
    let mut agent = Agent::start_in(Some(&network.near));
    let looking = Looking::from(&network);
    looking.until(|found| found.problem.is_none() && found.machines.is_empty());
    assert!(!speaks(&network), "it is not shared");

    agent.say(&["share", "--yes"]);
    let shared = Instant::now();
    let (found, announced) = looking.until(|found| !found.machines.is_empty());
    assert!(shared.elapsed() < Duration::from_secs(2), "{:?}", shared.elapsed());
    let [machine] = found.machines.as_slice() else { panic!("{found:?}") };
    assert_eq!(machine.addresses, [format!("{NEAR}:{}", agent.port)]);
    assert_eq!((machine.family.as_str(), machine.name.is_empty()), ("linux", false));
    assert!(announced.contains(&machine.id));

    // It answers to the name that it is announced by.
    let host = format!("sightline-{}.local:{}", &machine.id[..8], agent.port);
    let at = format!("{NEAR}:{}", agent.port).parse().expect("an address");
    let get = |host: &str| {
        network.ask(at, format!("GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
    };
    assert_eq!(get(&host).expect("an answer").0, 200);
    assert_eq!(get("sightline-00000000.local").expect("an answer").0, 421);

    agent.say(&["unshare"]);
    looking.until(|found| found.machines.is_empty());
    assert!(!speaks(&network), "it is not shared any more");

    agent.say(&["share", "--yes"]);
    let (_, announced) = looking.until(|found| !found.machines.is_empty());
    assert!(announced.contains(&machine.id));
    let ended = Instant::now();
    agent.end();
    assert!(ended.elapsed() < Duration::from_secs(2), "{:?}", ended.elapsed());
    looking.until(|found| found.machines.is_empty());
}

#[test]
fn another_address_is_announced() {
    let Some(network) = Network::make() else { return };
    let agent = Agent::start_in(Some(&network.near));
    let looking = Looking::from(&network);
    agent.say(&["share", "--yes"]);
    let (found, _) = looking.until(|found| !found.machines.is_empty());
    let id = found.machines[0].id.clone();
    network.readdress(NEAR, "192.168.93.7");
    let new = format!("192.168.93.7:{}", agent.port);
    let (_, announced) = looking.until(|found| addresses(found) == [new.as_str()]);
    assert!(announced.contains(&id), "who waits for it tries at once");
}

#[test]
fn what_another_claims_to_be_gets_it_asked_and_nothing_else() {
    let Some(network) = Network::make() else { return };
    let agent = Agent::start_in(Some(&network.near));
    let impostor = Agent::start_in(Some(&network.far));
    let shared = agent.say(&["share", "--yes"]);
    impostor.say(&["share", "--yes"]);
    let link = shared.lines().find(|line| line.contains("/#p=")).expect("a link").trim().to_owned();
    let paired = network.far_away(move || async move { pair(&link, "Laptop").await.expect("paired") });
    let paired = paired.join().expect("the app");

    let looking = Looking::from(&network);
    looking.until(|found| found.machines.len() == 2);
    // It takes the name and the id of the other one for its own.
    let (id, port) = (paired.machine_id.clone(), impostor.port);
    let claims = network.far_away(move || async move {
        let properties = [("id", id.as_str()), ("name", "\u{202e}nas")];
        let service = mdns_sd::ServiceInfo::new(
            "_sightline._tcp.local.",
            "impostor",
            "impostor.local.",
            FAR,
            port,
            &properties[..],
        );
        let daemon = mdns_sd::ServiceDaemon::new().expect("a daemon");
        daemon.register(service.expect("a service")).expect("announced");
        daemon
    });
    let claims = claims.join().expect("the impostor");
    let both = |found: &FoundMachines| {
        let claimed = found.machines.iter().find(|machine| machine.id == paired.machine_id);
        claimed.filter(|machine| machine.addresses.len() == 2).cloned()
    };
    let (found, _) = looking.until(|found| both(found).is_some());
    let claimed = both(&found).expect("both addresses");
    assert!(!claimed.name.contains('\u{202e}'), "{claimed:?}");

    for address in claimed.addresses {
        let (token_id, secret, id) =
            (paired.token_id.clone(), paired.secret.clone(), paired.machine_id.clone());
        let at: Address = address.parse().expect("an address");
        let opening = network.far_away(move || async move {
            stream::open(&at, &token_id, &secret, Some(&id)).await.map(drop)
        });
        let opened = opening.join().expect("the app");
        match address.starts_with(FAR) {
            true => assert!(matches!(opened, Err(OpenError::WrongMachine { .. })), "{opened:?}"),
            false => assert!(opened.is_ok(), "{opened:?}"),
        }
    }
    drop(claims.shutdown());
}
