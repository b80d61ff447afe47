//! Section 10.4: a message past its bound is refused before it is held.

use wire::Goodbye;
use wire::limits::CLIENT_MESSAGE_BYTES;

use crate::raw::{BINARY, CONTINUATION, FIN, Raw, TEXT, frame, header};
use crate::{Suite, Then, ends};

const TOO_LARGE: Then = Then::Goodbye(Goodbye::TooLarge);

/// A message in `fragments` of `size` bytes.
fn fragments(count: usize, size: usize) -> Vec<u8> {
    let payload = vec![b' '; size];
    (0..count)
        .flat_map(|at| {
            let opcode = if at == 0 { TEXT } else { CONTINUATION };
            frame(if at + 1 == count { FIN | opcode } else { opcode }, &payload)
        })
        .collect()
}

#[tokio::test]
async fn a_message_past_its_bound_ends_its_session_with_a_word() {
    let mut suite = Suite::open().await;
    let spaces = |count: usize| vec![b' '; count];
    let cases = [
        ("as large as allowed", frame(FIN | TEXT, &spaces(CLIENT_MESSAGE_BYTES)), Then::GoesOn),
        ("fragments as large as allowed", fragments(4, CLIENT_MESSAGE_BYTES / 4), Then::GoesOn),
        ("a byte more", frame(FIN | TEXT, &spaces(CLIENT_MESSAGE_BYTES + 1)), TOO_LARGE),
        ("a byte more of binary", frame(FIN | BINARY, &spaces(CLIENT_MESSAGE_BYTES + 1)), TOO_LARGE),
        ("twice as much", frame(FIN | TEXT, &spaces(CLIENT_MESSAGE_BYTES * 2)), TOO_LARGE),
        ("fragments that are too much together", fragments(5, CLIENT_MESSAGE_BYTES / 4), TOO_LARGE),
        ("many fragments that are", fragments(1_000, 100), TOO_LARGE),
        (
            "a claim of a byte more, and nothing",
            header(FIN | TEXT, CLIENT_MESSAGE_BYTES as u64 + 1),
            TOO_LARGE,
        ),
        ("a claim of 1 GiB, and nothing", header(FIN | TEXT, 1 << 30), TOO_LARGE),
        ("a claim of 1 GiB in a fragment", header(TEXT, 1 << 30), TOO_LARGE),
        (
            "a claim of 1 GiB in a continuation",
            [frame(TEXT, b"{"), header(CONTINUATION, 1 << 30)].concat(),
            TOO_LARGE,
        ),
        ("the largest length there is", header(FIN | TEXT, u64::MAX >> 1), TOO_LARGE),
    ];
    for (name, bytes, then) in &cases {
        suite.check(name, bytes, *then).await;
    }
    suite.witness.is_in_step().await;
}

/// The first bit of a length must be 0: it breaks the rules, and is past every bound; either may be said.
#[tokio::test]
async fn a_length_with_its_first_bit_set_ends_its_session_with_a_word() {
    let mut suite = Suite::open().await;
    for length in [1 << 63, u64::MAX] {
        let mut raw = Raw::connect(suite.fixture.address()).await;
        raw.send(&header(FIN | TEXT, length)).await;
        let goodbye = raw.recv_type("goodbye").await;
        assert!(goodbye["reason"] == "protocol" || goodbye["reason"] == "tooLarge", "{goodbye}");
        let code = raw.recv_frame().await.close_code();
        assert!(code == Some(1008) || code == Some(1009), "{code:?}");
        drop(raw);
        suite.nobody_else_noticed().await;
    }
}

/// A claim must not cost memory, not even addresses: where nothing is limited, 64 GiB would be given.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_claimed_length_is_never_allocated() {
    fn peak_kib() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").expect("our own status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:")).expect("the peak");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
    let mut suite = Suite::open().await;
    let before = peak_kib();
    let mut claimants = Vec::new();
    for _ in 0..64 - 1 {
        let mut raw = Raw::connect(suite.fixture.address()).await;
        raw.send(&header(FIN | BINARY, 1 << 30)).await;
        claimants.push(raw);
    }
    for raw in &mut claimants {
        ends(raw, TOO_LARGE).await;
    }
    let grown = peak_kib() - before;
    assert!(grown < 1 << 20, "{grown} KiB were taken for 63 claims of 1 GiB");
    drop(claimants);
    suite.nobody_else_noticed().await;
}
