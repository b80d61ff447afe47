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

use std::net::IpAddr;
use std::time::Duration;

use ask::{Ask, connect};
use attack::Attack;
use owner::{Owner, STREAM, stream};
use raw::Raw;
use serde_json::{Value, json};
use siege::{besieged, measure};
use tokio::task::JoinSet;
use wire::limits::{SESSIONS, SESSIONS_PER_ADDRESS};

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

/// Strangers take as many seats as a host may have, from as many hosts as it takes; who has access gets one all the same.
#[tokio::test]
async fn t11_ten_thousand_seats() {
    const HOSTS: usize = 160;
    attack::raise_descriptor_limit();
    let agent = agent::Agent::start("warn", &json!({"loopback": "view"})).ticking().await;
    let mut owner = Owner::of(agent.address, &agent.owner_token()).await;
    let (_, token) = owner.token("view", "kitchen").await;
    let at = agent.address;
    let mut hosts = JoinSet::new();
    for host in 0..HOSTS {
        let from = IpAddr::from([127, 20, host as u8, 1]);
        hosts.spawn(async move {
            let (ask, mut seats) = (Ask::get(STREAM).upgrade().from(from), Vec::new());
            for _ in 0..SESSIONS_PER_ADDRESS {
                let link = connect(from, at).await.expect("a connection");
                let (answer, raw) = Raw::ask(link, &ask.bytes(at)).await.expect("an answer");
                match answer.status() {
                    101 => seats.push(raw),
                    status => assert_eq!(status, 503, "{answer:?}"),
                }
            }
            seats
        });
    }
    let seats: Vec<_> = hosts.join_all().await.into_iter().flatten().collect();
    let taken = owner.ask("sharing.read", Value::Null).await["viewing"].as_u64().expect("a number");
    println!(
        "{} seats were given, {taken} are taken; RSS {:.1} MiB",
        seats.len(),
        agent.resident_bytes() as f64 / 1048576.0
    );
    assert!(
        (SESSIONS * 4 / 5..SESSIONS).contains(&(taken as usize)),
        "they have what strangers may have: {taken}"
    );
    let (from, mut viewers) = (IpAddr::from([127, 22, 0, 1]), Vec::new());
    for _ in 0..SESSIONS_PER_ADDRESS {
        let mut viewer = stream(&Ask::get(STREAM).upgrade().bearer(&token).from(from), at).await;
        assert_eq!(viewer.recv_type("connected").await["scope"], "view");
        viewers.push(viewer);
    }
    let mut second = Owner::of(at, &agent.owner_token()).await;
    assert!(second.ask("sharing.read", Value::Null).await["viewing"].as_u64() >= Some(taken));
}
