//! `watch`, against real agents: lines as they happen, reconnecting, and errors that trying again cannot mend.

use std::path::Path;

use serde_json::Value;

use crate::agent::Agent;
use crate::network::{NEAR, Network};
use crate::watch_process::Watching;

/// A link for a new device.
fn invited(agent: &Agent) -> String {
    let told = agent.stdout(&["share", "--yes", "--json"]);
    let told: Value = serde_json::from_str(&told).unwrap_or_else(|err| panic!("{err}: {told}"));
    told["invitation"]["link"].as_str().expect("a link").to_owned()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// Whether it is a line of numbers, as they stand in the table.
fn is_figures(line: &str) -> bool {
    line.as_bytes().get(2) == Some(&b':') && line.contains(" %  ")
}

#[test]
fn a_machine_of_this_computer_is_watched_without_a_token_until_ctrl_c() {
    let (agent, data) = (Agent::start(), folder());
    let address = format!("localhost:{}", agent.port);
    let mut watch = Watching::start(None, data.path(), &[&address]);
    watch.line(|line| line == format!("{address}: connecting"));
    watch.line(|line| line.ends_with(&format!(": live, at {address}")));
    let heading = watch.line(|_| true);
    assert!(heading.starts_with("TIME        CPU  MEMORY  DISK MB/S"), "{heading}");
    let figures = watch.line(is_figures);
    assert!(figures.chars().count() >= "12:04:10   13 %   100 %       12.3       1.2   54 °C  –".len() - 4);
    watch.interrupt();
    let (code, words) = watch.end();
    assert_eq!((code, words.as_str()), (Some(0), ""));
    assert!(std::fs::read_dir(data.path()).expect("a directory").next().is_none(), "nothing is kept");
}

#[test]
fn who_has_read_enough_ends_it_quietly() {
    let (agent, data) = (Agent::start(), folder());
    let mut watch = Watching::start(None, data.path(), &[&format!("127.0.0.1:{}", agent.port), "--json"]);
    watch.json(|told| told["sampledAtMs"].is_u64());
    watch.close();
    let (code, words) = watch.end();
    assert_eq!((code, words.as_str()), (Some(0), ""));
}

#[test]
fn a_link_pairs_and_what_is_lost_comes_back_until_it_is_revoked() {
    let Some(network) = Network::make() else { return };
    let mut agent = Agent::start_in(Some(&network.near));
    let (link, data) = (invited(&agent), folder());
    let address = format!("{NEAR}:{}", agent.port);
    let mut watch = Watching::start(Some(&network.far), data.path(), &[&link, "--json"]);
    watch.state("connecting");
    let live = watch.state("live");
    assert_eq!((&live["address"], &live["scope"]), (&address.as_str().into(), &"view".into()), "{live}");
    let figures = watch.json(|told| told["sampledAtMs"].is_u64());
    assert!(figures["memoryRatio"].is_number() && figures.get("worstAlert").is_some(), "{figures}");

    agent.end();
    let left = watch.state("shutDown");
    assert!(left["retryInMs"].is_u64(), "{left}");
    let lost = watch.state("reconnecting");
    assert!(lost["why"].as_str().is_some_and(|why| why.contains("nothing listens")), "{lost}");
    agent.start_again();
    watch.state("live");
    agent.cut();
    watch.state("reconnecting");
    agent.start_again();
    watch.state("live");
    watch.json(|told| told["sampledAtMs"].is_u64());

    // The token is kept: an address does from now on.
    let mut again = Watching::start(Some(&network.far), data.path(), &[&address]);
    again.line(is_figures);
    let list: Value = serde_json::from_str(&agent.stdout(&["viewers", "--json"])).expect("JSON");
    agent.stdout(&["revoke", list[0]["id"].as_str().expect("an id")]);
    let refused = watch.state("unauthorized");
    assert_eq!(refused["kind"], "revoked");
    for mut ended in [watch, again] {
        let (code, words) = ended.end();
        assert!(code == Some(1) && words.contains("revoked this computer's access"), "{code:?}: {words}");
    }
}

#[test]
fn an_encrypted_machine_is_known_by_its_key_from_then_on() {
    let Some(network) = Network::make() else { return };
    let agent = Agent::start_in(Some(&network.near));
    agent.stdout(&["share", "--yes"]);
    agent.stdout(&["encrypt", "self-signed"]);
    let (link, data) = (invited(&agent), folder());
    assert!(link.starts_with("https://"), "{link}");
    let mut watch = Watching::start(Some(&network.far), data.path(), &[&link, "--json"]);
    watch.json(|told| told["sampledAtMs"].is_u64());
    watch.interrupt();
    let (code, words) = watch.end();
    assert!(code == Some(0) && words.starts_with("Paired with "), "{code:?}: {words}");

    let by_address = format!("{NEAR}:{}", agent.port);
    let mut watch = Watching::start(Some(&network.far), data.path(), &[&by_address]);
    watch.line(is_figures);
    agent.stdout(&["encrypt", "off"]);
    drop(watch);
    // That is for browsers.
    let mut watch = Watching::start(Some(&network.far), data.path(), &[&by_address]);
    watch.line(is_figures);
    drop(watch);
    let in_clear = format!("http://{by_address}");
    let mut watch = Watching::start(Some(&network.far), folder().path(), &[&in_clear]);
    let (code, words) = watch.end();
    assert!(code == Some(1) && words.contains("gives access to paired devices only"), "{words}");
}

#[test]
fn who_claims_to_be_a_known_machine_takes_nothing_over() {
    let Some(network) = Network::make() else { return };
    let near = Some(network.near.as_str());
    let (mut agent, mut thief) = (Agent::start_in(near), Agent::start_in(near));
    let (link, data) = (invited(&agent), folder());
    let mut watch = Watching::start(Some(&network.far), data.path(), &[&link]);
    watch.line(is_figures);
    drop(watch);
    let kept = || std::fs::read_to_string(data.path().join("secrets.json")).expect("tokens");
    let before = kept();

    // Another machine with its id, by a link of its own.
    thief.end();
    let identity = |of: &Agent| of.data_dir().join("identity.json");
    std::fs::copy(identity(&agent), identity(&thief)).expect("its id");
    thief.start_again();
    let (code, words) = Watching::start(Some(&network.far), data.path(), &[&invited(&thief)]).end();
    assert!(code == Some(1) && words.contains("cannot prove it"), "{code:?}: {words}");
    assert_eq!(kept(), before, "the token is the one of before");

    // The same link again, of the machine itself: it proves that it is known.
    let mut watch = Watching::start(Some(&network.far), data.path(), &[&invited(&agent)]);
    watch.line(is_figures);
    assert_ne!(kept(), before);
    drop(watch);

    // One that takes its address over and asks for nothing.
    agent.end();
    let open = Agent::start_at(near, agent.port);
    open.stdout(&["share", "--yes", "--open"]);
    let address = format!("{NEAR}:{}", agent.port);
    let mut watch = Watching::start(Some(&network.far), folder().path(), &[&address]);
    watch.line(is_figures);
    let (code, words) = Watching::start(Some(&network.far), data.path(), &[&address]).end();
    assert!(code == Some(1) && words.contains("another key"), "{code:?}: {words}");
}

#[test]
fn what_can_never_work_says_why_and_what_to_do() {
    let Some(network) = Network::make() else { return };
    let agent = Agent::start_in(Some(&network.near));
    let (link, data) = (invited(&agent), folder());
    let refused = |arguments: &[&str], data: &Path| {
        let (code, words) = Watching::start(Some(&network.far), data, arguments).end();
        assert_eq!(code, Some(1), "{words}");
        words
    };
    let address = format!("{NEAR}:{}", agent.port);
    let words = refused(&[&address], data.path());
    assert!(
        words.contains("gives access to paired devices only") && words.contains("sightline-agent share"),
        "{words}"
    );
    let words = refused(&["not an address"], data.path());
    assert!(words.contains("is no address"), "{words}");
    let mut first = Watching::start(Some(&network.far), data.path(), &[&link]);
    first.line(is_figures);
    let words = refused(&[&link], folder().path());
    assert!(words.contains("This code was used already"), "{words}");
}
