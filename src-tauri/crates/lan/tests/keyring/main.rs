//! Tokens in a real keyring: GNOME's, in a D-Bus session of its own with a home of its own. Where there is none, the
//! tests say so and are left out.
//!
//! `a_token_is_kept_in_the_keyring` starts the session and runs `within_the_session` there.

#![cfg(target_os = "linux")]

use std::process::Command;

use lan::client::secrets::{Kept, Secrets, Token};
use wire::proof::Secret;

/// Set within the session.
const WITHIN: &str = "SIGHTLINE_TEST_KEYRING";

/// Unlocks a keyring with an empty password, then runs the test that is named.
const SESSION: &str =
    r#"printf '\n' | gnome-keyring-daemon --unlock --components=secrets > /dev/null && exec "$@""#;

fn token(byte: u8) -> Token {
    Token { id: format!("t{byte}"), secret: Secret::new([byte; 32]), pin: None }
}

/// Runs a test of this file with a home, and perhaps a session, of its own; what it printed.
fn run(test: &str, session: bool) -> Option<String> {
    let home = tempfile::tempdir().expect("a temporary directory");
    let program = std::env::current_exe().expect("this program");
    let mut command = match session {
        true => {
            let mut command = Command::new("dbus-run-session");
            command.args(["--", "sh", "-c", SESSION, "sh"]).arg(program);
            command
        }
        false => {
            let mut command = Command::new(program);
            command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
            command
        }
    };
    command.args(["--exact", test, "--nocapture"]).env(WITHIN, home.path()).env("HOME", home.path());
    for name in ["XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
        command.env(name, home.path());
    }
    let output = command.output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    Some(text)
}

#[test]
fn a_token_is_kept_in_the_keyring() {
    let there = |program| Command::new(program).arg("--version").output().is_ok();
    if !there("dbus-run-session") || !there("gnome-keyring-daemon") {
        return println!("left out: there is no dbus-run-session, or no gnome-keyring-daemon");
    }
    let told = run("within_the_session", true).expect("a session");
    assert!(told.contains("kept in the keyring"), "{told}");
}

#[test]
fn without_a_keyring_it_is_kept_in_a_file() {
    let told = run("within_no_session", false).expect("this program");
    assert!(told.contains("kept in a file"), "{told}");
}

#[test]
fn within_the_session() {
    let Some(home) = std::env::var_os(WITHIN) else { return };
    let data = std::path::PathBuf::from(home).join("data");
    // From a day without a keyring.
    Secrets::in_file(&data).keep("a", &token(1)).expect("kept");
    let secrets = Secrets::open(&data);
    assert_eq!(secrets.find("a"), Some(token(1)));
    assert_eq!(secrets.keep("a", &token(2)).expect("kept"), Kept::Keyring);
    assert_eq!(Secrets::in_file(&data).find("a"), None, "it stands in one place");
    assert_eq!(Secrets::open(&data).find("a"), Some(token(2)));
    assert_eq!(secrets.find("b"), None);
    secrets.forget("a").expect("forgotten");
    assert_eq!(Secrets::open(&data).find("a"), None);
    println!("kept in the keyring");
}

#[test]
fn within_no_session() {
    let Some(home) = std::env::var_os(WITHIN) else { return };
    let data = std::path::PathBuf::from(home).join("data");
    let secrets = Secrets::open(&data);
    assert_eq!(secrets.keep("a", &token(1)).expect("kept"), Kept::File(data.join("secrets.json")));
    assert_eq!(secrets.find("a"), Some(token(1)));
    secrets.forget("a").expect("forgotten");
    assert_eq!(secrets.find("a"), None);
    println!("kept in a file");
}
