//! The table that `door` and `fleet` print: figures, targets and verdicts.

use anyhow::Result;

/// A line of the table.
#[derive(Debug)]
pub(crate) struct Line {
    what: String,
    measured: String,
    target: String,
    verdict: &'static str,
}

impl Line {
    /// One with a target, which `kept` says is kept.
    pub(crate) fn judged(what: String, measured: String, target: String, kept: bool) -> Self {
        let verdict = if kept { "kept" } else { "**missed**" };
        Self { what, measured, target, verdict }
    }

    /// One that may have a target, with whether it is kept.
    pub(crate) fn judged_where(what: String, measured: String, target: Option<(String, bool)>) -> Self {
        match target {
            Some((target, kept)) => Self::judged(what, measured, target, kept),
            None => Self { what, measured, target: String::new(), verdict: "" },
        }
    }

    /// One that has no figure, and why.
    pub(crate) fn unmeasured(what: String, why: impl std::fmt::Display) -> Self {
        Self { what, measured: format!("– not measured: {why}"), target: String::new(), verdict: "–" }
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { what, measured, target, verdict } = self;
        // What others said may hold what ends a cell.
        write!(out, "| {what} | {} | {target} | {verdict} |", measured.replace('|', "/").replace('\n', " "))
    }
}

/// Measures row after row, and prints the table of them; a row that fails says why in its place.
pub(crate) fn print_table<M>(rows: &[(&str, M)], measure: impl Fn(&M) -> Result<Vec<Line>>) {
    println!("| | measured | target | verdict |");
    println!("|---|---|---|---|");
    for (name, row) in rows {
        match measure(row) {
            Ok(lines) => lines.iter().for_each(|line| println!("{line}")),
            Err(error) => println!("{}", Line::unmeasured((*name).to_owned(), format!("{error:#}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_its_cells_and_says_what_it_is() {
        let line = Line::judged("CPU".to_owned(), "2 ms".to_owned(), "≤ 1 ms".to_owned(), false);
        assert_eq!(line.to_string(), "| CPU | 2 ms | ≤ 1 ms | **missed** |");
        let free = Line::judged_where("jitter".to_owned(), "3 ms".to_owned(), None);
        assert_eq!(free.to_string(), "| jitter | 3 ms |  |  |");
        let unmeasured = Line::unmeasured("bytes".to_owned(), "a|b\nc");
        assert_eq!(unmeasured.to_string(), "| bytes | – not measured: a/b c |  | – |");
    }
}
