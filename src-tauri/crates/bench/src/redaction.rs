//! `cargo xtask bench redaction`: how long it takes to hide the secrets of a command line, as one table of targets and
//! verdicts: the lists of its tests, which are like those of any machine, and lines that were made to take long.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;
use sampling::redact::{LONGEST_COMMAND, command};

use super::figures::median;
use super::machine;
use super::table::{Line, print_table};

const LISTS: [&str; 2] = [
    include_str!("../../sampling/src/redact/tests/command-lines.txt"),
    include_str!("../../sampling/src/redact/tests/command-lines-plain.txt"),
];
/// What hostile lines repeat: the signs that the rules look at, and beginnings of what goes on to the end.
const PATTERNS: [&str; 24] = [
    "=",
    ":",
    "\0",
    "a\0",
    "-p\0",
    "/",
    "@",
    "://",
    "u:p@",
    "::a",
    "' ",
    "a\"b\" ",
    "$(",
    "$( ",
    "\\ ",
    "a ",
    "key=",
    "password= ",
    "echo a|",
    "echo a | sudo -S b; ",
    "{\"a\": \"b\", ",
    "Aa1-",
    "?a&b;",
    "sudo mysql docker exec ssh -p ",
];
/// One line of a machine with a thousand processes, of which few are new at a tick.
const MOST_NS_PER_LINE: f64 = 50_000.0;
/// A hostile program may start many; each is read once.
const MOST_NS_PER_KIB: f64 = 1_000_000.0;
/// Four times the length may take this many times as long: 16 were quadratic.
const MOST_GROWTH: f64 = 6.0;
const SHORT: usize = LONGEST_COMMAND / 4;

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only the rows whose names contain this.
    #[arg(long)]
    only: Option<String>,
    /// How often each figure is taken.
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
}

type Row = (&'static str, fn(&Options) -> Result<Vec<Line>>);

const ROWS: [Row; 2] = [("lists", lists), ("hostile", hostile)];

/// Measures the rows that are asked for, and prints them.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let is_wanted = |name: &str| options.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    let rows: Vec<Row> = ROWS.into_iter().filter(|(name, _)| is_wanted(name)).collect();
    if rows.is_empty() {
        bail!("no row is called so; there are: {}", ROWS.map(|(name, _)| name).join(", "));
    }
    println!("{}", machine::told([])?);
    println!("\nMedians of {} runs, in one thread.\n", options.runs);
    print_table(&rows, |lines| lines(options));
    Ok(ExitCode::SUCCESS)
}

fn lists(options: &Options) -> Result<Vec<Line>> {
    let lines: Vec<Vec<u8>> = LISTS
        .iter()
        .flat_map(|list| list.lines())
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.replace('|', "\0").into_bytes())
        .collect();
    let ns = ns(options, || lines.iter().map(|line| command(line).len()).sum()) / lines.len() as f64;
    Ok(vec![Line::judged(
        format!("a line, of {}", lines.len()),
        format!("{ns:.0} ns"),
        format!("≤ {MOST_NS_PER_LINE:.0} ns"),
        ns <= MOST_NS_PER_LINE,
    )])
}

/// The slowest pattern, the one that grows fastest, and a line of which most is not looked at.
fn hostile(options: &Options) -> Result<Vec<Line>> {
    let mut slowest = ("", 0.0);
    let mut fastest_growing = ("", 0.0);
    let mut cut = 0.0;
    for pattern in PATTERNS {
        let [short, long, longer] = [SHORT, LONGEST_COMMAND, 256 * LONGEST_COMMAND].map(|length| {
            // As arguments of a script too: what is in it is split once more.
            let line = format!("sh\0-c\0{}", pattern.repeat(length / pattern.len()));
            let line = &line.as_bytes()[..line.len().min(length)];
            ns(options, || command(line).len())
        });
        if long > slowest.1 {
            slowest = (pattern, long);
        }
        if long / short > fastest_growing.1 {
            fastest_growing = (pattern, long / short);
        }
        cut = f64::max(cut, longer / long);
    }
    let per_kib = slowest.1 / (LONGEST_COMMAND as f64 / 1024.0);
    Ok(vec![
        Line::judged(
            format!("a hostile line, a KiB ({:?})", slowest.0),
            format!("{per_kib:.0} ns"),
            format!("≤ {MOST_NS_PER_KIB:.0} ns"),
            per_kib <= MOST_NS_PER_KIB,
        ),
        Line::judged(
            format!("the same, of four times the length ({:?})", fastest_growing.0),
            format!("{:.1} times as long", fastest_growing.1),
            format!("≤ {MOST_GROWTH} times"),
            fastest_growing.1 <= MOST_GROWTH,
        ),
        Line::judged(
            "1 MiB beside the longest that is looked at".to_owned(),
            format!("{cut:.1} times as long"),
            "≤ 1.5 times".to_owned(),
            cut <= 1.5,
        ),
    ])
}

fn ns(options: &Options, work: impl Fn() -> usize) -> f64 {
    let once = || {
        let began = Instant::now();
        black_box(work());
        began.elapsed().as_secs_f64() * 1e9
    };
    median((0..options.runs).map(|_| once()).collect())
}
