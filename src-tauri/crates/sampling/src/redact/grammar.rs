//! Walks along a command line: what each word is by where it stands.
//!
//! A word is the value of the option before it, an option, or one of the words without (positions), by the row of its
//! program in [`table`]. Options and settings with the name of a secret count in any program. A text with spaces
//! is a script, a header or a sentence, and is walked along by the same rules.

use super::hidden::Hidden;
use super::names::{self, Secrecy, secrecy};
use super::paths;
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
/// Words that announce a secret without being an option: `nmcli … password x`.
const ANNOUNCING: [(&str, Secrecy); 17] = [
    ("password", Secrecy::Certain),
    ("passwd", Secrecy::Certain),
    ("passphrase", Secrecy::Certain),
    ("psk", Secrecy::Certain),
    ("pw", Secrecy::Certain),
    ("passcode", Secrecy::Certain),
    ("userpw", Secrecy::Certain),
    ("key", Secrecy::Likely),
    ("token", Secrecy::Likely),
    ("authtoken", Secrecy::Likely),
    ("secret", Secrecy::Likely),
    ("apikey", Secrecy::Likely),
    ("api-key", Secrecy::Likely),
    ("authkey", Secrecy::Likely),
    ("pin", Secrecy::Likely),
    ("preshared-key", Secrecy::Likely),
    ("private-key", Secrecy::Likely),
];
/// What is done with secrets, and so stands where one may.
const VERBS: [&str; 44] = [
    "list",
    "ls",
    "get",
    "set",
    "add",
    "new",
    "put",
    "create",
    "delete",
    "remove",
    "rm",
    "show",
    "inspect",
    "describe",
    "generic",
    "tls",
    "docker-registry",
    "login",
    "logout",
    "status",
    "versions",
    "view",
    "update",
    "rotate",
    "revoke",
    "renew",
    "lookup",
    "info",
    "issue",
    "verify",
    "generate",
    "import",
    "export",
    "enable",
    "disable",
    "print",
    "edit",
    "init",
    "is",
    "for",
    "and",
    "or",
    "in",
    "of",
];

/// What the words so far say about the next one.
#[derive(Debug, Default, Clone, Copy)]
enum Next {
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
    Script,
}

/// What was made of a word, from the least to the most.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Nothing,
    /// It has its place: an option, or a word that the row of its program names.
    Known,
    /// It was hidden, or as much of it as need be: nothing more is looked for.
    Secret,
}

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
    /// How far each of the program's forms is.
    progress: [u8; table::MOST_FORMS],
    /// Words of a sentence announce less than those of a command.
    is_prose: bool,
    /// The next argument stands in quotes.
    pub is_quoted: bool,
    /// The last word was `identified`, of SQL.
    is_identified: bool,
}

