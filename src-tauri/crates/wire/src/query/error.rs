//! What cannot be read in a query: a code with its parameters, and where it stands. Sentences are made where they are
//! shown.

use serde::{Deserialize, Serialize};

use super::fields::{Field, Kind};

/// What cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(test, derive(ts_rs::TS, utoipa::ToSchema), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
#[error("{problem} at {from}..{to} of the query")]
pub struct QueryError {
    /// What is wrong.
    pub problem: QueryProblem,
    /// Where it begins, in UTF-16 code units, as the strings of a page are counted.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// Only something is missing at the end: it is being typed.
    pub unfinished: bool,
}

/// Kinds of what cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(test, derive(ts_rs::TS, utoipa::ToSchema), ts(export, export_to = "wire.ts"))]
#[serde(tag = "code", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum QueryProblem {
    /// `find` is asked for nothing.
    #[error("nothing to look for")]
    Empty,
    /// More characters than [`crate::limits::FIND_CHARS`].
    #[error("more than {limit} characters")]
    TooLong {
        /// Most characters.
        limit: u32,
    },
    /// More words and comparisons than [`crate::limits::FIND_TERMS`].
    #[error("more than {limit} words and comparisons")]
    TooManyTerms {
        /// Most words and comparisons.
        limit: u32,
    },
    /// Parentheses and `not` within each other, more than [`crate::limits::FIND_DEPTH`] times.
    #[error("nested more than {limit} times")]
    TooDeep {
        /// Deepest nesting.
        limit: u32,
    },
    /// `(` without `)`.
    #[error("parenthesis without its end")]
    UnclosedParenthesis,
    /// `)` without `(`.
    #[error("parenthesis without its beginning")]
    UnopenedParenthesis,
    /// A quote that does not end.
    #[error("quote without its end")]
    UnclosedQuote,
    /// Nothing between quotes.
    #[error("nothing between the quotes")]
    EmptyQuote,
    /// The query ends where a condition has to stand.
    #[error("nothing after {after:?}")]
    MissingAfter {
        /// What stands before, as written: `and`, `or`, `not` or `(`.
        after: String,
    },
    /// `and`, `or` or `)` where a condition has to stand.
    #[error("nothing before {before:?}")]
    MissingBefore {
        /// What stands there, as written.
        before: String,
    },
    /// An operator where a field has to stand.
    #[error("no field before {operator:?}")]
    MissingField {
        /// As written.
        operator: String,
    },
    /// Nothing after an operator.
    #[error("no value after {after:?}")]
    MissingValue {
        /// Field and operator, as written.
        after: String,
    },
    /// A word before an operator that is no field.
    #[error("unknown field {word:?}")]
    UnknownField {
        /// As written.
        word: String,
        /// The field that was probably meant.
        meant: Option<String>,
    },
    /// A field that there is elsewhere, not here.
    #[error("no field {word:?} here", word = field.word())]
    FieldElsewhere {
        /// Which.
        field: Field,
        /// A field that comes close.
        instead: Option<Field>,
    },
    /// An operator that does not go with its field.
    #[error("operator {operator:?} does not go with {word:?}", word = field.word())]
    WrongOperator {
        /// As written.
        operator: String,
        /// Which field.
        field: Field,
    },
    /// A value that is no number of its kind, or of an unknown unit.
    #[error("{value:?} is not a value of {word:?}", word = field.word())]
    BadValue {
        /// Which field.
        field: Field,
        /// What it should be.
        kind: Kind,
        /// As written.
        value: String,
    },
    /// A share of memory past all of it: a unit was probably meant.
    #[error("{value:?} is more than all memory: a unit is missing")]
    NeedsUnit {
        /// As written.
        value: String,
    },
    /// Not one of the states.
    #[error("unknown state {value:?}")]
    UnknownState {
        /// As written.
        value: String,
        /// The state that was probably meant.
        meant: Option<String>,
    },
    /// A pattern with more characters than [`crate::limits::PATTERN_CHARS`].
    #[error("pattern of more than {limit} characters")]
    PatternTooLong {
        /// Most characters.
        limit: u32,
    },
    /// A pattern that cannot be read.
    #[error("pattern cannot be read: {what}")]
    BadPattern {
        /// What of it.
        what: PatternProblem,
    },
    /// A field that this viewer's scope hides.
    #[error("field {word:?} needs the scope \"processes\"", word = field.word())]
    Hidden {
        /// Which.
        field: Field,
    },
}

/// What of a pattern cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(test, derive(ts_rs::TS, utoipa::ToSchema), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
pub enum PatternProblem {
    /// `[` without `]`, or a range that runs backwards.
    #[error("a set of characters is not closed, or a range runs backwards")]
    Class,
    /// `(` without `)` or the other way, or `(?` with something else than `:`.
    #[error("parentheses do not match, or a group is of an unknown kind")]
    Group,
    /// A repeat of nothing, of a repeat, or a bound that cannot be read.
    #[error("a repeat follows nothing, or its bounds cannot be read")]
    Repeat,
    /// A backslash before what is not known, such as `\1`.
    #[error("a backslash precedes an unknown character")]
    Escape,
    /// Written out, it has more parts than [`crate::limits::PATTERN_PARTS`].
    #[error("written out, it has too many parts")]
    TooLarge,
}
