//! Regular expressions of the language: a part of RE2's syntax that every engine of this product reads alike, checked
//! and written out here, and run by the `regex` crate in time that grows with the text and no faster.

use regex::{Regex, RegexBuilder};

use super::error::PatternProblem;
use crate::limits::PATTERN_PARTS;

/// Bytes of a compiled pattern; one of [`PATTERN_PARTS`] parts needs less.
const COMPILED_BYTES: usize = 8 << 20;

/// A pattern, in any case.
#[derive(Debug, Clone)]
pub(super) struct Pattern(Regex);

impl Pattern {
    pub(super) fn read(written: &str) -> Result<Self, PatternProblem> {
        let mut reader = Reader { rest: written, out: String::new() };
        let parts = reader.choice()?;
        if !reader.rest.is_empty() {
            return Err(PatternProblem::Group);
        }
        if parts > PATTERN_PARTS {
            return Err(PatternProblem::TooLarge);
        }
        let built = RegexBuilder::new(&reader.out).case_insensitive(true).size_limit(COMPILED_BYTES).build();
        built.map(Self).map_err(|_| PatternProblem::TooLarge)
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// Recursive descent over the pattern: writes it out for the engine, and counts its parts as if repeats were written
/// out. The page does the same, so that both take and refuse the same patterns.
struct Reader<'a> {
    rest: &'a str,
    out: String,
}

/// The characters of `\w`, as ranges; the language knows ASCII classes only, as RE2 does.
const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r"\t\n\x0c\r ";

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    fn takes(&mut self, wanted: &str) -> bool {
        let rest = self.rest.strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Alternatives, up to `)` or the end.
    fn choice(&mut self) -> Result<usize, PatternProblem> {
        let mut parts = self.sequence()?;
        while self.takes("|") {
            self.out.push('|');
            parts = parts.saturating_add(self.sequence()?).saturating_add(1);
        }
        Ok(parts)
    }

    fn sequence(&mut self) -> Result<usize, PatternProblem> {
        let mut parts = 0usize;
        while self.peek().is_some_and(|it| it != '|' && it != ')') {
            let from = self.out.len();
            let (one, repeats) = self.single()?;
            let times = self.repeat()?;
            if times.is_some() && !repeats {
                return Err(PatternProblem::Repeat);
            }
            let Some((least, most)) = times else {
                parts = parts.saturating_add(one);
                continue;
            };
            self.out.insert_str(from, "(?:");
            self.out.push(')');
            match most {
                Some(most) => self.out.push_str(&format!("{{{least},{most}}}")),
                None => self.out.push_str(&format!("{{{least},}}")),
            }
            let copies = most.unwrap_or(least + 1).max(1);
            parts = parts.saturating_add(one.saturating_mul(copies)).saturating_add(1);
        }
        Ok(parts)
    }

    /// One character, class, group or place: its parts, and whether it can be repeated.
    fn single(&mut self) -> Result<(usize, bool), PatternProblem> {
        match self.next() {
            Some('(') => {
                if self.takes("?") && !self.takes(":") {
                    return Err(PatternProblem::Group);
                }
                self.out.push_str("(?:");
                let parts = self.choice()?;
                if !self.takes(")") {
                    return Err(PatternProblem::Group);
                }
                self.out.push(')');
                Ok((parts.max(1), true))
            }
            Some('[') => Ok((self.class()?, true)),
            Some('.') => self.write(r"[^\n]", true),
            Some('^') => self.write(r"\A", false),
            Some('$') => self.write(r"\z", false),
            Some('\\') if self.takes("b") => self.write(r"(?-u:\b)", false),
            Some('\\') => match self.escape()? {
                Escape::Set { ranges, not } => {
                    let not = if not { "^" } else { "" };
                    self.write(&format!("(?-i:[{not}{ranges}])"), true)
                }
                Escape::Literal(letter) => self.literal(letter),
            },
            Some('*' | '+' | '?' | '{') | None => Err(PatternProblem::Repeat),
            Some(letter) => self.literal(letter),
        }
    }

    fn write(&mut self, out: &str, repeats: bool) -> Result<(usize, bool), PatternProblem> {
        self.out.push_str(out);
        Ok((1, repeats))
    }

    fn literal(&mut self, letter: char) -> Result<(usize, bool), PatternProblem> {
        let out = format!("\\x{{{:x}}}", u32::from(letter));
        self.write(&out, true)
    }

    /// How often what stands before is repeated; `None`: once.
    fn repeat(&mut self) -> Result<Option<(usize, Option<usize>)>, PatternProblem> {
        let times = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => self.bounds()?,
            _ => return Ok(None),
        };
        self.next();
        // Few or many first: whether something matches is the same.
        self.takes("?");
        if matches!(self.peek(), Some('*' | '+' | '?' | '{')) {
            return Err(PatternProblem::Repeat);
        }
        Ok(Some(times))
    }

