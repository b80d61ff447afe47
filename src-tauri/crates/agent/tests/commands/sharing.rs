//! Sharing with another computer.

use std::time::{Duration, Instant};

use client::pairing::{PairError, Paired, pair};
use client::stream::{self, Lost, OpenError, Stream};
use serde_json::Value;
use wire::{Goodbye, Scope, ServerMessage};

use crate::DEADLINE;
use crate::agent::{Agent, is_answer};
use crate::network::{FAR, NEAR, Network};

/// A link from `share`.
pub(crate) fn invited(agent: &Agent, more: &[&str]) -> String {
    let told = agent.stdout(&[&["share", "--yes", "--json"], more].concat());
    let told: Value = serde_json::from_str(&told).unwrap_or_else(|err| panic!("{err}: {told}"));
    told["invitation"]["link"].as_str().expect("a link").to_owned()
}

async fn open(paired: &Paired) -> Result<Stream, OpenError> {
    stream::open(&paired.address, &paired.token_id, &paired.secret, Some(&paired.machine_id)).await
}

/// Waits until the session is over; why, and when.
async fn ended(mut stream: Stream) -> (Lost, Instant) {
    let over = async {
        loop {
            if let Err(lost) = stream.recv().await {
                return (lost, Instant::now());
            }
        }
    };
    tokio::time::timeout(DEADLINE, over).await.expect("an end of the session")
}

#[test]
fn an_app_is_let_in_by_the_link_and_cut_off_when_it_is_revoked() {
    let Some(network) = Network::make() else { return };
    let agent = Agent::start_in(Some(&network.near));
    let link = invited(&agent, &["--scope", "processes"]);
    let (there, is_there) = std::sync::mpsc::channel();
    let app = network.far_away({
        let link = link.clone();
        move || async move {
            let paired = pair(&link, "Lap\u{202e}top").await.expect("paired");
            let stream = open(&paired).await.expect("a session");
            there.send(stream.connected().scope).expect("a listener");
            let ended = ended(stream).await;
            (paired, ended)
        }
    });
    assert_eq!(is_there.recv_timeout(DEADLINE).expect("a session"), Scope::Processes);
    let list = agent.stdout(&["viewers"]);
    let line = list.lines().find(|line| line.contains("Laptop")).unwrap_or_else(|| panic!("{list}"));
    for told in [FAR, "Sightline", "processes", "connected"] {
        assert!(line.contains(told), "{told}: {line}");
    }
    let said = agent.stdout(&["revoke", "laptop"]);
    let revoked = Instant::now();
    assert!(said.contains("Laptop has no access any more. Ended: 1 connection."), "{said}");
    let (paired, (lost, at)) = app.join().expect("the app");
    assert!(matches!(lost, Lost::Goodbye(Goodbye::Revoked)), "{lost:?}");
    // Long before its silence would be noticed.
    assert!(at.saturating_duration_since(revoked) < wire::limits::PING_EVERY);

    let again =
        network.far_away(move || async move { (open(&paired).await.map(drop), pair(&link, "x").await) });
    let (opened, paired) = again.join().expect("the app");
    assert!(matches!(opened, Err(OpenError::Revoked(_))), "{opened:?}");
    assert!(matches!(paired, Err(PairError::Refused(_))), "a code is good once: {paired:?}");
}

#[test]
fn unshare_cuts_off_who_is_on_the_network_and_nobody_comes_after() {
    let Some(network) = Network::make() else { return };
    let agent = Agent::start_in(Some(&network.near));
    assert!(agent.stdout(&["unshare"]).contains("not shared"));
    let link = invited(&agent, &[]);
    let (there, is_there) = std::sync::mpsc::channel();
    let app = network.far_away(move || async move {
        let paired = pair(&link, "Phone").await.expect("paired");
        let mut stream = open(&paired).await.expect("a session");
        there.send(()).expect("a listener");
        let pong = stream.send(&wire::ClientMessage::Ping { id: 3 }).await;
        assert!(pong.is_ok() && matches!(stream.recv().await, Ok(ServerMessage::Pong { id: 3, .. })));
        ended(stream).await;
        open(&paired).await.map(drop)
    });
    is_there.recv_timeout(DEADLINE).expect("a session");
    let said = agent.stdout(&["unshare"]);
    assert!(said.contains("1 viewer on the network was cut off"), "{said}");
    let after = app.join().expect("the app");
    assert!(matches!(after, Err(OpenError::Unreachable(_))), "{after:?}");
    assert_eq!(network.get(agent.port, "/health"), None, "nobody listens");
    let list = agent.stdout(&["viewers"]);
    assert!(list.contains("Phone"), "it stays paired: {list}");
}

