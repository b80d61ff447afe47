//! Programs, and which of their arguments are secrets.
//!
//! Only what a program calls in its own way: options and settings with the name of a secret (`--password`,
//! `client.token=`) are known in any ([`super::names`]).
//!
//! # The columns
//!
//! | column | what it holds |
//! |---|---|
//! | names | of programs with the same arguments |
//! | secrets | options with a secret: a letter is found in bundles too (`-su x`, `-sux`), `-hp*` is attached (`-hpx`), `/p:` always is. Behind a sign at the end (`-U%`, `--creds:`) only what follows that sign in the value is secret |
//! | letters | of other options with a value, which end a bundle; `*`: this program has no bundles; `>c`: what follows `-c` is a script |
//! | `plain`, `starting` | options that sound like secrets and are none; those behind which another command begins |
//! | forms | words without an option, in order: a verb (`add\|set`), any word (`_`), a secret (`!`), a secret unless it is a share or an option of Windows (`?`), and what is secret only behind a sign (`=`, `%`, `/`, `:`, `,`). `*` at its end: this place and all after it. A form that begins with a verb may begin anywhere |

use std::collections::HashMap;
use std::sync::LazyLock;

mod program;
mod rows;

pub(super) use program::{Kind, MOST_FORMS, Program};

/// Endings of programs that their callers may leave out.
const ENDINGS: [&str; 7] = [".exe", ".com", ".cmd", ".bat", ".py", ".pl", ".sh"];
/// Names of many programs with the same arguments, which begin alike.
const FAMILIES: [(&str, &str); 3] = [("fence_", "fence_*"), ("pt-", "pt-*"), ("impacket-", "impacket-*")];
/// Names of programs are not longer.
const LONGEST_NAME: usize = 40;

#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    rows::PROGRAMS.iter().flat_map(|rows| rows.iter()).flat_map(|row| row.names.split_ascii_whitespace())
}

/// The row of the program that a word names: `/usr/bin/curl`, `CURL.EXE`, `sendEmail`, `secretsdump.py`.
pub(super) fn find(word: &str) -> Option<&'static Program> {
    static BY_NAME: LazyLock<HashMap<&'static str, &'static Program>> = LazyLock::new(|| {
        let rows = rows::PROGRAMS.iter().flat_map(|rows| rows.iter());
        rows.flat_map(|row| row.names.split_ascii_whitespace().map(move |name| (name, row))).collect()
    });
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    // A login shell has a hyphen before its name.
    let name = name.strip_prefix('-').unwrap_or(name);
    if name.is_empty() || name.len() > LONGEST_NAME {
        return None;
    }
    // Windows and macOS call programs by names in any case.
    let name = name.to_ascii_lowercase();
    let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    let family = FAMILIES.iter().find(|(start, _)| stem.starts_with(start));
    BY_NAME.get(family.map_or(stem, |(_, row)| row)).copied()
}
