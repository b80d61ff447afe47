//! A QR code in a terminal: two modules a character, by half blocks.

use std::fmt::Write as _;

/// Light modules around the code, without which cameras do not find it (ISO/IEC 18004).
const QUIET: usize = 4;
/// Black on white of the fixed palette: themes change the first sixteen colours only.
const INK: &str = "\x1b[38;5;16;48;5;231m";
const RESET: &str = "\x1b[0m";

/// `rows` (of `1`, dark, and others) with the margin that belongs to it, each line ended. With `colours` it is dark
/// on light in every terminal; without, in one that is dark on light itself.
pub(crate) fn draw(rows: &[String], colours: bool) -> String {
    let width = rows.first().map_or(0, String::len) + 2 * QUIET;
    let height = rows.len() + 2 * QUIET;
    let dark = |x: usize, y: usize| {
        let row = y.checked_sub(QUIET).and_then(|y| rows.get(y));
        row.zip(x.checked_sub(QUIET)).is_some_and(|(row, x)| row.as_bytes().get(x) == Some(&b'1'))
    };
    let mut drawn = String::new();
    for y in (0..height).step_by(2) {
        let line: String = (0..width)
            .map(|x| match (dark(x, y), dark(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            })
            .collect();
        let (ink, reset) = if colours { (INK, RESET) } else { ("", "") };
        let _ = writeln!(drawn, "{ink}{line}{reset}");
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&str]) -> Vec<String> {
        rows.iter().map(|row| (*row).to_owned()).collect()
    }

    #[test]
    fn two_modules_are_one_character_and_four_stay_light_around() {
        let drawn = draw(&rows(&["110", "101", "011"]), false);
        let lines: Vec<_> = drawn.lines().collect();
        let light = " ".repeat(11);
        assert_eq!(lines, [&light, &light, "    █▀▄    ", "     ▀▀    ", &light, &light]);
    }

    #[test]
    fn both_colours_are_said_on_every_line() {
        let drawn = draw(&rows(&["1"]), true);
        assert_eq!(drawn.lines().count(), 5);
        for line in drawn.lines() {
            assert!(line.starts_with(INK) && line.ends_with(RESET), "{line:?}");
        }
    }
}