#[test]
fn nothing_opens_before_somebody_said_yes_to_the_network() {
    let Some(network) = Network::make() else { return };
    let agent = Agent::start_in(Some(&network.near));
    let asked = agent.run(&["share"]);
    assert_eq!(asked.code, Some(1));
    assert!(asked.err.contains("192.168.93.0/24 (cable") && asked.err.contains("--yes"), "{}", asked.err);
    assert_eq!(network.get(agent.port, "/health"), None, "nobody listens");
    let wrong = agent.run(&["share", "--yes", "--interface", "wlan7"]);
    assert!(wrong.code == Some(1) && wrong.err.contains("there are cable"), "{}", wrong.err);
    assert_eq!(network.get(agent.port, "/health"), None, "nobody listens");

    let shared = agent.stdout(&["share", "--yes", "--interface", "cable"]);
    for told in [
        "Paired devices on 192.168.93.0/24 (cable)",
        "http://192.168.93.1:",
        "/#p=",
        "▀▀▀",
        "5 minutes",
        "numbers and process names (view)",
        "Browsers get http",
        "sightline-agent unshare",
    ] {
        assert!(shared.contains(told), "{told}: {shared}");
    }
    assert!(!shared.contains("(lo)"), "{shared}");
    assert_eq!(network.get(agent.port, "/health"), Some(200));
    assert_eq!(network.get(agent.port, "/api/v1/snapshot"), Some(401));
}

/// Waits until `happens`, for as long as networks take to be looked at again, and then some.
pub(crate) fn eventually(what: &str, mut happens: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happens() {
        assert!(begun.elapsed() < 2 * DEADLINE, "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn another_address_is_followed_and_another_network_is_asked_about() {
    let Some(network) = Network::make() else { return };
    let agent = Agent::start_in(Some(&network.near));
    let listens = || network.get(agent.port, "/health") == Some(200);
    agent.stdout(&["share", "--yes"]);
    assert!(listens());
    network.readdress(NEAR, "192.168.93.7");
    let at_new = || network.get_at("192.168.93.7", agent.port, "/health") == Some(200);
    eventually("it listens at its new address", at_new);

    network.readdress("192.168.93.7", "192.168.94.1");
    eventually("the new network is noticed", || {
        agent.stdout(&["viewers", "--log"]).contains("New network: 192.168.94.0/24")
    });
    let asked = agent.run(&["share"]);
    assert!(asked.code == Some(1) && asked.err.contains("192.168.94.0/24"), "{}", asked.err);
    let nowhere = agent.run(&["pair"]);
    assert_eq!(nowhere.code, Some(1), "there is no link while it listens nowhere: {}", nowhere.out);

    network.readdress("192.168.94.1", NEAR);
    eventually("the network it was allowed on is served again, without a question", listens);
}

#[test]
fn open_lets_anyone_view_until_it_is_shared_without() {
    let Some(network) = Network::make() else { return };
    let agent = Agent::start_in(Some(&network.near));
    let open_link = invited(&agent, &["--open", "--scope", "processes"]);
    assert!(network.get(agent.port, "/api/v1/snapshot").is_some_and(is_answer));
    let app = network.far_away(move || async move {
        let paired = pair(&open_link, "Laptop").await.expect("paired");
        open(&paired).await.map(|stream| stream.connected().scope)
    });
    let scope = app.join().expect("the app");
    assert!(
        matches!(scope, Ok(Scope::Processes)),
        "who has a token is known, though anyone may view: {scope:?}"
    );
    let said = agent.stdout(&["share", "--yes", "--open"]);
    for told in ["Anyone on", "never more", "unshare"] {
        assert!(said.contains(told), "{told}: {said}");
    }
    assert!(agent.stdout(&["viewers"]).contains("Anyone on the network may view"));
    agent.stdout(&["share", "--yes"]);
    assert_eq!(network.get(agent.port, "/api/v1/snapshot"), Some(401));
}
