//! How many tests passed, failed and were skipped, read from what each runner writes for programs.

use serde_json::Value;

use crate::progress::Tally;

/// nextest's JUnit file: the counts are attributes of its root element. It keeps what each test printed, and one that
/// could not run said so.
pub(crate) fn junit(xml: &str) -> Option<Tally> {
    let root = &xml[xml.find("<testsuites")?..];
    let root = &root[..root.find('>')?];
    let number = |name: &str| -> Option<u64> {
        let from = root.find(&format!(" {name}=\""))? + name.len() + 3;
        root[from..].split('"').next()?.parse().ok()
    };
    let failed = number("failures")? + number("errors")?;
    let skips = |test: &&str| test.contains(testing::SKIPPED) && !test.contains("<failure");
    let skipped = xml.split("<testcase").skip(1).filter(skips).count() as u64;
    Some(Tally { passed: number("tests")?.saturating_sub(failed + skipped), failed, skipped })
}

/// `cargo test`: one `test result:` line for each test program.
pub(crate) fn libtest(output: &str) -> Option<Tally> {
    let mut total = None;
    for line in output.lines().filter_map(|line| line.trim_start().strip_prefix("test result: ")) {
        let count = |word: &str| -> Option<u64> {
            line.split([';', '.'])
                .map(str::trim)
                .find_map(|part| part.strip_suffix(word))?
                .trim()
                .parse()
                .ok()
        };
        let tally = Tally { passed: count("passed")?, failed: count("failed")?, skipped: 0 };
        *total.get_or_insert(Tally::default()) += tally;
    }
    total
}

/// Vitest's JSON reporter.
pub(crate) fn vitest(json: &str) -> Option<Tally> {
    let report: Value = serde_json::from_str(json).ok()?;
    let count = |key: &str| report[key].as_u64();
    let skipped = count("numPendingTests").unwrap_or(0);
    let mut tally = Tally { passed: count("numPassedTests")?, failed: count("numFailedTests")?, skipped };
    // A file that cannot be loaded has no tests, and yet it failed.
    if tally.failed == 0 && report["success"] == false {
        tally.failed = count("numFailedTestSuites").unwrap_or(1).max(1);
    }
    Some(tally)
}

/// Playwright's JSON reporter. A test that passed at its second try is counted as failed: it is not to be trusted.
pub(crate) fn playwright(json: &str) -> Option<Tally> {
    let report: Value = serde_json::from_str(json).ok()?;
    let count = |key: &str| report["stats"][key].as_u64();
    let errors = report["errors"].as_array().map_or(0, Vec::len) as u64;
    let failed = count("unexpected")? + count("flaky")?;
    let skipped = count("skipped").unwrap_or(0);
    Some(Tally { passed: count("expected")?, failed: if failed == 0 { errors } else { failed }, skipped })
}

/// Node's test runner, `--test-reporter=tap`: `# pass 3` and `# fail 0` at the end.
pub(crate) fn tap(output: &str) -> Option<Tally> {
    let count = |word: &str| -> Option<u64> {
        output.lines().rev().find_map(|line| line.strip_prefix(word))?.trim().parse().ok()
    };
    Some(Tally {
        passed: count("# pass ")?,
        failed: count("# fail ")? + count("# cancelled ").unwrap_or(0),
        skipped: count("# skipped ").unwrap_or(0),
    })
}

/// Python's unittest: `Ran 5 tests in …`, then `OK` or `FAILED (failures=1, errors=2)`.
pub(crate) fn unittest(output: &str) -> Option<Tally> {
    let ran: u64 =
        output.lines().rev().find_map(|line| line.strip_prefix("Ran "))?.split(' ').next()?.parse().ok()?;
    let last = output.lines().rev().find(|line| line.starts_with("FAILED") || line.starts_with("OK"))?;
    let count = |word: &str| -> u64 {
        last.split(['(', ',', ')']).find_map(|part| part.trim().strip_prefix(word)?.parse().ok()).unwrap_or(0)
    };
    let failed = count("failures=") + count("errors=") + count("unexpected successes=");
    let skipped = count("skipped=");
    Some(Tally { passed: ran.saturating_sub(failed + skipped), failed, skipped })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tally: Option<Tally>, (passed, failed, skipped): (u64, u64, u64)) {
        assert_eq!(tally, Some(Tally { passed, failed, skipped }));
    }

    #[test]
    fn counts_are_read_from_each_runner() {
        let xml = "<?xml version=\"1.0\"?>\n<testsuites name=\"nextest-run\" tests=\"12\" failures=\"2\" errors=\"1\" \
                   uuid=\"x\"><testsuite name=\"a\" tests=\"99\"><testcase name=\"b\"><system-out>skipped: this machine \
                   lacks strace</system-out></testcase><testcase name=\"c\"><failure/><system-out>skipped: this \
                   machine lacks strace</system-out></testcase>";
        check(junit(xml), (8, 3, 1));
        let cargo = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n\
                     test result: FAILED. 1 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s\n";
        check(libtest(cargo), (3, 3, 0));
        check(vitest(r#"{"numPassedTests":4,"numFailedTests":1,"success":false}"#), (4, 1, 0));
        check(
            vitest(r#"{"numPassedTests":4,"numFailedTests":0,"numFailedTestSuites":2,"success":false}"#),
            (4, 2, 0),
        );
        check(
            playwright(r#"{"stats":{"expected":5,"unexpected":1,"flaky":1,"skipped":2},"errors":[]}"#),
            (5, 2, 2),
        );
        check(playwright(r#"{"stats":{"expected":0,"unexpected":0,"flaky":0},"errors":[{}]}"#), (0, 1, 0));
        check(tap("TAP version 13\n# tests 4\n# pass 3\n# fail 1\n# cancelled 0\n# skipped 2\n"), (3, 1, 2));
        check(unittest("....\nRan 4 tests in 0.1s\n\nOK (skipped=1)\n"), (3, 0, 1));
        check(unittest("Ran 4 tests in 0.1s\n\nFAILED (failures=1, errors=1)\n"), (2, 2, 0));
    }

    #[test]
    fn a_runner_that_said_nothing_gives_no_count() {
        assert_eq!(junit("error: could not compile"), None);
        assert_eq!(libtest(""), None);
        assert_eq!(vitest(""), None);
        assert_eq!(tap("SyntaxError"), None);
        assert_eq!(unittest("ModuleNotFoundError"), None);
    }
}
