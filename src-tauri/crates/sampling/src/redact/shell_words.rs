//! A script split as a shell does it: words without their quotes, and what stands between commands.
//!
//! Each word remembers where its bytes are in the script, so that what is found in it can be hidden there. Nothing is
//! expanded: `$NAME` is a word like any other. A quote that nothing closes is a character: titles and
//! sentences are split by the same rules.

use std::borrow::Cow;
use std::ops::Range;

/// A part of a script.
#[derive(Debug)]
pub(super) enum Part<'a> {
    Word(Word<'a>),
    /// `|`: what the command before it writes is read by the next.
    Pipe,
    /// `(` or a backquote: a command begins, and what was before it goes on.
    Open,
    /// `;`, `&`, `)`, the end of a line: the next command.
    End,
    /// `<<<`: the next word is read by this command.
    HereString,
}

/// A word without quotes.
#[derive(Debug)]
pub(super) struct Word<'a> {
    pub text: Cow<'a, str>,
    /// Where it begins in the script.
    start: usize,
    /// Where each of its bytes is in the script, unless they are there as they are here.
    places: Vec<usize>,
}

impl Word<'_> {
    /// Where a range of the word, which is not empty, is in the script.
    pub(super) fn place(&self, range: &Range<usize>) -> Range<usize> {
        if self.places.is_empty() {
            return self.start + range.start..self.start + range.end;
        }
        let of = |at: usize| self.places.get(at).copied();
        match (of(range.start), of(range.end.saturating_sub(1))) {
            (Some(first), Some(last)) => first..last + 1,
            _ => self.start..self.start,
        }
    }
}

/// The parts of `script`, in order.
pub(super) fn split(script: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let last_quotes = [script.rfind('\''), script.rfind('"')];
    let mut at = 0;
    while let Some(c) = script[at..].chars().next() {
        let rest = &script[at..];
        let (part, length) = match c {
            _ if rest.starts_with("<<<") => (Some(Part::HereString), 3),
            '|' => (Some(Part::Pipe), 1),
            ';' | '&' | '\n' | ')' => (Some(Part::End), 1),
            '(' | '`' => (Some(Part::Open), 1),
            '<' | '>' => (None, 1),
            _ if c.is_whitespace() => (None, c.len_utf8()),
            _ => {
                let (word, length) = word(script, at, last_quotes);
                (Some(Part::Word(word)), length)
            }
        };
        parts.extend(part);
        at += length;
    }
    parts
}

/// The word at `start`, and how long it is in the script.
fn word(script: &str, start: usize, last_quotes: [Option<usize>; 2]) -> (Word<'_>, usize) {
    let rest = &script[start..];
    let plain = rest.find(|c: char| ends_word(c) || matches!(c, '\'' | '"' | '\\')).unwrap_or(rest.len());
    if rest[plain..].chars().next().is_none_or(ends_word) {
        return (Word { text: Cow::Borrowed(&rest[..plain]), start, places: Vec::new() }, plain);
    }
    let mut text = String::new();
    let mut places = Vec::new();
    let mut quote = None;
    let mut escaped = false;
    let mut end = rest.len();
    for (at, c) in rest.char_indices() {
        let is_closed =
            |quote: char| last_quotes[usize::from(quote == '"')].is_some_and(|last| last > start + at);
        match quote {
            _ if escaped => escaped = false,
            Some(mark) if c == mark => {
                quote = None;
                continue;
            }
            Some('\'') => {}
            _ if c == '\\' => {
                escaped = true;
                continue;
            }
            None if matches!(c, '\'' | '"') && is_closed(c) => {
                quote = Some(c);
                continue;
            }
            None if ends_word(c) => {
                end = at;
                break;
            }
            _ => {}
        }
        text.push(c);
        places.extend((start + at..).take(c.len_utf8()));
    }
    if text.is_empty() {
        // `''`, which is a word too.
        places.clear();
    }
    (Word { text: Cow::Owned(text), start, places }, end)
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')' | '<' | '>' | '`')
}
