//! A query's text to its tree, or what cannot be read and where.

use super::error::{QueryError, QueryProblem};
use super::fields::{Context, Field, Kind, Operator, nearest};
use super::fold::Needle;
use super::pattern::Pattern;
use super::quantity::{Comparison, Measure, Refused, stands_alone};
use crate::limits::{FIND_CHARS, FIND_DEPTH, FIND_TERMS, PATTERN_CHARS};

/// A query that can be read.
#[derive(Debug, Clone)]
pub struct Query {
    pub(super) root: Option<Node>,
    fields: Vec<Field>,
}

/// A condition.
#[derive(Debug, Clone)]
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    /// Text by itself.
    Word(Needle),
    Text(Field, TextTest),
    Number(Measure, Comparison),
}

/// What text has to be.
#[derive(Debug, Clone)]
pub(super) enum TextTest {
    Contains(Needle),
    Lacks(Needle),
    Exactly(String),
    Matches(Pattern),
    OneOf(Vec<&'static str>),
    NoneOf(Vec<&'static str>),
}

impl Query {
    /// Reads `text` as it is meant in `context`.
    ///
    /// # Errors
    /// The first thing that cannot be read.
    pub fn read(text: &str, context: Context) -> Result<Self, QueryError> {
        let mut reader = Reader { text, context, at: 0, terms: 0, before: 0..0, fields: Vec::new() };
        let root = reader.query().map_err(|stop| QueryError {
            problem: stop.problem,
            from: place(text, stop.from),
            to: place(text, stop.to),
            unfinished: stop.unfinished,
        })?;
        Ok(Self { root, fields: reader.fields })
    }

    /// Nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// Whether `field` is compared.
    #[must_use]
    pub fn compares(&self, field: Field) -> bool {
        self.fields.contains(&field)
    }
}

/// A place in bytes, in UTF-16 code units.
fn place(text: &str, bytes: usize) -> u32 {
    text[..bytes].chars().map(|it| it.len_utf16() as u32).sum()
}

/// Where reading stops, and why.
struct Stop {
    problem: QueryProblem,
    from: usize,
    to: usize,
    unfinished: bool,
}

/// Recursive descent over the text: or, and, not, then one comparison or plain text.
struct Reader<'a> {
    text: &'a str,
    context: Context,
    at: usize,
    terms: usize,
    /// The word or parenthesis that a condition has to follow.
    before: std::ops::Range<usize>,
    fields: Vec<Field>,
}

/// What separates words: the same on every keyboard and in every engine.
fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r' | '\u{a0}' | '\u{3000}')
}

fn is_quote(letter: char) -> bool {
    letter == '"' || letter == '\''
}

impl<'a> Reader<'a> {
    fn query(&mut self) -> Result<Option<Node>, Stop> {
        let limit = self.text.char_indices().scan(0, |units, (at, letter)| {
            *units += letter.len_utf16();
            Some((at, *units))
        });
        if let Some((from, _)) = limit.into_iter().find(|(_, units)| *units > FIND_CHARS) {
            return self.stop(QueryProblem::TooLong { limit: FIND_CHARS as u32 }, from, self.text.len());
        }
        self.space();
        if self.rest().is_empty() {
            return Ok(None);
        }
        let root = self.either(0)?;
        if !self.rest().is_empty() {
            return self.stop(QueryProblem::UnopenedParenthesis, self.at, self.at + 1);
        }
        Ok(Some(root))
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches(is_space).len();
    }

    fn stop<T>(&self, problem: QueryProblem, from: usize, to: usize) -> Result<T, Stop> {
        Err(Stop { problem, from, to, unfinished: false })
    }

    fn unfinished<T>(&self, problem: QueryProblem, from: usize, to: usize) -> Result<T, Stop> {
        Err(Stop { problem, from, to, unfinished: true })
    }