    /// `{2}`, `{2,}` or `{2,5}`, up to its last bracket.
    fn bounds(&mut self) -> Result<(usize, Option<usize>), PatternProblem> {
        self.next();
        let least = self.number()?;
        let most = if !self.takes(",") {
            Some(least)
        } else if self.peek() == Some('}') {
            None
        } else {
            Some(self.number()?)
        };
        if self.peek() != Some('}') || most.is_some_and(|most| most < least) {
            return Err(PatternProblem::Repeat);
        }
        Ok((least, most))
    }

    fn number(&mut self) -> Result<usize, PatternProblem> {
        let end = self.rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        if number.len() > 4 {
            return Err(PatternProblem::TooLarge);
        }
        number.parse().map_err(|_| PatternProblem::Repeat)
    }

    /// What stands between brackets: as many parts as it has ranges.
    fn class(&mut self) -> Result<usize, PatternProblem> {
        self.out.push('[');
        if self.takes("^") {
            self.out.push('^');
        }
        let mut ranges = 0;
        loop {
            let first = match self.next() {
                None => return Err(PatternProblem::Class),
                Some(']') if ranges > 0 => break,
                Some('[') if self.peek() == Some(':') => return Err(PatternProblem::Class),
                Some('\\') => match self.escape()? {
                    Escape::Set { not: true, .. } => return Err(PatternProblem::Escape),
                    Escape::Set { ranges: set, .. } => {
                        self.out.push_str(set);
                        ranges += 1;
                        continue;
                    }
                    Escape::Literal(letter) => letter,
                },
                Some(letter) => letter,
            };
            ranges += 1;
            self.out.push_str(&format!("\\x{{{:x}}}", u32::from(first)));
            if !self.rest.starts_with('-') || self.rest.starts_with("-]") {
                continue;
            }
            self.next();
            let last = match self.next() {
                None => return Err(PatternProblem::Class),
                Some('\\') => match self.escape()? {
                    Escape::Set { .. } => return Err(PatternProblem::Class),
                    Escape::Literal(letter) => letter,
                },
                Some(letter) => letter,
            };
            if last < first {
                return Err(PatternProblem::Class);
            }
            self.out.push_str(&format!("-\\x{{{:x}}}", u32::from(last)));
        }
        self.out.push(']');
        Ok(ranges)
    }

    /// What a backslash says, which is taken already.
    fn escape(&mut self) -> Result<Escape, PatternProblem> {
        let set = |ranges, not| Ok(Escape::Set { ranges, not });
        let literal = |letter| Ok(Escape::Literal(letter));
        match self.next() {
            Some('d') => set("0-9", false),
            Some('D') => set("0-9", true),
            Some('w') => set(WORD, false),
            Some('W') => set(WORD, true),
            Some('s') => set(SPACE, false),
            Some('S') => set(SPACE, true),
            Some('t') => literal('\t'),
            Some('n') => literal('\n'),
            Some('r') => literal('\r'),
            Some('f') => literal('\x0c'),
            Some('x') => self.code_point().map(Escape::Literal),
            Some(mark) if mark.is_ascii_punctuation() => literal(mark),
            _ => Err(PatternProblem::Escape),
        }
    }

    /// `41` or `{1f600}`.
    fn code_point(&mut self) -> Result<char, PatternProblem> {
        let in_brackets = self.takes("{");
        let digits = self.rest.find(|it: char| !it.is_ascii_hexdigit()).unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(if in_brackets { digits } else { digits.min(2) });
        self.rest = rest;
        if in_brackets && !self.takes("}") || !in_brackets && number.len() != 2 {
            return Err(PatternProblem::Escape);
        }
        u32::from_str_radix(number, 16).ok().and_then(char::from_u32).ok_or(PatternProblem::Escape)
    }
}

enum Escape {
    /// A set of characters, or all others.
    Set {
        ranges: &'static str,
        not: bool,
    },
    Literal(char),
}
