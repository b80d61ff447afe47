//! An app without a link, on another computer: somebody in front of the terminal of this one compares the digits.

use client::address::Address;
use client::pairing::{PairError, Paired};
use client::short_auth_string::compare;
use client::stream;

use crate::agent::Agent;
use crate::network::{NEAR, Network};
use crate::terminal::Typed;

/// What becomes of an app on the far computer whose user finds that both screens show the same; and its digits.
fn asks(network: &Network, port: u16) -> (String, std::thread::JoinHandle<Result<Paired, PairError>>) {
    let (shows, digits) = std::sync::mpsc::channel();
    let at: Address = format!("{NEAR}:{port}").parse().expect("an address");
    let app = network.far_away(move || async move {
        let comparison = compare(&at, "Laptop").await?;
        shows.send(comparison.comparing.digits.clone()).expect("somebody looks");
        comparison.confirm().await
    });
    (digits.recv_timeout(crate::DEADLINE).expect("digits"), app)
}

#[test]
fn digits_are_compared_in_the_terminal_and_the_code_stays_as_good_as_it_was() {
    let Some(network) = Network::make() else { return };
    let agent = Agent::start_in(Some(&network.near));
    agent.stdout(&["share", "--yes"]);
    let mut terminal = Typed::start(&agent, &["pair"]);
    terminal.wait_for("Ctrl-C cancels the code.");

    let (digits, app) = asks(&network, agent.port);
    let spaced = format!("{} {}", &digits[..3], &digits[3..]);
    let question = terminal.wait_for("[y/N]");
    assert!(question.contains("Laptop (Sightline, 192.168.93.2) asks to pair."), "{question}");
    assert!(question.contains(&format!("does its own screen show {spaced}?")), "{question}");
    terminal.type_in("\n");
    let refused = app.join().expect("the app");
    assert!(matches!(refused, Err(PairError::Refused(_))), "{refused:?}");
    terminal.wait_for("It was refused. The code is still valid.");

    let (_, app) = asks(&network, agent.port);
    terminal.wait_for("[y/N]");
    terminal.type_in("y\n");
    let paired = app.join().expect("the app").expect("paired");
    terminal.wait_for("Laptop (Sightline) is paired, and sees");
    assert_eq!(terminal.end(), Some(0));
    let opened = network.far_away(move || async move {
        let Paired { address, token_id, secret, machine_id, .. } = paired;
        let opened = stream::open(&address, &token_id, &secret, Some(&machine_id)).await;
        opened.map(|stream| stream.connected().scope)
    });
    assert_eq!(opened.join().expect("the app").expect("a session"), wire::Scope::Processes);
    assert!(agent.stdout(&["viewers", "--log"]).contains("Laptop was paired by comparing digits"));
}
