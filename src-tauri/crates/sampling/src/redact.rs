//! Redaction: a command line as it may be stored and shown, with what gives access masked.
//!
//! Hiding too much costs a reader a word; hiding too little costs a password. So in doubt it hides, but ordinary
//! command lines must stay readable: `redact/tests/command-lines.txt` and `command-lines-plain.txt` hold both kinds.
//!
//! A word is looked at twice: by where it stands (grammar), and by what it is (all others). In reading order:
//!
//! - [`script`]: an argument, and what is within it; a script in an argument is a command line again.
//! - [`grammar`]: walks along a command line by the table.
//! - [`table`]: what the arguments of each program are.
//! - [`shell_words`]: splits a script.
//! - [`names`]: what is called like a secret.
//! - [`pairs`], [`addresses`], [`keys`], [`entropy`]: what shows within a word that it is one.
//! - [`paths`]: names of files, which are shown.
//! - [`hidden`]: brings together what the rules found, and draws the mask.
//!
//! The time taken grows with the length, however the line was made, and of a line no more than [`LONGEST_COMMAND`] is
//! looked at; nothing is kept from one line to the next. `cargo xtask bench redaction` measures it.

mod addresses;
mod entropy;
mod grammar;
mod hidden;
mod keys;
mod names;
mod pairs;
mod paths;
mod script;
mod shell_words;
mod table;
#[cfg(test)]
mod tests;

use hidden::Hidden;
use wire::CommandLine;

use crate::text::clean;

/// No more of a command line is looked at, bytes: what travels is a part of that (`wire::limits::TEXT_CHARS`).
pub const LONGEST_COMMAND: usize = 4096;

/// A command line as in `/proc/<pid>/cmdline` (arguments ended by NUL), with spaces between the arguments and
/// its secrets masked.
#[must_use]
pub fn command(cmdline: &[u8]) -> String {
    masked(cmdline).0
}

/// The same, made fit to show, of the process called `name`.
pub(crate) fn command_line(cmdline: &[u8], name: &str) -> CommandLine {
    let (text, first_end) = masked(cmdline);
    // Cleaned alike, so that one still begins with the other.
    let program = clean(program(&text[..first_end], name).as_bytes());
    CommandLine::new(clean(text.as_bytes()).into(), program.len())
}

/// As much of the first argument as names the program. Some programs write their arguments, or what they are doing,
/// over it; and the name of a program may hold spaces (`/Applications/Google Chrome.app/Contents/MacOS/Google Chrome`).
fn program<'a>(first: &'a str, name: &str) -> &'a str {
    let Some(space) = first.find(char::is_whitespace) else { return first };
    let is_path = first.starts_with('/') || first.get(1..3) == Some(":\\");
    let named = |at: usize| {
        let end = at + 1 + name.len();
        let is_whole = first[end..].chars().next().is_none_or(char::is_whitespace);
        // Behind a space, an option or another path begins an argument.
        let is_one = !first[..end].contains(" -") && !first[..end].contains(" /");
        (is_whole && is_one).then_some(end)
    };
    let end = first
        .match_indices(['/', '\\'])
        .filter(|(at, _)| is_path && !name.is_empty() && first[at + 1..].starts_with(name))
        .find_map(|(at, _)| named(at));
    match end {
        Some(end) => &first[..end],
        None => first[..space].trim_end_matches(':'),
    }
}

/// With its secrets masked, and where the first argument ends.
fn masked(cmdline: &[u8]) -> (String, usize) {
    let whole = cut(cmdline);
    let text = String::from_utf8_lossy(whole);
    let mut command = grammar::Command::default();
    let mut shown = String::with_capacity(text.len());
    let mut first_end = None;
    for argument in text.trim_end_matches('\0').split('\0') {
        if !shown.is_empty() {
            shown.push(' ');
        }
        let mut hidden = Hidden::default();
        script::argument(&mut command, argument, &mut hidden);
        hidden.show(argument, &mut shown);
        first_end.get_or_insert(shown.len());
    }
    let first_end = first_end.unwrap_or(shown.len());
    if whole.len() < cmdline.len() {
        shown.push_str(" …");
    }
    (shown, first_end)
}

/// As much of a command line as is looked at. It ends between two words, where there are two: half a key does not look
/// like one.
fn cut(cmdline: &[u8]) -> &[u8] {
    let Some(head) = cmdline.get(..LONGEST_COMMAND).filter(|head| head.len() < cmdline.len()) else {
        return cmdline;
    };
    let end = head.iter().rposition(|byte| matches!(byte, b'\0' | b' ' | b'\n' | b'\t'));
    &head[..end.unwrap_or(head.len())]
}