    fn either(&mut self, depth: usize) -> Result<Node, Stop> {
        let first = self.both(depth)?;
        let mut parts = vec![first];
        while self.takes_keyword("or") {
            parts.push(self.both(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::Any(parts) })
    }

    fn both(&mut self, depth: usize) -> Result<Node, Stop> {
        let first = self.single(depth)?;
        let mut parts = vec![first];
        while self.takes_keyword("and") || self.begins_single() {
            parts.push(self.single(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::All(parts) })
    }

    fn single(&mut self, depth: usize) -> Result<Node, Stop> {
        self.space();
        let from = self.at;
        if depth > FIND_DEPTH {
            return self.stop(QueryProblem::TooDeep { limit: FIND_DEPTH as u32 }, from, self.text.len());
        }
        if self.takes_keyword("not") {
            return Ok(Node::Not(Box::new(self.single(depth + 1)?)));
        }
        if self.peek() != Some('(') {
            return self.term();
        }
        self.at += 1;
        self.before = from..self.at;
        let inner = self.either(depth + 1)?;
        if self.peek() != Some(')') {
            return self.unfinished(QueryProblem::UnclosedParenthesis, from, from + 1);
        }
        self.at += 1;
        self.space();
        Ok(inner)
    }

    /// Whether `word` stands here by itself and is not the field of a comparison.
    fn is_keyword(&self, word: &str) -> bool {
        let Some(here) = self.rest().get(..word.len()) else { return false };
        let after = &self.rest()[word.len()..];
        here.eq_ignore_ascii_case(word)
            && after.chars().next().is_none_or(|it| is_space(it) || it == '(' || it == ')')
            && Operator::at(after.trim_start_matches(is_space)).is_none()
    }

    fn takes_keyword(&mut self, word: &str) -> bool {
        self.space();
        let is = self.is_keyword(word);
        if is {
            self.before = self.at..self.at + word.len();
            self.at += word.len();
            self.space();
        }
        is
    }

    fn begins_single(&mut self) -> bool {
        self.space();
        self.peek().is_some_and(|it| it != ')') && !self.is_keyword("or")
    }

    fn term(&mut self) -> Result<Node, Stop> {
        let from = self.at;
        let Some(first) = self.peek() else {
            let after = self.text[self.before.clone()].to_owned();
            return self.unfinished(QueryProblem::MissingAfter { after }, from, from);
        };
        if first == ')' {
            return self.stop(QueryProblem::MissingBefore { before: ")".to_owned() }, from, from + 1);
        }
        if let Some((written, _)) = Operator::at(self.rest()) {
            let operator = written.to_owned();
            return self.stop(QueryProblem::MissingField { operator }, from, from + written.len());
        }
        if is_quote(first) {
            let word = self.quoted()?;
            if word.is_empty() {
                return self.stop(QueryProblem::EmptyQuote, from, from + 2);
            }
            return self.word(word, from);
        }
        let word = self.bare_word();
        let end = self.at;
        self.space();
        let colon =
            (self.rest().starts_with(':') && self.is_near_field(word)).then_some((":", Operator::Contains));
        if let Some((written, operator)) = Operator::at(self.rest()).or(colon) {
            return self.comparison(word, (written, operator), from, end);
        }
        if word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("or") {
            return self.stop(QueryProblem::MissingBefore { before: word.to_owned() }, from, end);
        }
        self.word(word, from)
    }

    fn word(&mut self, word: &str, from: usize) -> Result<Node, Stop> {
        self.count(from)?;
        Ok(Node::Word(Needle::new(word)))
    }

    fn count(&mut self, from: usize) -> Result<(), Stop> {
        self.terms += 1;
        if self.terms > FIND_TERMS {
            return self.stop(QueryProblem::TooManyTerms { limit: FIND_TERMS as u32 }, from, self.at);
        }
        Ok(())
    }

    /// A field, or a word that was probably meant for one.
    fn is_near_field(&self, word: &str) -> bool {
        Field::named(word).is_some() || nearest(word, self.context.words()).is_some()
    }

    /// Takes what stands here up to a space, a parenthesis, a quote or an operator. A colon is one after a field only, or
    /// after what was meant for one.
    fn bare_word(&mut self) -> &'a str {
        let text = self.rest();
        let ends = |(at, it): (usize, char)| {
            is_space(it)
                || matches!(it, '(' | ')' | '"')
                || it == ':' && self.is_near_field(&text[..at])
                || Operator::at(&text[at..]).is_some()
        };
        let end = text.char_indices().find(|it| ends(*it)).map_or(text.len(), |(at, _)| at);
        self.at += end;
        &text[..end]
    }

    fn quoted(&mut self) -> Result<&'a str, Stop> {
        let from = self.at;
        let (quote, inner) = self.rest().split_at(1);
        let Some(end) = inner.find(quote) else {
            return self.unfinished(QueryProblem::UnclosedQuote, from, self.text.len());
        };
        self.at += end + 2;
        Ok(&inner[..end])
    }

