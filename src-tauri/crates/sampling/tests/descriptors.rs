//! Alone in its process, because it counts what the whole process holds.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // All of it is tests.

use std::fs;
use std::time::Duration;

use sampling::{Now, Sampler, Sources, Wanted};

fn count(dir: &str) -> usize {
    fs::read_dir(dir).unwrap().count()
}

#[test]
fn a_thousand_samples_hold_no_more_files_and_threads_than_ten() {
    let mut sampler = Sampler::new(Sources::live(), Duration::from_secs(1));
    let started = sampling::process_started_at_ms(std::process::id()).unwrap();
    let mut sample = |second: u64| {
        let now = Now { wall_ms: second * 1000, monotonic: Duration::from_secs(second) };
        let wanted =
            Wanted { processes: second.is_multiple_of(10), details: vec![(std::process::id(), started)] };
        sampler.sample(now, &wanted);
    };
    (0..10).for_each(&mut sample);
    let (files, threads) = (count("/proc/self/fd"), count("/proc/self/task"));
    (10..1000).for_each(&mut sample);
    // The thread that asks the mounts opens nothing, and is gone or about to be.
    assert!(count("/proc/self/fd") <= files, "files");
    assert!(count("/proc/self/task") <= threads + 1, "threads");
    assert!(files < 64, "{files} files open");
}