impl Default for Command {
    fn default() -> Self {
        Self {
            program: None,
            at_start: true,
            skip: 0,
            next: Next::Anything,
            progress: [0; table::MOST_FORMS],
            is_prose: false,
            is_quoted: false,
            is_identified: false,
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

    /// Whether this command takes a secret from its input, as of this word.
    pub(super) fn reads_secret(&self, word: &str) -> bool {
        let bundles = |letter| word.starts_with('-') && !word.starts_with("--") && word.contains(letter);
        self.program.is_some_and(|program| {
            program.kind == Kind::ReadsSecret
                || program.kind == Kind::Wrapper && program.is("sudo") && bundles('S')
        }) || word.starts_with("--") && (word.ends_with("-stdin") || word == "--with-token")
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
        let found = match self.option(text, hidden) {
            Found::Nothing => self.position(text, hidden),
            found => found,
        };
        if found == Found::Secret { Rest::Done } else { Rest::Within }
    }

    /// What the word before this one said about it.
    fn value(&mut self, text: &str, hidden: &mut Hidden) -> Option<Rest> {
        let next = std::mem::take(&mut self.next);
        let is_sign = matches!(text, "=" | "==" | ":" | ":=" | "=>" | "is");
        match next {
            Next::Anything => return None,
            Next::Value => return Some(Rest::Within),
            Next::Script => return Some(Rest::Script),
            Next::Announced(_) if matches!(text, "-v" | "--value") => {
                self.next = next;
                return None;
            }
            _ if is_option(text) => return None,
            Next::Secret => hidden.add(0..text.len()),
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
                if is_word
                    || VERBS.contains(&text)
                    || names::is_plain_value(text, secrecy)
                    || paths::is_file(text)
                    || text.starts_with('-')
                {
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
        if let Some(program) = self.program {
            let name = word.split('=').next().unwrap_or(word);
            if program.is_plain(name) {
                return if word.contains('=') { Found::Secret } else { Found::Known };
            }
            if word.starts_with(['-', '+']) && self.forms(word, hidden) != Found::Nothing {
                return Found::Known;
            }
            let found = self.option_of(program, word, hidden);
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

    /// An option by the row of the program.
    fn option_of(&mut self, program: &Program, word: &str, hidden: &mut Hidden) -> Found {
        for option in program.secret_options() {
            let Some(rest) = strip_prefix_in_any_case(word, option.name) else { continue };
            if option.is_letter() {
                continue;
            }
            let from = word.len() - rest.len();
            if rest.is_empty() && !option.name.ends_with(':') {
                self.next = option.sign.map_or(Next::Secret, Next::SecretBehind);
                return Found::Known;
            } else if rest.starts_with('=') && option.name.starts_with('-') {
                return secret(word, from + 1, option.sign, hidden);
            } else if option.is_attached() && !rest.is_empty() {
                return secret(word, from, option.sign, hidden);
            }
        }
        if !word.starts_with('-') || word.starts_with("--") {
            return Found::Nothing;
        }
        // Letters, one behind the other, of which the first with a value takes the rest.
        for (at, letter) in word.char_indices().skip(1) {
            let end = at + letter.len_utf8();
            if let Some(option) = program.secret_options().find(|option| option.is_letter_of(letter)) {
                if end == word.len() {
                    self.next = option.sign.map_or(Next::Secret, Next::SecretBehind);
                    return Found::Known;
                }
                let from = if word[end..].starts_with('=') { end + 1 } else { end };
                return secret(word, from, option.sign, hidden);
            }
            if program.is_script(letter) && end == word.len() {
                self.next = Next::Script;
                return Found::Known;
            }
            if program.takes_value(letter) {
                if end == word.len() {
                    self.next = Next::Value;
                }
                break;
            }
            if !letter.is_ascii_alphanumeric() || program.has_no_bundles() {
                break;
            }
        }
        Found::Nothing
    }

    /// A word that is no option.
    fn position(&mut self, word: &str, hidden: &mut Hidden) -> Found {
        let is_text = word.contains(char::is_whitespace);
        if self.at_start {
            self.start(word, is_text);
            return Found::Nothing;
        }
        let found = self.forms(word, hidden);
        if found != Found::Nothing {
            return found;
        }
        if is_text {
            return Found::Nothing;
        }
        if self.program.is_none_or(Program::runs_others)
            && let Some(program) = table::find(word)
            && self.may_run(program)
        {
            self.set(program);
            return Found::Known;
        }
        if self.program.is_none_or(|program| program.kind != Kind::Quiet) {
            self.announce(word);
        }
        Found::Nothing
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
        self.progress = [0; table::MOST_FORMS];
    }

    /// What the forms of the program say about this word.
    fn forms(&mut self, word: &str, hidden: &mut Hidden) -> Found {
        let Some(program) = self.program else { return Found::Nothing };
        let is_switch = word.starts_with(['-', '+']);
        let mut best = Found::Nothing;
        for (form, progress) in program.forms.iter().zip(&mut self.progress) {
            let place = form.split(' ').nth(usize::from(*progress));
            let Some(place) = place else { continue };
            let is_last_for_all = place.len() > 1 && place.ends_with('*');
            let place = if is_last_for_all { &place[..place.len() - 1] } else { place };
            match place {
                _ if is_switch => {
                    if place.split('|').all(|known| known != word) {
                        continue;
                    }
                    best = Found::Known;
                }
                // An option of Windows, wherever it stands.
                "_" | "?" if form.contains('?') && is_windows_option(word) => {
                    best = best.max(Found::Known);
                    continue;
                }
                "_" => best = best.max(Found::Known),
                "?" if word.starts_with("\\\\") => best = best.max(Found::Known),
                "!" | "?" => {
                    hidden.add(0..word.len());
                    best = Found::Secret;
                }
                "=" | ":" | "," | "%" | "/" => {
                    behind(word, 0, place.chars().next().unwrap_or('='), hidden);
                }
                _ if place.split('|').any(|known| word.eq_ignore_ascii_case(known)) => {
                    best = best.max(Found::Known);
                }
                _ => {
                    // Another verb of the same program: the form may begin later.
                    *progress = 0;
                    continue;
                }
            }
            if !is_last_for_all {
                *progress += 1;
            }
        }
        best
    }

    /// A word that says what the next one is: `password`, `aws_secret_access_key`, `wifi-sec.psk`.
    fn announce(&mut self, word: &str) {
        let known = ANNOUNCING.iter().find(|(known, _)| word.eq_ignore_ascii_case(known));
        if let Some((_, secrecy)) =
            known.filter(|(_, secrecy)| !self.is_prose || *secrecy == Secrecy::Certain)
        {
            self.next = Next::Announced(*secrecy);
        } else if self.is_identified && word.eq_ignore_ascii_case("by") {
            self.next = Next::Secret;
        } else if word.contains(['_', '.'])
            && (!word.contains(['/', '=', ':', '@']) || word.starts_with("//"))
            && !word.starts_with('.')
            && !paths::is_file(word)
            && secrecy(word) != Secrecy::Plain
        {
            self.next = Next::Announced(secrecy(word));
        }
        self.is_identified = word.eq_ignore_ascii_case("identified");
    }
}

/// `/add`, `/user:bob`.
fn is_windows_option(word: &str) -> bool {
    let name = word.strip_prefix('/').map(|rest| rest.split(':').next().unwrap_or(rest));
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Hides the value of an option, or what is behind a sign in it.
fn secret(word: &str, from: usize, sign: Option<char>, hidden: &mut Hidden) -> Found {
    let Some(sign) = sign else {
        hidden.add(from..word.len());
        return Found::Secret;
    };
    behind(word, from, sign, hidden);
    Found::Known
}

/// `user:password`: hides what is behind the first such sign.
fn behind(word: &str, from: usize, sign: char, hidden: &mut Hidden) {
    if let Some(at) = word[from..].find(sign).map(|at| from + at) {
        // `sqlplus /nolog @x/y.sql`: nobody's password.
        if sign != '/' || at > from && !word.starts_with(['@', '.']) && !paths::is_file(word) {
            hidden.add(at + 1..word.len());
        }
    }
}

/// What stands behind an option that wants a secret is one, unless it is plainly the next option.
fn is_option(word: &str) -> bool {
    word.starts_with("--") || (word.starts_with('-') && word.len() == 2)
}

fn strip_prefix_in_any_case<'a>(word: &'a str, prefix: &str) -> Option<&'a str> {
    if !prefix.starts_with('/') {
        return word.strip_prefix(prefix);
    }
    let head = word.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &word[prefix.len()..])
}