    fn comparison(
        &mut self,
        word: &str,
        (written, operator): (&'static str, Operator),
        from: usize,
        end: usize,
    ) -> Result<Node, Stop> {
        let Some(field) = Field::named(word) else {
            let meant = nearest(word, self.context.words()).map(str::to_owned);
            return self.stop(QueryProblem::UnknownField { word: word.to_owned(), meant }, from, end);
        };
        if !self.context.fields().contains(&field) {
            let instead = self.context.instead_of(field);
            return self.stop(QueryProblem::FieldElsewhere { field, instead }, from, end);
        }
        let operator_from = self.at;
        if !operator.suits(field.kind()) {
            let problem = QueryProblem::WrongOperator { operator: written.to_owned(), field };
            return self.stop(problem, operator_from, operator_from + written.len());
        }
        self.at += written.len();
        let after = self.text[from..self.at].to_owned();
        self.space();
        let value_from = self.at;
        let value = match self.peek() {
            Some(quote) if is_quote(quote) => self.quoted()?,
            _ => self.value(field.kind(), operator),
        };
        let value_to = self.at;
        if value.is_empty() {
            let (from, to, unfinished) = (value_from, value_to, value_to == self.text.len());
            return Err(Stop { problem: QueryProblem::MissingValue { after }, from, to, unfinished });
        }
        if !self.fields.contains(&field) {
            self.fields.push(field);
        }
        self.count(from)?;
        self.space();
        match self.test(field, operator, value) {
            Ok(node) => Ok(node),
            Err(problem) => self.stop(problem, value_from, value_to),
        }
    }

    fn test(&self, field: Field, operator: Operator, value: &str) -> Result<Node, QueryProblem> {
        let text = |test| Ok(Node::Text(field, test));
        match field.kind() {
            Kind::Text => match operator {
                Operator::Exactly => text(TextTest::Exactly(value.to_owned())),
                Operator::Differs => text(TextTest::Lacks(Needle::new(value))),
                Operator::Matches if value.encode_utf16().count() > PATTERN_CHARS => {
                    Err(QueryProblem::PatternTooLong { limit: PATTERN_CHARS as u32 })
                }
                Operator::Matches => {
                    let pattern = Pattern::read(value).map_err(|what| QueryProblem::BadPattern { what })?;
                    text(TextTest::Matches(pattern))
                }
                _ => text(TextTest::Contains(Needle::new(value))),
            },
            Kind::State => {
                let wanted = value.to_ascii_lowercase();
                let fits = |state: &&str| match operator {
                    Operator::Exactly => *state == wanted,
                    _ => state.starts_with(&wanted),
                };
                let states: Vec<_> = self.context.states().iter().copied().filter(fits).collect();
                if states.is_empty() {
                    let meant = nearest(value, self.context.states().iter().copied()).map(str::to_owned);
                    return Err(QueryProblem::UnknownState { value: value.to_owned(), meant });
                }
                text(match operator {
                    Operator::Differs => TextTest::NoneOf(states),
                    _ => TextTest::OneOf(states),
                })
            }
            kind => match Comparison::read(field, operator, value) {
                Ok((measure, comparison)) => Ok(Node::Number(measure, comparison)),
                Err(Refused::NeedsUnit) => Err(QueryProblem::NeedsUnit { value: value.to_owned() }),
                Err(Refused::Unreadable) => {
                    Err(QueryProblem::BadValue { field, kind, value: value.to_owned() })
                }
            },
        }
    }

    /// A value ends at a space or at a parenthesis it did not open; behind a bare number stands its unit, perhaps by
    /// itself.
    fn value(&mut self, kind: Kind, operator: Operator) -> &'a str {
        let text = self.rest();
        let mut open = 0usize;
        let mut end = text.len();
        let mut is_escaped = false;
        for (at, letter) in text.char_indices() {
            if is_space(letter) || letter == ')' && open == 0 && !is_escaped {
                end = at;
                break;
            }
            match letter {
                '(' if !is_escaped => open += 1,
                ')' if !is_escaped => open -= 1,
                _ => {}
            }
            is_escaped = operator == Operator::Matches && letter == '\\' && !is_escaped;
        }
        if text[..end].ends_with(|it: char| it.is_ascii_digit()) {
            let next = text[end..].trim_start_matches(is_space);
            let unit = next.find(|it: char| is_space(it) || it == ')').map_or(next, |at| &next[..at]);
            if stands_alone(kind, unit) {
                end = text.len() - next.len() + unit.len();
            }
        }
        self.at += end;
        &text[..end]
    }
}
