//! Tokens in a real keyring: GNOME's, in a D-Bus session of its own with a home of its own.
//!
//! Each test runs itself once more, where it finds that session or none, and there does what it is about.

#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

use client::secrets::{Kept, Secrets, Token};
use wire::proof::Secret;

/// Set within the session.
const WITHIN: &str = "SIGHTLINE_TEST_KEYRING";

/// Unlocks a keyring with an empty password, then runs the test that is named.
const SESSION: &str =
    r#"printf '\n' | gnome-keyring-daemon --unlock --components=secrets > /dev/null && exec "$@""#;

fn token(byte: u8) -> Token {
    Token { id: format!("t{byte}"), secret: Secret::new([byte; 32]), pin: None }
}

/// Whether a program is here.
fn there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

/// Runs `test` once more with `command` before it, and with a home of its own.
fn run(test: &str, mut command: Command) {
    let home = tempfile::tempdir().expect("a temporary directory");
    command.args(["--exact", test, "--nocapture"]).env(WITHIN, home.path()).env("HOME", home.path());
    for name in ["XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
        command.env(name, home.path());
    }
    let output = command.output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let told = format!("{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"), "{told}");
}

#[test]
fn a_token_is_kept_in_the_keyring() {
    if let Some(home) = std::env::var_os(WITHIN) {
        return within_the_session(&PathBuf::from(home).join("data"));
    }
    for program in ["dbus-run-session", "gnome-keyring-daemon"] {
        if !there(program) {
            return testing::skip(program);
        }
    }
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "sh", "-c", SESSION, "sh"]).arg(std::env::current_exe().expect("this program"));
    run("a_token_is_kept_in_the_keyring", command);
}

#[test]
fn without_a_keyring_it_is_kept_in_a_file() {
    if let Some(home) = std::env::var_os(WITHIN) {
        return within_no_session(&PathBuf::from(home).join("data"));
    }
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    run("without_a_keyring_it_is_kept_in_a_file", command);
}

fn within_the_session(data: &Path) {
    // From a day without a keyring.
    Secrets::in_file(data).keep("a", &token(1)).expect("kept");
    let secrets = Secrets::open(data);
    assert_eq!(secrets.find("a"), Some(token(1)));
    assert_eq!(secrets.keep("a", &token(2)).expect("kept"), Kept::Keyring);
    assert_eq!(Secrets::in_file(data).find("a"), None, "it stands in one place");
    assert_eq!(Secrets::open(data).find("a"), Some(token(2)));
    assert_eq!(secrets.find("b"), None);
    secrets.forget("a").expect("forgotten");
    assert_eq!(Secrets::open(data).find("a"), None);
}

fn within_no_session(data: &Path) {
    let secrets = Secrets::open(data);
    assert_eq!(secrets.keep("a", &token(1)).expect("kept"), Kept::File(data.join("secrets.json")));
    assert_eq!(secrets.find("a"), Some(token(1)));
    secrets.forget("a").expect("forgotten");
    assert_eq!(secrets.find("a"), None);
}
