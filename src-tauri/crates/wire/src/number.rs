//! Numbers as they are sent: whole ones without a fraction (`5`, not `5.0`), unknown ones as `null`.
//!
//! A file of its own below the messages, because they are written with it and the codec with them.

use serde::{Serialize, Serializer};

/// A number as it is sent: whole ones without a fraction (`5`, not `5.0`), unknown ones as `null`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number(pub Option<f64>);

/// `value` as it is sent.
#[must_use]
pub fn number(value: Option<f64>) -> Number {
    Number(value.filter(|v| v.is_finite()))
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// 2^53: integers below it are exact in a double.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match self.0 {
            None => serializer.serialize_none(),
            Some(v) if v.fract() == 0.0 && v.abs() < EXACT => serializer.serialize_i64(v as i64),
            Some(v) if serializer.is_human_readable() => serializer.serialize_f64(v),
            // Nothing that travels has more than 7 significant digits and a fraction: half the bytes say it.
            Some(v) => serializer.serialize_f32(v as f32),
        }
    }
}

pub(crate) fn serialize_number<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    number(*value).serialize(serializer)
}

pub(crate) fn serialize_numbers<S: Serializer>(
    values: &[Option<f64>],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(|value| number(*value)))
}
