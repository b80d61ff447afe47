//! Writes what the page needs of this crate beside its types: constants, tables, validators. `cargo xtask types` runs
//! it with the export of the types (ts-rs), in one process, and `cargo xtask test` fails where the result changed.

mod arrives;
mod contract;
mod validators;

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use ts_rs::{Config, TS};

pub(crate) use self::arrives::Arriving;
use crate::methods::Method;

/// A constant with its documentation.
#[derive(Debug)]
pub(crate) struct Constant {
    /// With the unit at its end.
    name: String,
    about: &'static [&'static str],
    value: String,
}

impl Constant {
    pub(crate) fn new(name: &str, about: &'static [&'static str], value: &dyn Literal) -> Self {
        Self { name: format!("{name}{}", value.unit()), about, value: value.literal() }
    }
}

/// A value that TypeScript can write as well.
pub(crate) trait Literal {
    fn literal(&self) -> String;
    /// What the name says of the unit.
    fn unit(&self) -> &'static str {
        ""
    }
}

impl Literal for usize {
    fn literal(&self) -> String {
        grouped(*self as u128)
    }
}

impl Literal for u32 {
    fn literal(&self) -> String {
        grouped(u128::from(*self))
    }
}

impl Literal for u16 {
    fn literal(&self) -> String {
        self.to_string()
    }
}

impl Literal for Duration {
    fn literal(&self) -> String {
        grouped(self.as_millis())
    }

    fn unit(&self) -> &'static str {
        "_MS"
    }
}

impl Literal for &str {
    fn literal(&self) -> String {
        quoted(self)
    }
}

impl<T: Literal, const N: usize> Literal for [T; N] {
    fn literal(&self) -> String {
        format!("[{}]", self.iter().map(Literal::literal).collect::<Vec<_>>().join(", "))
    }
}

/// What a method takes and gives.
pub(crate) struct MethodTypes {
    pub(crate) method: Method,
    pub(crate) about: &'static [&'static str],
    /// `None`: it takes none.
    pub(crate) params: Option<TypeName>,
    pub(crate) result: TypeName,
    pub(crate) arrives: Arriving,
}

/// A type as TypeScript writes it.
#[derive(Debug)]
pub(crate) struct TypeName(pub(crate) String);

impl TypeName {
    pub(crate) fn of<T: TS>() -> Self {
        Self(T::name(&Config::default()))
    }

    /// The names of `wire.ts` in it.
    fn imports(&self) -> impl Iterator<Item = &str> {
        self.0
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.starts_with(char::is_uppercase) && *word != "Array")
    }
}

/// `Some` type, or `None` where there is none.
macro_rules! optional_type {
    () => {
        None
    };
    ($type:ty) => {
        Some(crate::typescript::TypeName::of::<$type>())
    };
}
pub(crate) use optional_type;

/// Where the generated files go; the same folder as ts-rs writes to.
fn file(name: &str) -> PathBuf {
    let folder =
        std::env::var_os("TS_RS_EXPORT_DIR").map_or_else(|| PathBuf::from("bindings"), PathBuf::from);
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

/// A comment in the form that editors show.
fn doc(out: &mut String, indent: &str, lines: &[&str]) {
    let text: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    writeln!(out, "{indent}/** {} */", text.join(" ").replace("*/", "* /")).unwrap();
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// `1048576` as `1_048_576`.
fn grouped(value: u128) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}
