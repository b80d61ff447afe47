//! Whether a query holds of something: yes, no, or unknown. What is unknown, hidden or not there makes no comparison
//! true, and not its opposite either.

use super::fields::Field;
use super::parse::{Node, Query, TextTest};
use super::quantity::Measure;

/// Something a query is asked of: a process, a filesystem, a machine.
pub trait Subject {
    /// A measured value; `None`: unknown, hidden, or nothing that this has.
    fn number(&self, measure: Measure) -> Option<f64>;

    /// Whether `test` holds of any text of `field`; `None`: unknown, hidden, or nothing that this has.
    fn any_text(&self, field: Field, test: &dyn Fn(&str) -> bool) -> Option<bool>;

    /// Whether `test` holds of any text that a word by itself is looked for in; `None`: words are not about this.
    fn any_word(&self, test: &dyn Fn(&str) -> bool) -> Option<bool>;
}

impl Query {
    /// Whether it holds of `subject`. A query that asks for nothing holds of everything.
    #[must_use]
    pub fn holds(&self, subject: &impl Subject) -> bool {
        self.root.as_ref().is_none_or(|root| known(root, subject) == Some(true))
    }

    /// Whether it holds of `part`, and not already of the `whole` that the part belongs to: a process is found because of
    /// itself, not because its machine matches.
    #[must_use]
    pub fn holds_beyond(&self, part: &impl Subject, whole: &impl Subject) -> bool {
        self.holds(part) && !self.holds(whole)
    }
}

/// `None`: it cannot be known.
fn known(node: &Node, subject: &impl Subject) -> Option<bool> {
    match node {
        Node::All(parts) => settled(parts, subject, false),
        Node::Any(parts) => settled(parts, subject, true),
        Node::Not(inner) => known(inner, subject).map(|holds| !holds),
        Node::Word(word) => {
            let begins_pid = |digits: &str| {
                subject.number(Measure::Pid).is_some_and(|pid| pid.to_string().starts_with(digits))
            };
            let found = subject.any_word(&|text| word.is_in(text))?;
            Some(found || word.as_digits().is_some_and(begins_pid))
        }
        Node::Text(field, test) => match test {
            TextTest::Contains(needle) => subject.any_text(*field, &|text| needle.is_in(text)),
            TextTest::Lacks(needle) => subject.any_text(*field, &|text| needle.is_in(text)).map(|is| !is),
            TextTest::Exactly(wanted) => subject.any_text(*field, &|text| text == wanted),
            TextTest::Matches(pattern) => subject.any_text(*field, &|text| pattern.matches(text)),
            TextTest::OneOf(states) => subject.any_text(*field, &|text| states.contains(&text)),
            TextTest::NoneOf(states) => {
                subject.any_text(*field, &|text| states.contains(&text)).map(|is| !is)
            }
        },
        Node::Number(measure, comparison) => subject.number(*measure).map(|it| comparison.holds(it)),
    }
}

/// The first part that is `decisive` settles it; without one, whatever is unknown leaves it unknown.
fn settled(parts: &[Node], subject: &impl Subject, decisive: bool) -> Option<bool> {
    let mut result = Some(!decisive);
    for part in parts {
        match known(part, subject) {
            Some(holds) if holds == decisive => return Some(decisive),
            Some(_) => {}
            None => result = None,
        }
    }
    result
}
