//! Walks along a command line: what each word is by where it stands.
//!
//! A word is the value of the option before it, an option, or one of the words without (positions), by the row of its
//! program in [`table`]. Options and settings with the name of a secret count in any program. A text with spaces
//! is a script, a header or a sentence, and is walked along by the same rules.

mod announcing;
mod forms;
mod options;
mod place;

use forms::Forms;
use place::{Found, Next, behind, is_windows_option};

use super::hidden::Hidden;
use super::names::{self, Secrecy, secrecy};
use super::table::{self, Kind, Program};

/// Options that are followed by the name of something, which may be that of a program.
const NAMING: [&str; 12] = [
    "--name",
    "--hostname",
    "--host",
    "--network",
    "--namespace",
    "--unit",
    "--user",
    "--username",
    "--container",
    "--label",
    "--title",
    "--image",
];
/// Options of compilers and packagers in front of digests.
const BEFORE_DIGESTS: [&str; 3] = ["-buildid", "--buildid", "--integrity"];
/// What is left to do with an argument whose place is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rest {
    Done,
    /// What it says may still be secret.
    Within,
    /// It is a script.
    Script,
}

/// One command, while its words go by.
#[derive(Debug)]
pub(super) struct Command {
    program: Option<&'static Program>,
    /// The name of the program is still to come.
    at_start: bool,
    /// Words that stand before that: the host of `ssh`.
    skip: u8,
    next: Next,
    forms: Forms,
    /// Words of a sentence announce less than those of a command.
    is_prose: bool,
    /// `--` was the last option: what follows may be a command, as of `doppler run`.
    may_start: bool,
    /// The next argument stands in quotes.
    pub is_quoted: bool,
    /// `IDENTIFIED WITH x BY`, of SQL: the first word was there.
    is_identified: bool,
    /// The last word of a program's text, if it is called like a secret: `token = "x"`.
    last_secrecy: Secrecy,
}

impl Default for Command {
    fn default() -> Self {
        Self {
            program: None,
            at_start: true,
            skip: 0,
            next: Next::Anything,
            forms: Forms::default(),
            is_prose: false,
            may_start: false,
            is_quoted: false,
            is_identified: false,
            last_secrecy: Secrecy::Plain,
        }
    }
}

impl Command {
    pub(super) fn of_prose() -> Self {
        Self { is_prose: true, ..Self::default() }
    }

    /// A command within this one, `$(…`, in whose place a secret may be expected.
    pub(super) fn within(&self) -> Self {
        Self { next: self.next, is_prose: self.is_prose, ..Self::default() }
    }

    pub(super) fn expects_secret(&self) -> bool {
        matches!(self.next, Next::Secret | Next::Named(_) | Next::Announced(_))
    }

    /// Whether this command takes a secret from its input, as of this word.
    pub(super) fn reads_secret(&self, word: &str) -> bool {
        let bundles = |letter| word.starts_with('-') && !word.starts_with("--") && word.contains(letter);
        self.program.is_some_and(|program| {
            program.kind == Kind::ReadsSecret
                || program.kind == Kind::Wrapper && program.is("sudo") && bundles('S')
        }) || word.starts_with('-') && (word.ends_with("-stdin") || word == "--with-token")
    }

    /// Whether this command writes its words: `echo x | …`.
    pub(super) fn is_echo(&self) -> bool {
        self.program.is_some_and(|program| program.kind == Kind::Echo)
    }

    /// The next argument: hides what is secret by its place, and says what is left to do with it.
    pub(super) fn argument(&mut self, text: &str, hidden: &mut Hidden) -> Rest {
        if let Some(rest) = self.value(text, hidden) {
            return rest;
        }
        if self.is_prose {
            if is_sign(text) && self.last_secrecy != Secrecy::Plain {
                self.next = Next::Assigned(self.last_secrecy);
                return Rest::Done;
            }
            self.last_secrecy = secrecy(text);
        }
        let found = match self.option(text, hidden) {
            Found::Nothing => self.position(text, hidden),
            found => found,
        };
        if found == Found::Secret { Rest::Done } else { Rest::Within }
    }

    /// What the word before this one said about it.
    fn value(&mut self, text: &str, hidden: &mut Hidden) -> Option<Rest> {
        let next = std::mem::take(&mut self.next);
        let is_sign = is_sign(text);
        let is_echo = self.at_start && table::find(text).is_some_and(|program| program.kind == Kind::Echo);
        match next {
            Next::Anything => return None,
            Next::Value => return Some(Rest::Within),
            Next::Digest => return Some(Rest::Done),
            Next::Assigned(secrecy)
                if !(self.is_quoted || self.at_start) || names::is_plain_value(text, secrecy) =>
            {
                return None;
            }
            Next::Script => return Some(Rest::Script),
            Next::Announced(_)
                if matches!(text, "-v" | "--value" | "-String" | "-AsPlainText" | "-Force") =>
            {
                self.next = next;
                return None;
            }
            _ if is_option(text) || is_echo => return None,
            // Of `$(…`, whose command is looked at in this place.
            _ if text == "$" => self.next = next,
            // `IDENTIFIED BY PASSWORD 'x'`.
            Next::Secret if self.is_identified && text.eq_ignore_ascii_case("password") => self.next = next,
            Next::Secret | Next::Assigned(_) => hidden.add(0..text.len()),
            Next::SecretBehind(sign) => {
                behind(text, 0, sign, hidden);
                return Some(Rest::Within);
            }
            Next::Named(_) | Next::Announced(_) if is_sign => self.next = next,
            Next::Named(secrecy) if names::is_plain_value(text, secrecy) => return Some(Rest::Within),
            Next::Named(_) => hidden.add(0..text.len()),
            Next::Announced(secrecy) => {
                let is_word = self.is_prose
                    && !self.is_quoted
                    && text.bytes().all(|b| b.is_ascii_lowercase() || b == b',');
                if is_word || !announcing::may_be_secret(text, secrecy) {
                    return None;
                }
                hidden.add(0..text.len());
            }
        }
        Some(Rest::Done)
    }

