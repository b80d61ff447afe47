//! What a word is by its place, as the files of this folder tell it to each other.

use crate::redact::hidden::Hidden;
use crate::redact::names::Secrecy;
use crate::redact::paths;

/// What the words so far say about the next one.
#[derive(Debug, Default, Clone, Copy)]
pub(super) enum Next {
    #[default]
    Anything,
    /// What stands here belongs to the option before it.
    Value,
    Secret,
    /// What is behind this sign.
    SecretBehind(char),
    /// A secret by the name before it, unless it says otherwise.
    Named(Secrecy),
    /// A secret by a word before it, which may have meant nothing.
    Announced(Secrecy),
    /// A secret if it is in quotes: what a name is set to in a program's text.
    Assigned(Secrecy),
    Script,
    /// A digest, which looks like a secret.
    Digest,
}

/// What was made of a word, from the least to the most.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Found {
    Nothing,
    /// It has its place: an option, or a word that the row of its program names.
    Known,
    /// It was hidden, or as much of it as need be: nothing more is looked for.
    Secret,
}

/// `user:password`: hides what is behind the first such sign.
pub(super) fn behind(word: &str, from: usize, sign: char, hidden: &mut Hidden) {
    if let Some(at) = word[from..].find(sign).map(|at| from + at) {
        // `sqlplus /nolog @x/y.sql`: nobody's password.
        if sign != '/' || at > from && !word.starts_with(['@', '.']) && !paths::is_file(word) {
            hidden.add(at + 1..word.len());
        }
    }
}

/// `/add`, `/user:bob`.
pub(super) fn is_windows_option(word: &str) -> bool {
    let name = word.strip_prefix('/').map(|rest| rest.split(':').next().unwrap_or(rest));
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric()))
}
