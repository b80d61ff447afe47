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

mod rows;

/// A program has no more forms.
pub(super) const MOST_FORMS: usize = 8;

/// What a program does with words that are not its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ordinary,
    /// Runs the program that follows: `sudo`.
    Wrapper,
    /// May run a program that stands somewhere behind: `docker exec x …`.
    Carrier,
    /// Has a name that is a word, or arguments that are programs' names.
    OnlyAtStart,
    /// A verb of several programs: `docker login`.
    OnlyAfterOther,
    /// A verb of [`Kind::Carrier`]s: `gh secret`.
    OfCarrier,
    /// Its words announce nothing: `grep password x`.
    Quiet,
    /// Takes a secret from its input: `echo x | kinit`.
    ReadsSecret,
    /// Writes its words: `echo`.
    Echo,
}

/// A row of the table.
#[derive(Debug)]
pub(super) struct Program {
    names: &'static str,
    secrets: &'static str,
    letters: &'static str,
    pub forms: &'static [&'static str],
    pub kind: Kind,
    /// Words of a wrapper before the program that it runs.
    pub skip: u8,
    /// Options that sound like secrets here and are none.
    plain: &'static str,
}

/// An option with a secret.
#[derive(Debug, Clone, Copy)]
pub(super) struct SecretOption {
    pub name: &'static str,
    /// Behind which the secret begins in the value.
    pub sign: Option<char>,
    attached: bool,
}

impl SecretOption {
    fn parse(text: &'static str) -> Self {
        if text.starts_with('/') {
            return Self { name: text, sign: None, attached: text.ends_with(':') };
        }
        let sign = text.chars().next_back().filter(|c| matches!(c, '%' | ',' | ':' | '=' | '/'));
        let name = if sign.is_some() { &text[..text.len() - 1] } else { text };
        let attached = name.ends_with('*');
        Self { name: name.trim_end_matches('*'), sign, attached }
    }

    pub(super) fn is_letter(&self) -> bool {
        self.name.starts_with('-') && self.name.len() == 2
    }

    pub(super) fn is_letter_of(&self, letter: char) -> bool {
        self.is_letter() && self.name.ends_with(letter)
    }

    pub(super) fn is_attached(&self) -> bool {
        self.attached
    }
}

impl Program {
    pub(super) fn secret_options(&self) -> impl Iterator<Item = SecretOption> + use<> {
        self.secrets.split_ascii_whitespace().map(SecretOption::parse)
    }

    pub(super) fn takes_value(&self, letter: char) -> bool {
        letter.is_ascii_alphanumeric() && self.letters.contains(letter)
    }

    pub(super) fn has_no_bundles(&self) -> bool {
        self.letters.starts_with('*')
    }

    pub(super) fn is_script(&self, letter: char) -> bool {
        self.letters.split_once('>').is_some_and(|(_, scripts)| scripts.contains(letter))
    }

    pub(super) fn is_plain(&self, option: &str) -> bool {
        self.plain.split_ascii_whitespace().any(|plain| plain == option)
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.names.split_ascii_whitespace().any(|known| known == name)
    }

    /// Whether a word of its arguments may be the program that it runs.
    pub(super) fn runs_others(&self) -> bool {
        matches!(self.kind, Kind::Wrapper | Kind::Carrier)
    }

    const fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    const fn wrapper(mut self, skip: u8) -> Self {
        self.kind = Kind::Wrapper;
        self.skip = skip;
        self
    }

    const fn plain(mut self, options: &'static str) -> Self {
        self.plain = options;
        self
    }
}

const fn program(
    names: &'static str,
    secrets: &'static str,
    letters: &'static str,
    forms: &'static [&'static str],
) -> Program {
    assert!(forms.len() <= MOST_FORMS, "a program with more forms than are followed");
    Program { names, secrets, letters, forms, kind: Kind::Ordinary, skip: 0, plain: "" }
}

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
