//! The query language: `cpu>5 and name=fire`, one reading of it for the process table, the list of machines and `find`.
//!
//! The specification is `golden/queries.md`, its cases are `golden/queries.jsonl`; the page's `text/query/` reads the same
//! language and is held to the same cases. Pure: no clock, no operating system, and no sentence for people: what cannot
//! be read is a code with parameters and a place.
//!
//! In reading order: [`fields`] (what can be compared, where) → [`fold`] (text in any case) → [`quantity`] (numbers and
//! units) → [`pattern`] (regular expressions) → [`error`] (what cannot be read) → [`parse`] (text to tree) →
//! [`evaluate`] (tree and subject to yes, no or unknown).

mod error;
mod evaluate;
mod fields;
mod fold;
mod parse;
mod pattern;
mod quantity;

pub use error::{PatternProblem, QueryError, QueryProblem};
pub use evaluate::Subject;
pub use fields::{Context, Field, Kind};
pub use parse::Query;
pub use quantity::Measure;
