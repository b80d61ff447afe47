//! T10, T11: a few seconds of what `long.rs` does for minutes. The agent goes on ticking, serves its viewers, accepts new
//! ones, and does not grow. How much in time it ticks is `long.rs`'s to judge, on a machine that does nothing else.

use std::time::Duration;

use crate::ask::{HERE, exchange};
use crate::attack::{Attack, HEAD_BYTES, head_of};
use crate::siege::{besieged, measure};
use crate::{cycles, guesses};

const LASTS: Duration = Duration::from_secs(5);
const GROWN_MIB: f64 = 20.0;

async fn attacked_by(attack: Attack) {
    let agent = besieged("warn");
    let seen = measure(attack, &agent, LASTS).await;
    println!("{seen}");
    assert!(seen.ticks >= 2, "{seen}");
    assert!(seen.grown_mib() < GROWN_MIB, "{seen}");
    assert_eq!(seen.turned_away, 0, "{seen}");
}

#[tokio::test]
async fn heads_that_drip_hold_nobody_up() {
    attacked_by(Attack::DrippingHeads).await;
}

#[tokio::test]
async fn ten_thousand_sockets_that_are_left_hold_nobody_up() {
    attacked_by(Attack::SocketsLeft).await;
}

#[tokio::test]
async fn long_heads_hold_nobody_up() {
    attacked_by(Attack::LongHeads).await;
}

#[tokio::test]
async fn pings_and_tiny_frames_without_end_hold_nobody_up() {
    attacked_by(Attack::FramesWithoutEnd).await;
}

#[tokio::test]
async fn a_head_has_a_bound_and_one_below_it_is_read() {
    let agent = besieged("warn");
    for (bytes, expected) in [(HEAD_BYTES - 512, 200), (HEAD_BYTES + 512, 431), (1024 * 1024, 431)] {
        let answer = exchange(HERE, agent.address, &head_of(bytes, agent.address)).await;
        // Past the bound it is closed while we still write, so the answer may be lost on the way.
        let status = answer.map_or(431, |answer| answer.status());
        assert_eq!(status, expected, "{bytes} bytes");
    }
}

#[tokio::test]
async fn devices_that_are_paired_and_revoked_leave_nothing_behind() {
    cycles::pair_and_revoke(50).await;
}

#[tokio::test]
async fn of_thousands_of_digits_five_are_judged_and_nobody_else_waits() {
    guesses::digits(2_000).await;
}

#[tokio::test]
async fn thousands_of_wrong_links_keep_nobody_waiting() {
    guesses::links(2_000).await;
}

#[tokio::test]
async fn wrong_tokens_wait_longer_and_longer_and_a_right_one_is_let_in() {
    guesses::tokens(2_000).await;
}

/// As many as are counted, and some more.
#[tokio::test]
async fn thousands_of_addresses_have_no_more_guesses_and_take_no_more_than_their_bound() {
    guesses::addresses(4_500).await;
}
