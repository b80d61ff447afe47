//! The part of a message whose type depends on what was asked: it stays text until somebody knows, so that what nobody
//! reads costs no more than its bytes.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::foreign::Foreign;

/// A value in JSON that another machine sent. Two are equal that read as the same value.
#[derive(Debug, Clone)]
pub struct Payload(Box<str>);

impl Payload {
    /// `json`, which is valid.
    pub(crate) fn new(json: &str) -> Self {
        Self(json.into())
    }

    /// The value, with harmless texts.
    ///
    /// # Errors
    /// When it has another shape.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str::<Foreign<T>>(&self.0).map(|Foreign(value)| value)
    }

    /// Whatever it is; `null` where it cannot be read.
    fn value(&self) -> Value {
        self.read().unwrap_or_default()
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value()
    }
}

// The two that follow take a detour, and are for messages that travel whole: a client reads JSON by the codec, and a
// server writes its data without this type.

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(&Value::deserialize(deserializer)?.to_string()))
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}
