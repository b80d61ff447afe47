//! A machine that is shared is found by itself on the networks where it is shared, and nothing that is said there is
//! believed to be who it is.

use std::collections::HashSet;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use client::address::Address;
use client::found::Browser;
use client::pairing::pair;
use client::stream::{self, OpenError};
use wire::fleet::FoundMachines;

use crate::DEADLINE;
use crate::agent::Agent;
use crate::network::{FAR, NEAR, Network, within};
use crate::sharing::eventually;

/// Longest wait for one answer of the browser, so that it notices soon that nobody listens to it any more.
const TURN: Duration = Duration::from_millis(200);

/// A browser on the far computer.
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
        let (until, mut announced) = (Instant::now() + DEADLINE, HashSet::new());
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

/// Whether a program in `namespace` has bound the port of multicast DNS.
fn has_mdns_port(namespace: &str) -> bool {
    let sockets = Command::new("ip").args(["netns", "exec", namespace, "cat", "/proc/net/udp"]).output();
    String::from_utf8_lossy(&sockets.expect("the sockets").stdout).contains(":14E9 ")
}

/// Waits until no program there has it any more: the daemon's thread ends a moment after it is told to.
fn silent(namespace: &str) {
    let until = Instant::now() + DEADLINE;
    while has_mdns_port(namespace) {
        assert!(Instant::now() < until, "it still speaks");
    }
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
    assert!(!has_mdns_port(&network.near), "it is not shared");

    agent.stdout(&["share", "--yes"]);
    // How soon is measured by `cargo xtask bench fleet --only back`.
    let (found, announced) = looking.until(|found| !found.machines.is_empty());
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

    agent.stdout(&["unshare"]);
    looking.until(|found| found.machines.is_empty());
    silent(&network.near);

    agent.stdout(&["share", "--yes"]);
    let (_, announced) = looking.until(|found| !found.machines.is_empty());
    assert!(announced.contains(&machine.id));
    let ended = Instant::now();
    agent.end();
    assert!(ended.elapsed() < DEADLINE, "saying so holds nobody up: {:?}", ended.elapsed());
    looking.until(|found| found.machines.is_empty());
}

/// Interfaces of the near computer on which the group is listened to by which machines are found.
fn spoken_on(network: &Network) -> Vec<String> {
    let groups = Command::new("ip").args(["netns", "exec", &network.near, "cat", "/proc/net/igmp"]).output();
    let groups = String::from_utf8(groups.expect("the groups").stdout).expect("text");
    let (mut interface, mut spoken) = (String::new(), Vec::new());
    for line in groups.lines() {
        match line.split_once(':').filter(|_| !line.starts_with('\t')) {
            Some((before, _)) => interface = before.split_whitespace().last().unwrap_or_default().to_owned(),
            // 224.0.0.251, as it lies in memory.
            None if line.trim_start().starts_with("FB0000E0") => spoken.push(interface.clone()),
            None => {}
        }
    }
    spoken
}

#[test]
fn virtual_machines_of_this_computer_are_told_nothing_even_where_they_may_connect() {
    let Some(network) = Network::make() else { return };
    for step in [
        "link add docker0 type bridge",
        "link add inner type veth peer name guest",
        "link set inner master docker0",
        "link set guest up",
        "link set inner up",
        "address add 172.17.0.1/16 dev docker0",
        "link set docker0 up",
    ] {
        network.near_ip(step);
    }
    eventually("the bridge is up", || network.near_ip("link show docker0").contains("state UP"));
    let agent = Agent::start_in(Some(&network.near));
    let shared =
        agent.stdout(&["share", "--yes", "--json", "--interface", "cable", "--interface", "docker0"]);
    assert!(shared.contains(&format!("172.17.0.1:{}", agent.port)), "it listens there: {shared}");
    let looking = Looking::from(&network);
    let (found, _) = looking.until(|found| !found.machines.is_empty());
    assert_eq!(addresses(&found), [format!("{NEAR}:{}", agent.port)]);
    assert_eq!(spoken_on(&network), ["cable"]);
}

#[test]
fn who_asks_no_more_looks_no_more() {
    let Some(network) = Network::make() else { return };
    let far = network.far.clone();
    let looked = network.far_away(move || async move {
        let browser = Browser::start("this one");
        assert!(!has_mdns_port(&far), "nobody asked yet");
        browser.after(0, TURN).await;
        assert!(has_mdns_port(&far));
        // From here on time is what the test says.
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(14)).await;
        browser.after(0, Duration::from_secs(2)).await;
        tokio::time::advance(Duration::from_secs(14)).await;
        assert!(has_mdns_port(&far), "the last question was 14 s ago");
        tokio::time::advance(Duration::from_secs(2)).await;
        tokio::task::yield_now().await;
        silent(&far);
        browser.after(0, TURN).await;
        assert!(has_mdns_port(&far), "asked again, it looks again");
        drop(browser);
        tokio::task::yield_now().await;
        silent(&far);
    });
    looked.join().expect("the far computer");
}

#[test]
fn a_port_that_another_keeps_for_itself_is_said_and_sharing_goes_on() {
    let Some(network) = Network::make() else { return };
    let keeps = |namespace: &str| {
        let kept = within(namespace, || async { std::net::UdpSocket::bind("0.0.0.0:5353") });
        kept.join().expect("a thread").expect("the port")
    };
    let (near, far) = (keeps(&network.near), keeps(&network.far));
    let agent = Agent::start_in(Some(&network.near));
    agent.stdout(&["share", "--yes"]);
    assert_eq!(network.get(agent.port, "/health"), Some(200));
    let token: serde_json::Value =
        serde_json::from_str(&agent.stdout(&["token", "test", "--json"])).expect("a token");
    let at = format!("{NEAR}:{}", agent.port).parse().expect("an address");
    let is_said = || {
        let bearer = token["token"].as_str().expect("a token");
        let request = format!(
            "GET /api/v1/snapshot HTTP/1.1\r\nHost: {at}\r\nAuthorization: Bearer {bearer}\r\nConnection: close\r\n\r\n"
        );
        let (_, snapshot) = network.ask(at, request).expect("an answer");
        snapshot.contains("Other devices do not find this machine by themselves: UDP port 5353")
    };
    eventually("people are told", is_said);
    let looking = Looking::from(&network);
    looking.until(|found| found.problem.as_ref().is_some_and(|it| it.contains("UDP port 5353")));
    drop((near, far));
    let (found, _) = looking.until(|found| !found.machines.is_empty());
    assert_eq!(found.problem, None);
    eventually("it is settled", || !is_said());
}

#[test]
fn another_address_is_announced() {
    let Some(network) = Network::make() else { return };
    let agent = Agent::start_in(Some(&network.near));
    let looking = Looking::from(&network);
    agent.stdout(&["share", "--yes"]);
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
    let shared = agent.stdout(&["share", "--yes"]);
    impostor.stdout(&["share", "--yes"]);
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
