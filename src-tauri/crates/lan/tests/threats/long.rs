//! The threats that take long, for `cargo xtask test --long`: five minutes of each flood, a thousand pairings, and
//! clocks that must not tell a right guess from a wrong one. Each prints its figures.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![cfg(target_os = "linux")]

mod agent;
mod ask;
mod attack;
mod clocks;
mod cycles;
#[path = "../fixture/mod.rs"]
mod fixture;
mod guesses;
mod owner;
#[path = "../fixture/raw.rs"]
mod raw;
mod siege;

use std::time::Duration;

use attack::Attack;
use siege::{besieged, measure};

const LASTS: Duration = Duration::from_secs(5 * 60);
/// To compare with: what the other programs of this machine do to a tick.
const QUIET: Duration = Duration::from_secs(30);
const JITTER_MS: f64 = 50.0;
const GROWN_MIB: f64 = 20.0;

async fn attacked_by(attack: Attack) {
    let agent = besieged("warn");
    println!("{}", measure(Attack::Quiet, &agent, QUIET).await);
    let seen = measure(attack, &agent, LASTS).await;
    println!("{seen}");
    assert_eq!(seen.missed, 0, "{seen}");
    // What this machine does to any thread is not the agent's.
    assert!(seen.jitter_ms() < JITTER_MS + seen.bare_ms(), "{seen}");
    assert!(seen.grown_mib() < GROWN_MIB, "{seen}");
    assert_eq!(seen.turned_away, 0, "{seen}");
}

#[tokio::test]
async fn t11_heads_that_drip() {
    attacked_by(Attack::DrippingHeads).await;
}

#[tokio::test]
async fn t11_ten_thousand_sockets_that_are_left() {
    attacked_by(Attack::SocketsLeft).await;
}

#[tokio::test]
async fn t11_long_heads() {
    attacked_by(Attack::LongHeads).await;
}

#[tokio::test]
async fn t11_frames_without_end() {
    attacked_by(Attack::FramesWithoutEnd).await;
}

#[tokio::test]
async fn t10_a_thousand_devices_are_paired_and_revoked() {
    cycles::pair_and_revoke(1000).await;
}

#[test]
fn t10_clocks_tell_nothing_of_a_guess() {
    clocks::tell_nothing(100_000);
}

#[tokio::test]
async fn t10_ten_thousand_guesses_of_codes() {
    guesses::digits(10_000).await;
    guesses::links(10_000).await;
}

#[tokio::test]
async fn t10_ten_thousand_guesses_of_tokens() {
    guesses::tokens(10_000).await;
}

#[tokio::test]
async fn t10_ten_thousand_addresses() {
    guesses::addresses(10_000).await;
}
