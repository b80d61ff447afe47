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
//! | forms | words without an option, in order: a verb (`add\|set`), any word (`_`), a secret (`!`), a secret unless it is a share or an option of Windows (`?`), and what is secret only behind a sign (`=`, `%`, `/`, `:`, `,`). `*` at its end: this place and all after it. A form that begins with a verb may begin anywhere |

use std::collections::HashMap;
use std::sync::LazyLock;

mod program;
mod rows;

pub(super) use program::{Kind, MOST_FORMS, Program};

/// The row of the program that a word names: `/usr/bin/curl`, `CURL.EXE`.
pub(super) fn find(word: &str) -> Option<&'static Program> {
    static BY_NAME: LazyLock<HashMap<&'static str, &'static Program>> = LazyLock::new(|| {
        let rows = rows::PROGRAMS.iter().flat_map(|rows| rows.iter());
        rows.flat_map(|row| row.names.split_ascii_whitespace().map(move |name| (name, row))).collect()
    });
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    // A login shell has a hyphen before its name.
    let name = name.strip_prefix('-').unwrap_or(name);
    let stem = name.len().checked_sub(4).and_then(|at| Some((name.get(..at)?, name.get(at..)?)));
    match stem {
        Some((stem, end)) if end.eq_ignore_ascii_case(".exe") => {
            BY_NAME.get(stem.to_lowercase().as_str()).copied()
        }
        _ => BY_NAME.get(name).copied(),
    }
}
