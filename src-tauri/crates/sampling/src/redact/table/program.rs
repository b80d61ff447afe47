//! A row of the table, and how its columns are read.

/// A program has no more forms.
pub(in crate::redact) const MOST_FORMS: usize = 8;

/// What a program does with words that are not its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::redact) enum Kind {
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
pub(in crate::redact) struct Program {
    pub(super) names: &'static str,
    secrets: &'static str,
    letters: &'static str,
    pub forms: &'static [&'static str],
    pub kind: Kind,
    /// Words of a wrapper before the program that it runs.
    pub skip: u8,
    /// Options that sound like secrets here and are none.
    plain: &'static str,
    /// Options behind which a command begins: `find -exec`, `cmd /c`.
    starts: &'static str,
}

/// An option with a secret.
#[derive(Debug, Clone, Copy)]
pub(in crate::redact) struct SecretOption {
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

    pub(in crate::redact) fn is_letter(&self) -> bool {
        self.name.starts_with('-') && self.name.len() == 2
    }

    pub(in crate::redact) fn is_letter_of(&self, letter: char) -> bool {
        self.is_letter() && self.name.ends_with(letter)
    }

    pub(in crate::redact) fn is_attached(&self) -> bool {
        self.attached
    }
}

impl Program {
    pub(in crate::redact) fn secret_options(&self) -> impl Iterator<Item = SecretOption> + use<> {
        self.secrets.split_ascii_whitespace().map(SecretOption::parse)
    }

    pub(in crate::redact) fn takes_value(&self, letter: char) -> bool {
        letter.is_ascii_alphanumeric() && self.letters.contains(letter)
    }

    pub(in crate::redact) fn has_no_bundles(&self) -> bool {
        self.letters.starts_with('*')
    }

    pub(in crate::redact) fn is_script(&self, letter: char) -> bool {
        self.letters.split_once('>').is_some_and(|(_, scripts)| scripts.contains(letter))
    }

    pub(in crate::redact) fn is_plain(&self, option: &str) -> bool {
        self.plain.split_ascii_whitespace().any(|plain| plain == option)
    }

    pub(in crate::redact) fn starts_command(&self, option: &str) -> bool {
        self.starts.split_ascii_whitespace().any(|starts| starts.eq_ignore_ascii_case(option))
    }

    pub(in crate::redact) fn is(&self, name: &str) -> bool {
        self.names.split_ascii_whitespace().any(|known| known == name)
    }

    /// Whether a word of its arguments may be the program that it runs.
    pub(in crate::redact) fn runs_others(&self) -> bool {
        matches!(self.kind, Kind::Wrapper | Kind::Carrier)
    }

    pub(super) const fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    pub(super) const fn wrapper(mut self, skip: u8) -> Self {
        self.kind = Kind::Wrapper;
        self.skip = skip;
        self
    }

    pub(super) const fn plain(mut self, options: &'static str) -> Self {
        self.plain = options;
        self
    }

    pub(super) const fn starting(mut self, options: &'static str) -> Self {
        self.starts = options;
        self
    }
}

pub(super) const fn program(
    names: &'static str,
    secrets: &'static str,
    letters: &'static str,
    forms: &'static [&'static str],
) -> Program {
    assert!(forms.len() <= MOST_FORMS, "a program with more forms than are followed");
    Program { names, secrets, letters, forms, kind: Kind::Ordinary, skip: 0, plain: "", starts: "" }
}
