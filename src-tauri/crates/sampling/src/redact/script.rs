//! Arguments, and the scripts within them: the body of `sh -c`, a remote command of `ssh`, and texts that may be one,
//! such as headers, statements of SQL, JSON, and the titles that programs write over their arguments.

use std::borrow::Cow;

use super::grammar::{Command, Rest};
use super::hidden::Hidden;
use super::names::{Secrecy, is_plain_value, secrecy};
use super::shell_words::{Part, split};
use super::{addresses, entropy, keys, pairs};

/// Quotes within quotes further down are not looked into, but hidden.
const DEEPEST: usize = 5;

/// Ends of the names of calls in a program's text to which a password is handed.
const CALLS_WITH_SECRETS: [&str; 7] =
    ["connect", "login", "authenticate", "basicauth", "credential", "pdo", "mysqli"];

/// Hides the secrets in the next argument of `command`.
pub(super) fn argument(command: &mut Command, text: &str, hidden: &mut Hidden) {
    argument_within(command, text, 0, hidden);
}

fn argument_within(command: &mut Command, text: &str, depth: usize, hidden: &mut Hidden) {
    match command.argument(text, hidden) {
        Rest::Done => {}
        Rest::Script => walk(text, depth, Command::default, hidden),
        Rest::Within if text.contains(char::is_whitespace) || is_call(text) => prose(text, depth, hidden),
        Rest::Within => {
            pairs::find(text, hidden);
            addresses::find(text, hidden);
            keys::find(text, hidden);
            entropy::find(text, hidden);
        }
    }
}

/// `DBI->connect("x","y")`: a program's text without any space.
fn is_call(text: &str) -> bool {
    text.find('(').is_some_and(|at| text[at..].contains(['"', '\'']))
}

/// A text that may be a script.
fn prose(text: &str, depth: usize, hidden: &mut Hidden) {
    // `--password=two words`: the whole rest is the secret.
    // So it is of a header without a space after its colon.
    if let Some(at) = text.find(|c: char| c.is_whitespace() || matches!(c, '=' | ':'))
        && (text[at..].starts_with('=') || text[at..].starts_with(':') && !text[at + 1..].starts_with(' '))
        && let secrecy = secrecy(&text[..at])
        && secrecy != Secrecy::Plain
        && !is_plain_value(&text[at + 1..], secrecy)
    {
        return hidden.add(at + 1..text.len());
    }
    walk(text, depth, Command::of_prose, hidden);
}

/// `x.login(`, `mysqli_connect(`, `->connect(`: what stands before the arguments of a call of which one is a secret.
fn is_call_with_secret(word: &str) -> bool {
    let name = word.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or(word);
    CALLS_WITH_SECRETS.iter().any(|call| {
        name.len() >= call.len()
            && name.is_char_boundary(name.len() - call.len())
            && name[name.len() - call.len()..].eq_ignore_ascii_case(call)
    })
}

fn walk(text: &str, depth: usize, begin: fn() -> Command, hidden: &mut Hidden) {
    if depth >= DEEPEST {
        return hidden.add(0..text.len());
    }
    let mut command = begin();
    // What `echo` wrote: before and after the pipe.
    let mut written = Vec::new();
    let mut piped = Vec::new();
    let mut is_here_string = false;
    let mut is_first = true;
    // `auth=('bob', 'x')` in a program's text.
    let mut is_argument = false;
    let mut begins_arguments = false;
    // `<(echo x)`, `$(echo x)` where a secret is expected.
    let mut stands_for_secret = false;
    for part in split(text) {
        match part {
            Part::Word(word) => {
                let whole = word.place(&(0..word.text.len()));
                if std::mem::take(&mut is_here_string) {
                    piped.push(whole.clone());
                } else if command.is_echo() {
                    written.push(whole.clone());
                }
                begins_arguments = is_call_with_secret(&word.text)
                    || word.text.ends_with('=') && secrecy(word.text.trim_end_matches('=')) != Secrecy::Plain;
                if is_argument || stands_for_secret && command.is_echo() {
                    hidden.add(whole);
                    continue;
                }
                let mut found = Hidden::default();
                command.is_quoted = matches!(word.text, Cow::Owned(_));
                argument_within(&mut command, &word.text, depth + 1, &mut found);
                for range in found.ranges() {
                    hidden.add(word.place(range));
                }
                if command.reads_secret(&word.text) {
                    piped.drain(..).for_each(|range| hidden.add(range));
                }
                // `Authorization: Bearer x`, `{"password": "x"}`: everything after the colon.
                let is_key = |secrecy| {
                    secrecy == Secrecy::Certain
                        || secrecy == Secrecy::Likely && (is_first || matches!(word.text, Cow::Owned(_)))
                };
                if word.text.ends_with(':') && is_key(secrecy(&word.text)) {
                    let spaces = text[whole.end..].len() - text[whole.end..].trim_start().len();
                    return hidden.add(whole.end + spaces..text.len());
                }
                is_first = false;
            }
            Part::Pipe => {
                // What is between, such as `base64 -d`, hands it on.
                piped.append(&mut written);
                command = begin();
            }
            Part::End => {
                is_argument = false;
                stands_for_secret = false;
                piped.clear();
                written.clear();
                command = begin();
            }
            Part::Open => {
                is_argument |= begins_arguments;
                stands_for_secret |= command.expects_secret();
                command = command.within();
            }
            Part::HereString => is_here_string = true,
        }
    }
}