    fn option(&mut self, word: &str, hidden: &mut Hidden) -> Found {
        if !word.starts_with(['-', '/', '+']) || word.len() < 2 {
            return Found::Nothing;
        }
        let name = word.split('=').next().unwrap_or(word);
        self.may_start |= word == "--";
        if BEFORE_DIGESTS.contains(&name) {
            if name.len() < word.len() {
                return Found::Secret;
            }
            self.next = Next::Digest;
            return Found::Known;
        }
        if let Some(program) = self.program {
            if program.is_plain(name) {
                return if word.contains('=') { Found::Secret } else { Found::Known };
            }
            if program.starts_command(word) {
                self.at_start = true;
                return Found::Known;
            }
            if word.starts_with(['-', '+']) && self.form(word, hidden) != Found::Nothing {
                return Found::Known;
            }
            let found = options::find(program, word, &mut self.next, hidden);
            if found != Found::Nothing {
                return found;
            }
        }
        if is_windows_option(word) && word.contains(':') {
            return Found::Known;
        }
        if word.contains(['=', ':', ' ']) || word.starts_with('/') && word[1..].contains('/') {
            return if word.starts_with('/') { Found::Nothing } else { Found::Known };
        }
        if NAMING.contains(&word) {
            self.next = Next::Value;
        } else if word != "--" && (!word.starts_with('/') || word.len() > 4) {
            let secrecy = secrecy(word);
            if secrecy != Secrecy::Plain {
                self.next = Next::Named(secrecy);
            }
        }
        if word.starts_with('/') { Found::Nothing } else { Found::Known }
    }

    /// A word that is no option.
    fn position(&mut self, word: &str, hidden: &mut Hidden) -> Found {
        let is_text = word.contains(char::is_whitespace);
        if self.at_start {
            self.start(word, is_text);
            return Found::Nothing;
        }
        if std::mem::take(&mut self.may_start) && self.run(word) {
            return Found::Known;
        }
        let found = self.form(word, hidden);
        if found != Found::Nothing {
            return found;
        }
        if is_text {
            return Found::Nothing;
        }
        if self.program.is_none_or(Program::runs_others) && self.run(word) {
            return Found::Known;
        }
        if self.program.is_none_or(|program| program.kind != Kind::Quiet) {
            self.announce(word);
        }
        Found::Nothing
    }

    /// Goes on with the program that a word names, if it may be one that runs.
    fn run(&mut self, word: &str) -> bool {
        let program = table::find(word).filter(|program| self.may_run(program));
        program.is_some_and(|program| {
            self.set(program);
            true
        })
    }

    /// Whether a program whose name stands somewhere in the arguments is one that runs.
    fn may_run(&self, program: &Program) -> bool {
        match program.kind {
            Kind::OnlyAtStart | Kind::Quiet | Kind::Echo => false,
            Kind::OfCarrier => self.program.is_some(),
            _ => true,
        }
    }

    /// A word where the program's name may be.
    fn start(&mut self, word: &str, is_text: bool) {
        if is_text || word.contains('=') {
            self.at_start &= !is_text;
            return;
        }
        let program = table::find(word)
            .filter(|program| !matches!(program.kind, Kind::OnlyAfterOther | Kind::OfCarrier));
        if let Some(program) = program.filter(|program| program.kind == Kind::Wrapper) {
            self.set(program);
            self.at_start = true;
            self.skip = program.skip;
        } else if self.skip > 0 {
            self.skip -= 1;
        } else {
            self.at_start = false;
            self.program = None;
            match program {
                Some(program) => self.set(program),
                None if self.is_prose => self.announce(word),
                None => {}
            }
        }
    }

    fn set(&mut self, program: &'static Program) {
        self.program = Some(program);
        self.at_start = false;
        self.forms = Forms::default();
    }

    fn form(&mut self, word: &str, hidden: &mut Hidden) -> Found {
        self.program.map_or(Found::Nothing, |program| self.forms.word(program, word, hidden))
    }

    /// A word that says what the next one is.
    fn announce(&mut self, word: &str) {
        let is = |known: &str| word.eq_ignore_ascii_case(known);
        if self.is_identified && (is("by") || is("as") || is("using") || is("replace")) {
            self.next = Next::Secret;
        } else if self.is_identified && word.contains('_') {
            // `mysql_native_password`: what checks the password, which is still to come.
        } else if let Some(secrecy) = announcing::announced(word, self.is_prose) {
            self.next = Next::Announced(secrecy);
        }
        self.is_identified |= is("identified");
    }
}

fn is_sign(word: &str) -> bool {
    matches!(word, "=" | "==" | ":" | ":=" | "=>" | "is")
}

/// What stands behind an option that wants a secret is one, unless it is plainly the next option.
fn is_option(word: &str) -> bool {
    word.starts_with("--") || (word.starts_with(['-', '/']) && word.len() == 2)
}
