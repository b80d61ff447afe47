//! T10: clocks. How long a wrong token, proof or code takes to be refused does not tell how much of it is right.

use std::hint::black_box;
use std::time::Instant;

use wire::pin::ChannelBinding;
use wire::proof::{Challenge, Pairing, Purpose, Secret, hex, same_text};

/// Guesses whose times are taken together, so that one of them is well above what the clock can tell apart.
const BATCH: usize = 20;
/// Of all times those above are left out: other programs made them.
const KEPT: f64 = 0.9;
/// How far from 0 the statistic of two samples of one population may be. Above 4.5, dudect's bound, they differ.
const BOUND: f64 = 4.5;

/// Welch's t of two samples, each without its longest tenth.
fn welch(left: &[f64], right: &[f64]) -> f64 {
    let moments = |sample: &[f64]| {
        let mut sorted = sample.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted.truncate((sample.len() as f64 * KEPT) as usize);
        let count = sorted.len() as f64;
        let mean = sorted.iter().sum::<f64>() / count;
        let variance = sorted.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    };
    let ((left, left_error), (right, right_error)) = (moments(left), moments(right));
    (left - right) / (left_error + right_error).sqrt()
}

/// Nanoseconds that `guess` takes, by turns for one that begins right and one that does not. Which comes first
/// changes as chance has it, so that nothing that has a rhythm falls on one of them.
fn times(count: usize, guess: impl Fn(bool)) -> (Vec<f64>, Vec<f64>) {
    let (mut near, mut far) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut dice: u64 = 0x9E37_79B9_7F4A_7C15;
    for _ in 0..count / BATCH {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let first = dice >> 63 == 1;
        for right_prefix in [first, !first] {
            let begun = Instant::now();
            (0..BATCH).for_each(|_| guess(black_box(right_prefix)));
            let took = begun.elapsed().as_nanos() as f64 / BATCH as f64;
            if right_prefix { near.push(took) } else { far.push(took) }
        }
    }
    (near, far)
}

/// `right` with its last byte changed, and one that is wrong from its first byte on.
fn wrong<const N: usize>(right: [u8; N]) -> ([u8; N], [u8; N]) {
    let (mut near, mut far) = (right, right.map(|byte| byte ^ 0x5A));
    near[N - 1] ^= 1;
    far[0] = !right[0];
    (near, far)
}

/// Takes the times of `count` guesses of each kind, and says which statistics came of it.
pub(crate) fn tell_nothing(count: usize) {
    let token: [u8; 32] = std::array::from_fn(|at| at as u8 * 7);
    let verifier = Secret::new(token).verifier();
    let (server_nonce, client_nonce) = (&"5e".repeat(32), &"c1".repeat(32));
    let challenge = Challenge {
        purpose: Purpose::Stream,
        binding: ChannelBinding::Plain,
        machine_id: "m",
        token_id: "t",
        server_nonce,
        client_nonce,
    };
    let bytes = |text: &str| -> [u8; 32] {
        std::array::from_fn(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("two digits"))
    };
    let code: [u8; 16] = std::array::from_fn(|at| at as u8 * 11);

    let (near, far) = wrong(token);
    let tokens = [near, far].map(Secret::new);
    let fits = times(count, |near| {
        assert!(!black_box(&verifier).fits(black_box(&tokens[usize::from(!near)])));
    });
    let (near, far) = wrong(bytes(&Secret::new(token).prove(&challenge).expect("two nonces")));
    let proofs = [hex(&near), hex(&far)];
    let accepts = times(count, |near| {
        assert!(!black_box(&verifier).accepts(&challenge, black_box(&proofs[usize::from(!near)])));
    });
    let app_proof = || Pairing::app_proof(black_box(&code), "n", ChannelBinding::Plain, "Laptop");
    let (near, far) = wrong(bytes(&app_proof()));
    let pairing = [hex(&near), hex(&far)];
    let is_app = times(count, |near| {
        assert!(!same_text(&app_proof(), black_box(&pairing[usize::from(!near)])));
    });
    // As the server compares codes: the bytes of a link, and digits.
    let (near, far) = wrong(code);
    let codes = [near, far];
    let link = times(count, |near| {
        let guess = black_box(&codes[usize::from(!near)]);
        assert!(!bool::from(subtle::ConstantTimeEq::ct_eq(&guess[..], &black_box(code)[..])));
    });
    for (what, (near, far)) in [("fits", fits), ("accepts", accepts), ("is_app", is_app), ("code", link)] {
        let t = welch(&near, &far);
        println!("{what}: t = {t:.2} of {count} guesses of each kind");
        assert!(t.abs() < BOUND, "{what}: a right beginning can be told by the clock, t = {t:.2}");
    }
    // The test itself can tell: the same with a comparison that stops at the first difference.
    let naive = [[1_u8; 4096], {
        let mut it = [1; 4096];
        it[0] = 0;
        it
    }];
    let mut right = [1_u8; 4096];
    right[4095] = 0;
    let (near, far) = times(count, |near| {
        let guess = black_box(&naive[usize::from(!near)]);
        assert!(guess.iter().zip(black_box(&right)).any(|(left, right)| left != right));
    });
    let t = welch(&near, &far);
    println!("a comparison that stops early: t = {t:.2}");
    assert!(t.abs() > BOUND, "the test tells nothing: t = {t:.2}");
}
