//! Commands that need this computer only: tokens, viewers, and errors.

use std::net::TcpListener;
use std::process::Stdio;

use serde_json::Value;

use crate::agent::{Agent, Outcome, is_answer, outcome};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|err| panic!("{err}: {text}"))
}

#[test]
fn a_token_lets_a_script_in_until_it_is_taken_back() {
    let agent = Agent::start();
    let made = json(&agent.stdout(&["token", "grafana", "--scope", "processes", "--json"]));
    let token = made["token"].as_str().expect("a token");
    assert!(is_answer(agent.get("/api/v1/snapshot", token)));
    assert_eq!(agent.get("/api/v1/snapshot", &token.replace('.', ".0")), 401);

    let viewers = json(&agent.stdout(&["viewers", "--json"]));
    assert_eq!(viewers[0]["name"], "grafana");
    assert_eq!(viewers[0]["scope"], "processes");
    assert!(agent.stdout(&["viewers", "rename", "graf", "Big board"]).contains("Big board"));
    assert!(agent.stdout(&["viewers", "scope", "big board", "view"]).contains("process names"));
    let list = agent.stdout(&["viewers"]);
    assert!(list.contains("Big board") && list.contains("view"), "{list}");

    let unknown = agent.run(&["revoke", "phone"]);
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.err.contains("\"phone\"") && unknown.err.contains("Big board"), "{}", unknown.err);
    agent.stdout(&["revoke", "Big board"]);
    assert_eq!(agent.get("/api/v1/snapshot", token), 401);
    assert!(agent.stdout(&["viewers"]).contains("No device is paired"));
    let log = agent.stdout(&["viewers", "--log"]);
    for happened in ["grafana was paired (processes)", "is called Big board", "Big board was revoked"] {
        assert!(log.contains(happened), "{happened}: {log}");
    }
}

#[test]
fn an_origin_says_what_it_gives_and_can_be_tied_to_a_token() {
    let agent = Agent::start();
    let open = agent.stdout(&["origins", "add", "https://dash.example"]);
    assert!(
        open.contains("https://dash.example: everyone who sends this origin sees what scope view"),
        "{open}"
    );
    agent.stdout(&["token", "grafana", "--scope", "processes"]);
    let tied = agent.stdout(&["origins", "add", "https://dash.example", "--token", "grafana"]);
    for told in ["https://dash.example: nothing by itself", "the token grafana", "Authorization: Bearer"] {
        assert!(tied.contains(told) && !tied.contains("everyone"), "{told}: {tied}");
    }
    let unknown = agent.run(&["origins", "add", "https://own.example", "--token", "phone"]);
    assert!(unknown.code == Some(1) && unknown.err.contains("\"phone\""), "{}", unknown.err);
    agent.stdout(&["revoke", "grafana"]);
    let revoked = agent.stdout(&["origins"]);
    assert!(revoked.contains("was revoked"), "{revoked}");
    let none = agent.stdout(&["origins", "remove", "https://dash.example"]);
    assert!(none.contains("No web page of another origin"), "{none}");
}

#[test]
fn a_token_is_shown_with_what_scripts_do_with_it() {
    let agent = Agent::start();
    let shown = agent.stdout(&["token", "prometheus"]);
    let header = shown.lines().find_map(|line| line.trim().strip_prefix("Authorization: Bearer "));
    let token = header.expect("the line for scripts");
    assert!(is_answer(agent.get("/metrics", token)));
    assert!(shown.contains(&format!("credentials: {token}")), "{shown}");
    assert!(!agent.stdout(&["viewers", "--json"]).contains(token), "shown once");
}

#[test]
fn where_no_agent_is_it_is_said_how_to_start_one() {
    let agent = Agent::start();
    let mut nobody = agent.command(&["viewers"]);
    drop(agent);
    let Outcome { code, err, .. } = outcome(&mut nobody);
    assert_eq!(code, Some(1));
    for told in ["no Sightline runs", "sightline-agent serve", "--data-dir"] {
        assert!(err.contains(told), "{told}: {err}");
    }
}

#[test]
fn the_agent_of_somebody_else_is_told_apart() {
    let agent = Agent::start();
    let other = tempfile::tempdir().expect("a temporary directory");
    let elsewhere = |data: &std::path::Path| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_sightline-agent"));
        command.args(["viewers", "--port", &agent.port.to_string(), "--data-dir"]).arg(data);
        outcome(&mut command)
    };
    let without = elsewhere(other.path());
    assert!(without.code == Some(1) && without.err.contains("--data-dir"), "{without:?}");
    std::fs::write(other.path().join("owner.token"), format!("owner.{}\n", "07".repeat(32)))
        .expect("written");
    let another = elsewhere(other.path());
    assert!(another.code == Some(1) && another.err.contains("--data-dir"), "{another:?}");
}

#[test]
fn commands_ask_no_port() {
    let agent = Agent::start();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("it does not wait");
    let port = listener.local_addr().expect("an address").port();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_sightline-agent"));
    command.args(["viewers", "--json", "--port", &port.to_string(), "--data-dir"]).arg(agent.data_dir());
    let Outcome { code, err, .. } = outcome(&mut command);
    assert_eq!(code, Some(0), "{err}");
    let heard = listener.accept().expect_err("nobody came");
    assert_eq!(heard.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn nothing_is_decided_where_nobody_can_answer() {
    let agent = Agent::start();
    let pair = agent.run(&["pair"]);
    assert_eq!(pair.code, Some(1));
    assert!(pair.err.contains("nobody is there to answer"), "{}", pair.err);
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let agent = Agent::start();
    let mut viewers = agent.command(&["viewers"]);
    let mut child = viewers.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a command");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("an end");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
