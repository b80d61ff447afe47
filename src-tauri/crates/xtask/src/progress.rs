//! A step, its line on the terminal, its log, and the totals of all steps.
//!
//! A failing step prints its output and the steps after it still run, so that the totals are true.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{place, processes};

/// How many checks passed and failed, and how many could not be made here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    /// A step that counts as one.
    pub(crate) fn one(passed: bool) -> Self {
        Self { passed: passed.into(), failed: (!passed).into(), skipped: 0 }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(out, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// Lines of a failed step that are printed; the log has all of them.
const LINES_SHOWN: usize = 200;
/// A step that takes longer says so this often: silence looks like a hang.
const STILL_EVERY: Duration = Duration::from_secs(60);
/// How often a running step is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Steps that are named at the end, so that everyone sees where the time goes.
const SLOWEST_SHOWN: usize = 6;

/// Counts the tests in what a program printed.
type Count<'a> = Box<dyn FnOnce(&str) -> Option<Tally> + 'a>;

/// A program whose outcome counts: its tests, or itself.
pub(crate) struct Step<'a> {
    name: String,
    command: Command,
    limit: Duration,
    tally: Count<'a>,
}

impl<'a> Step<'a> {
    /// `tally` counts the tests in what `command` prints. Without a count, or with a runner that failed though all
    /// its tests passed, the step itself counts.
    pub(crate) fn new(
        name: &str,
        command: Command,
        limit: Duration,
        tally: impl FnOnce(&str) -> Option<Tally> + 'a,
    ) -> Self {
        Self { name: name.to_owned(), command, limit, tally: Box::new(tally) }
    }
}

/// All steps of a chore so far.
#[derive(Debug)]
pub(crate) struct Progress {
    total: Tally,
    failures: Vec<String>,
    times: Vec<(String, Duration)>,
    started: Instant,
}

impl Progress {
    pub(crate) fn start() -> Self {
        Self { total: Tally::default(), failures: Vec::new(), times: Vec::new(), started: Instant::now() }
    }

    /// Runs `command` as a step that counts as one.
    pub(crate) fn step(&mut self, name: &str, command: Command, limit: Duration) -> bool {
        self.counted(name, command, limit, |_| None)
    }

    /// Runs `command` as a step whose tests `tally` counts, as [`Step::new`] says.
    pub(crate) fn counted(
        &mut self,
        name: &str,
        command: Command,
        limit: Duration,
        tally: impl FnOnce(&str) -> Option<Tally>,
    ) -> bool {
        self.side_by_side(vec![Step::new(name, command, limit, tally)])
    }

    /// Runs steps at the same time: those that mostly wait, or that use one processor each. Whether all passed.
    pub(crate) fn side_by_side(&mut self, steps: Vec<Step<'_>>) -> bool {
        let mut tallies = Vec::new();
        let ended = std::thread::scope(|scope| {
            let mut running = Vec::new();
            for Step { name, command, limit, tally } in steps {
                println!("  …    {name}");
                tallies.push(tally);
                running.push(scope.spawn(move || {
                    let began = Instant::now();
                    let log = log_of(&name);
                    let ended = logged(&name, command, limit, &log);
                    (name, log, ended, began.elapsed())
                }));
            }
            let ended = running.into_iter().map(|step| step.join().expect("running a step does not panic"));
            ended.collect::<Vec<_>>()
        });
        let mut passed = true;
        for ((name, log, ended, took), tally) in ended.into_iter().zip(tallies) {
            let output = fs::read_to_string(&log).unwrap_or_default();
            let counts = match tally(&output) {
                Some(counts) if ended.is_ok() || counts.failed > 0 => counts,
                Some(counts) => Tally { failed: 1, ..counts },
                None => Tally::one(ended.is_ok()),
            };
            if let Err(error) = &ended {
                show_end(&output, &log);
                println!("       {error:#}");
            }
            passed &= self.record(&name, took, counts);
        }
        passed
    }

    /// Runs `check`, a step of our own that counts as one.
    pub(crate) fn check(&mut self, name: &str, check: impl FnOnce() -> Result<()>) -> bool {
        let began = Instant::now();
        let outcome = check();
        if let Err(error) = &outcome {
            println!("{error:#}");
        }
        self.record(name, began.elapsed(), Tally::one(outcome.is_ok()))
    }

    /// Says that a step does not run here, and why.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        println!("  skip {name}: {why}");
        self.total += Tally { skipped: 1, ..Tally::default() };
    }

    /// A step that could not even start counts as failed.
    pub(crate) fn cannot(&mut self, name: &str, why: &str) {
        println!("       {why}");
        self.record(name, Duration::ZERO, Tally::one(false));
    }

    fn record(&mut self, name: &str, took: Duration, counts: Tally) -> bool {
        let passed = counts.failed == 0;
        let word = if passed { "ok  " } else { "FAIL" };
        if counts == Tally::one(passed) {
            println!("  {word} {name} ({:.1} s)", took.as_secs_f32());
        } else {
            println!("  {word} {name}: {counts} ({:.1} s)", took.as_secs_f32());
        }
        self.times.push((name.to_owned(), took));
        if !passed {
            self.failures.push(name.to_owned());
        }
        self.total += counts;
        passed
    }

    /// Names what was slow and what failed; the last line is the totals alone.
    pub(crate) fn finish(mut self) -> ExitCode {
        println!("\nAll steps took {:.0} s. The slowest:", self.started.elapsed().as_secs_f32());
        self.times.sort_by_key(|(_, took)| std::cmp::Reverse(*took));
        for (name, took) in self.times.iter().take(SLOWEST_SHOWN) {
            println!("  {:>6.1} s  {name}", took.as_secs_f32());
        }
        if !self.failures.is_empty() {
            println!("Failed: {}", self.failures.join(", "));
        }
        println!("{}", self.total);
        if self.total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn log_of(name: &str) -> PathBuf {
    let file: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    place::scratch().join("logs").join(file + ".log")
}

/// Runs `command` with both outputs in `log`; an error where it fails or takes longer than `limit`.
fn logged(name: &str, mut command: Command, limit: Duration, log: &Path) -> Result<()> {
    fs::create_dir_all(log.parent().expect("logs have a folder"))?;
    let file = File::create(log).with_context(|| format!("creating {}", log.display()))?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .spawn()
        .with_context(|| format!("starting {}", command.get_program().display()))?;
    let status = wait(name, &mut child, limit)?;
    if !status.success() {
        bail!("{status}; the whole output is in {}", log.display());
    }
    Ok(())
}

fn wait(name: &str, child: &mut Child, limit: Duration) -> Result<ExitStatus> {
    let began = Instant::now();
    let mut said = Duration::ZERO;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        let elapsed = began.elapsed();
        if elapsed > limit {
            end(child);
            bail!("not done after {} s, so it was ended", limit.as_secs());
        }
        if elapsed >= said + STILL_EVERY {
            said = elapsed;
            println!("       {name}: {} s so far", elapsed.as_secs());
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Ends a program and, where the system tells them, everything it started.
fn end(child: &mut Child) {
    for pid in processes::pids(child.id()).into_iter().rev() {
        let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).stderr(Stdio::null()).status();
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// The last lines of a failed step.
fn show_end(output: &str, log: &Path) {
    let lines: Vec<&str> = output.lines().collect();
    let hidden = lines.len().saturating_sub(LINES_SHOWN);
    if hidden > 0 {
        println!("       ({hidden} lines before these are in {})", log.display());
    }
    for line in &lines[hidden..] {
        println!("       {line}");
    }
}
