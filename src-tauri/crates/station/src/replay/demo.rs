//! The demo that is built into the program: one recording, a dozen machines, and the names their processes go by.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use super::description::Description;
use super::recording::Recording;

const RECORDING: &[u8] = include_bytes!("../../demo/recording.json.gz");
const MACHINES: &str = include_str!("../../demo/machines.json");

/// Seconds between a machine and the next one that is like it.
const PHASE_S: u64 = 41;

/// The machines and the casts of the file.
#[derive(Debug, Deserialize)]
struct Described {
    machines: Vec<Description>,
    /// Processes that stay, by kind of machine; each as MiB of memory, name, user and command with a bar between.
    casts: BTreeMap<String, Vec<String>>,
}

fn file() -> &'static Described {
    static FILE: OnceLock<Described> = OnceLock::new();
    FILE.get_or_init(|| serde_json::from_str(MACHINES).expect("a test reads the machines of the demo"))
}

/// The recording; unpacked once, and shared by all who play it.
#[must_use]
pub fn recording() -> Arc<Recording> {
    static RECORDED: OnceLock<Arc<Recording>> = OnceLock::new();
    let read = || Arc::new(Recording::read(RECORDING).expect("a test reads the recording of the demo"));
    Arc::clone(RECORDED.get_or_init(read))
}

/// How many machines are described.
#[must_use]
pub fn described() -> usize {
    file().machines.len()
}

/// `count` machines. Those after the first dozen are the same once more, under numbered names and at other times.
#[must_use]
pub fn machines(count: usize) -> Vec<Description> {
    let known = &file().machines;
    let numbered = |at: usize| {
        let mut machine = known[at % known.len()].clone();
        let round = at / known.len();
        if round > 0 {
            machine.name = format!("{}-{}", machine.name, round + 1);
            machine.phase += round as u64 * PHASE_S;
            machine.alerts.clear();
        }
        machine
    };
    (0..count).map(numbered).collect()
}

/// The processes that stay on a kind of machine.
pub(super) fn cast(kind: &str) -> impl Iterator<Item = &'static str> {
    file().casts.get(kind).into_iter().flatten().map(String::as_str)
}
