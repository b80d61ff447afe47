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

/// No more of a command line is looked at, bytes: what travels is a part of that (`wire::limits::TEXT_CHARS`).
pub const LONGEST_COMMAND: usize = 4096;

/// A command line as in `/proc/<pid>/cmdline` (arguments ended by NUL), with spaces between the arguments and
/// its secrets masked.
#[must_use]
pub fn command(cmdline: &[u8]) -> String {
    let whole = cut(cmdline);
    let text = String::from_utf8_lossy(whole);
    let mut command = grammar::Command::default();
    let mut shown = String::with_capacity(text.len());
    for argument in text.trim_end_matches('\0').split('\0') {
        if !shown.is_empty() {
            shown.push(' ');
        }
        let mut hidden = Hidden::default();
        script::argument(&mut command, argument, &mut hidden);
        hidden.show(argument, &mut shown);
    }
    if whole.len() < cmdline.len() {
        shown.push_str(" …");
    }
    shown
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
