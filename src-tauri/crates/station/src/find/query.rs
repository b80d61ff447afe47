//! A query's text to its terms, or what is wrong with it, in words.

use wire::limits::{FIND_CHARS, FIND_TERMS};

use super::language::{Comparison, Field, OPERATORS, Operator, Wanted, short, stands_alone};

/// What has to hold, all of it.
#[derive(Debug, PartialEq)]
pub(super) struct Query {
    pub(super) terms: Vec<Term>,
}

/// One thing that has to hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Term {
    /// Text by itself: part of a name, or of a command line.
    Word(Wanted),
    /// Part of a process's name.
    Name(Wanted),
    /// Share of one core; of the machine itself, of all.
    Cpu(Comparison),
    /// Bytes, or a share of the machine's memory.
    Memory(Comparison),
    /// Used share of a filesystem.
    Disk(Comparison),
    /// Part of the machine's name.
    Host(Wanted),
    /// Part of the owner's name.
    User(Wanted),
    /// Process id.
    Pid(Comparison),
}

impl Query {
    /// Reads `text`.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        if text.chars().count() > FIND_CHARS {
            return Err(format!("A query has at most {FIND_CHARS} characters."));
        }
        let mut reader = Reader { rest: text.trim_start() };
        let mut terms = Vec::new();
        while !reader.rest.is_empty() {
            terms.extend(reader.term()?);
        }
        if terms.is_empty() {
            return Err("There is nothing to look for. Write a word, cpu>50, mem>2GB or disk>90.".to_owned());
        }
        if terms.len() > FIND_TERMS {
            return Err(format!("A query has at most {FIND_TERMS} words and comparisons."));
        }
        Ok(Self { terms })
    }

    /// Whether processes are meant: something is said of them, and nothing of disks.
    pub(super) fn asks_for_processes(&self) -> bool {
        !self.asks_for_disks() && self.terms.iter().any(|term| !matches!(term, Term::Host(_)))
    }

    /// Whether filesystems are meant.
    pub(super) fn asks_for_disks(&self) -> bool {
        self.terms.iter().any(|term| matches!(term, Term::Disk(_)))
    }
}

/// Goes over the text, term by term. What is left never begins with a space.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// The next term; `None` for `and`, which is what holds anyway.
    fn term(&mut self) -> Result<Option<Term>, String> {
        if let Some((operator, _)) = self.operator().filter(|(written, _)| *written != ":") {
            return Err(format!("A field is missing before \"{operator}\": {}.", Field::all()));
        }
        if self.rest.starts_with(['"', '\'']) {
            return match self.quoted()? {
                "" => Err("A word is missing between the quotes.".to_owned()),
                word => Ok(Some(Term::Word(Wanted::new(word)))),
            };
        }
        let word = self.word();
        if let Some((written, operator)) = self.operator() {
            return self.comparison(word, written, operator).map(Some);
        }
        match word.to_ascii_lowercase().as_str() {
            "and" => Ok(None),
            "or" | "not" => Err(format!(
                "\"{word}\" is not known here: all that is written has to hold. In quotes it is a word."
            )),
            _ => Ok(Some(Term::Word(Wanted::new(word)))),
        }
    }

    fn comparison(&mut self, word: &str, written: &str, operator: Operator) -> Result<Term, String> {
        let Some(field) = Field::named(word) else {
            let advice = match Field::meant(word) {
                Some(meant) => format!("Did you mean {meant}?"),
                None => format!("Fields: {}.", Field::all()),
            };
            return Err(format!("\"{}\" is not a field. {advice}", short(word)));
        };
        if !operator.suits(field) {
            let taken = if field.is_text() { ": =" } else { "> >= < <= = :" };
            return Err(format!("\"{written}\" does not go with {}. It takes {taken}", field.word()));
        }
        self.skip(written.len());
        let value = if self.rest.starts_with(['"', '\'']) { self.quoted()? } else { self.value(field) };
        if value.is_empty() {
            return Err(format!("A value is missing after \"{}{written}\".", field.word()));
        }
        let number = || Comparison::read(field, operator, value);
        Ok(match field {
            Field::Name => Term::Name(Wanted::new(value)),
            Field::Host => Term::Host(Wanted::new(value)),
            Field::User => Term::User(Wanted::new(value)),
            Field::Cpu => Term::Cpu(number()?),
            Field::Memory => Term::Memory(number()?),
            Field::Disk => Term::Disk(number()?),
            Field::Pid => Term::Pid(number()?),
        })
    }

    /// Takes what stands here up to a space, a quote or an operator. A colon is one after a field only, or what was
    /// meant for one: names of processes have colons too.
    fn word(&mut self) -> &'a str {
        let text = self.rest;
        let ends = |(at, it): (usize, char)| {
            let colon =
                it == ':' && !(Field::named(&text[..at]).is_some() || Field::meant(&text[..at]).is_some());
            it.is_whitespace() || it == '"' || !colon && operator_at(&text[at..]).is_some()
        };
        let end = text.char_indices().find(|it| ends(*it)).map_or(text.len(), |(at, _)| at);
        self.skip(end);
        &text[..end]
    }

    /// Takes what stands here up to a space; and behind a bare number, the unit that stands by itself.
    fn value(&mut self, field: Field) -> &'a str {
        let text = self.rest;
        let word = |text: &str| text.find(char::is_whitespace).unwrap_or(text.len());
        let mut end = word(text);
        let next = text[end..].trim_start();
        let unit = &next[..word(next)];
        if text[..end].ends_with(|it: char| it.is_ascii_digit()) && stands_alone(field, unit) {
            end = text.len() - next.len() + unit.len();
        }
        self.skip(end);
        &text[..end]
    }

    /// Takes what stands between quotes.
    fn quoted(&mut self) -> Result<&'a str, String> {
        let text = self.rest;
        let (quote, inner) = text.split_at(1);
        let Some(end) = inner.find(quote) else { return Err("The quote is not closed.".to_owned()) };
        self.skip(end + 2);
        Ok(&inner[..end])
    }

    /// The operator that stands here.
    fn operator(&self) -> Option<(&'static str, Operator)> {
        operator_at(self.rest)
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest[bytes..].trim_start();
    }
}

fn operator_at(text: &str) -> Option<(&'static str, Operator)> {
    OPERATORS.into_iter().find(|(written, _)| text.starts_with(written))
}
