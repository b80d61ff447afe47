//! `pair`, in a terminal, with a device on the network.

use serde_json::json;

use crate::agent::Agent;
use crate::network::Network;
use crate::terminal::Typed;

/// A machine that is shared, and `pair` that waits there; the digits it shows.
fn waiting(network: &Network) -> (Agent, Typed, String) {
    let agent = Agent::start_in(Some(&network.near));
    agent.stdout(&["share", "--yes", "--scope", "processes"]);
    let mut pair = Typed::start(&agent, &["pair"]);
    let digits = digits(&mut pair);
    (agent, pair, digits)
}

fn digits(pair: &mut Typed) -> String {
    pair.wait_for("and type ");
    let digits = pair.wait_for(".").chars().filter(char::is_ascii_digit).collect();
    pair.wait_for("Ctrl-C cancels the code.");
    digits
}

#[test]
fn a_device_is_let_in_by_a_yes() {
    let Some(network) = Network::make() else { return };
    let (agent, mut pair, digits) = waiting(&network);
    // What was typed before anything was asked is no answer.
    pair.type_in("y\n");
    let asked = json!({"with": "digits", "digits": digits, "name": "Ada's \u{1b}[2Jphone"});
    let (status, answer) = network.pair(agent.port, &asked);
    assert_eq!((status, &answer["state"]), (202, &json!("waiting")), "{answer}");
    let question = pair.wait_for("[y/N]");
    assert!(
        question.contains("Ada's [2Jphone (Safari on iPhone, 192.168.93.2) typed the code"),
        "{question:?}"
    );
    pair.type_in("y\n");
    let (status, answer) =
        network.pair(agent.port, &json!({"with": "request", "request": answer["request"]}));
    assert_eq!(
        (status, &answer["state"], &answer["scope"]),
        (200, &json!("paired"), &json!("view")),
        "{answer}"
    );
    pair.wait_for("is paired, and sees numbers and process names.");
    assert_eq!(pair.end(), Some(0));
    assert!(agent.stdout(&["viewers"]).contains("Safari on iPhone"));
}

#[test]
fn a_device_is_kept_out_by_anything_else_and_enter_shows_a_new_code() {
    let Some(network) = Network::make() else { return };
    let (agent, mut pair, digits) = waiting(&network);
    let asked = json!({"with": "digits", "digits": digits, "name": "Stranger"});
    let (_, answer) = network.pair(agent.port, &asked);
    pair.wait_for("[y/N]");
    pair.type_in("\n");
    let (status, refused) =
        network.pair(agent.port, &json!({"with": "request", "request": answer["request"]}));
    assert_eq!(status, 403, "{refused}");
    pair.wait_for("It was refused. Enter shows a new code");
    pair.type_in("\n");
    assert_ne!(self::digits(&mut pair), digits);
    assert!(agent.stdout(&["viewers"]).contains("No device is paired"));
}

#[test]
fn ctrl_c_cancels_the_code() {
    let Some(network) = Network::make() else { return };
    let (agent, mut pair, digits) = waiting(&network);
    pair.type_in("\x03");
    assert_eq!(pair.end(), Some(130));
    let (status, answer) =
        network.pair(agent.port, &json!({"with": "digits", "digits": digits, "name": "Late"}));
    assert_eq!(status, 410, "{answer}");
}

#[test]
fn the_code_that_share_shows_is_not_replaced() {
    let Some(network) = Network::make() else { return };
    let agent = Agent::start_in(Some(&network.near));
    let shared = agent.stdout(&["share", "--yes"]);
    let link = shared.lines().find(|line| line.contains("/#p=")).expect("a link").trim().to_owned();
    let mut pair = Typed::start(&agent, &["pair"]);
    pair.wait_for(&link);
    pair.wait_for("Ctrl-C cancels the code.");
    let app = network.far_away(move || async move {
        client::pairing::pair(&link, "Laptop").await.map(|paired| paired.scope)
    });
    assert!(matches!(app.join().expect("the app"), Ok(wire::Scope::View)));
    pair.wait_for("Laptop (Sightline) is paired");
    assert_eq!(pair.end(), Some(0));
}

#[test]
fn a_new_network_is_shared_on_after_a_yes_only() {
    let Some(network) = Network::make() else { return };
    let agent = Agent::start_in(Some(&network.near));
    let mut share = Typed::start(&agent, &["share"]);
    let question = share.wait_for("[y/N]");
    assert!(
        question.contains("Share on the network 192.168.93.0/24 (cable, as 192.168.93.1)?"),
        "{question}"
    );
    share.type_in("\n");
    share.wait_for("nothing was changed");
    assert_eq!(share.end(), Some(1));
    assert_eq!(network.get(agent.port, "/health"), None, "nobody listens");

    let mut share = Typed::start(&agent, &["share"]);
    share.wait_for("[y/N]");
    share.type_in("y\n");
    share.wait_for("Paired devices on 192.168.93.0/24 (cable) can watch this machine now.");
    // Black on white of the fixed palette, whatever the terminal's theme.
    share.wait_for("\u{1b}[38;5;16;48;5;231m");
    assert_eq!(share.end(), Some(0));
    assert_eq!(network.get(agent.port, "/health"), Some(200));
    let again = Typed::start(&agent, &["share"]).end();
    assert_eq!(again, Some(0), "asked once");
}

#[test]
fn an_agent_that_ends_meanwhile_is_told() {
    let Some(network) = Network::make() else { return };
    let (mut agent, mut pair, _) = waiting(&network);
    agent.end();
    pair.wait_for("the machine ended the session: Sightline was ended there.");
    assert_eq!(pair.end(), Some(1));
}
