//! What tests of several crates share: how a test reports that this machine lacks what it needs ([`skip`]), and recorded
//! machines ([`Recording`]).
//!
//! A test that returns early looks like one that passed. So there is one way to return early, and it is seen: the
//! test is counted as skipped, and under CI, where everything that tests need is installed, it fails.

#[cfg(unix)]
mod recording;

use std::fmt::Display;

#[cfg(unix)]
pub use recording::Recording;

/// How a line begins that says so; `cargo xtask test` counts these lines.
pub const SKIPPED: &str = "skipped: this machine lacks ";

/// Reports that this machine lacks `what`, so that the test can show nothing here. The caller returns after it.
///
/// # Panics
/// Under CI, where the variable `CI` is set: nothing may be lacking there.
#[track_caller]
#[expect(clippy::print_stdout, reason = "a test that is skipped says so where its runner looks")]
pub fn skip(what: impl Display) {
    if let Some(failure) = verdict(&what, std::env::var_os("CI").is_some_and(|set| !set.is_empty())) {
        panic!("{failure}");
    }
    println!("{SKIPPED}{what}");
}

/// Under CI, why the test fails.
fn verdict(what: &dyn Display, under_ci: bool) -> Option<String> {
    under_ci.then(|| format!("this machine lacks {what}, and under CI every test has to run"))
}

#[cfg(test)]
mod tests {
    use super::verdict;

    #[test]
    fn what_is_lacking_fails_under_ci_alone() {
        assert_eq!(verdict(&"strace", false), None);
        assert!(verdict(&"strace", true).is_some_and(|why| why.contains("strace")));
    }
}
