//! What another machine, or a file of one, says: read so that no text in it can do harm, and no list is longer than any
//! of ours. This is the one way by which such bytes become values, so that the code behind it need not remember that a
//! name may turn the line around in a terminal, a log or a page.
//!
//! [`Foreign`] wraps whatever type is read; the rest of this file hands all calls of serde on, and stops at texts
//! ([`harmless`]) and lists.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::{Deserialize, de};

use crate::limits::{FOREIGN_ITEMS, FOREIGN_TEXT_CHARS};
use crate::text::harmless;

/// A value that another machine sent: its texts are one line each, of visible signs, of [`FOREIGN_TEXT_CHARS`] at most.
///
/// # Errors
/// Reading fails where a list or map has more than [`FOREIGN_ITEMS`].
#[derive(Debug, Clone, PartialEq)]
pub struct Foreign<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Foreign<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(Clean(deserializer)).map(Foreign)
    }
}

/// A deserializer, or a visitor, or what gives them the next item, with its texts made harmless.
struct Clean<T>(T);

/// A list or a map, and how many of its items may still come.
struct Counted<A> {
    items: A,
    left: usize,
}

impl<A> Counted<A> {
    fn new(items: A) -> Self {
        Self { items, left: FOREIGN_ITEMS }
    }

    fn count<E: Error>(&mut self) -> Result<(), E> {
        self.left = self.left.checked_sub(1).ok_or_else(|| E::custom("a list is too long"))?;
        Ok(())
    }
}

macro_rules! read_clean {
    ($($method:ident($($argument:ident: $kind:ty),*);)*) => {
        $(fn $method<V: Visitor<'de>>(self, $($argument: $kind,)* visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method($($argument,)* Clean(visitor))
        })*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Clean<D> {
    type Error = D::Error;

    read_clean! {
        deserialize_any(); deserialize_bool(); deserialize_i8(); deserialize_i16(); deserialize_i32();
        deserialize_i64(); deserialize_i128(); deserialize_u8(); deserialize_u16(); deserialize_u32();
        deserialize_u64(); deserialize_u128(); deserialize_f32(); deserialize_f64(); deserialize_char();
        deserialize_str(); deserialize_string(); deserialize_bytes(); deserialize_byte_buf(); deserialize_option();
        deserialize_unit(); deserialize_unit_struct(name: &'static str); deserialize_newtype_struct(name: &'static str);
        deserialize_seq(); deserialize_tuple(len: usize); deserialize_tuple_struct(name: &'static str, len: usize);
        deserialize_map(); deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]); deserialize_identifier();
        deserialize_ignored_any();
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

macro_rules! visit_as_it_is {
    ($($method:ident: $kind:ty;)*) => {
        $(fn $method<E: Error>(self, value: $kind) -> Result<V::Value, E> {
            self.0.$method(value)
        })*
    };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Clean<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    visit_as_it_is! {
        visit_bool: bool; visit_i8: i8; visit_i16: i16; visit_i32: i32; visit_i64: i64; visit_i128: i128; visit_u8: u8;
        visit_u16: u16; visit_u32: u32; visit_u64: u64; visit_u128: u128; visit_f32: f32; visit_f64: f64;
        visit_bytes: &[u8]; visit_borrowed_bytes: &'de [u8]; visit_byte_buf: Vec<u8>;
    }

    fn visit_char<E: Error>(self, value: char) -> Result<V::Value, E> {
        self.visit_str(value.encode_utf8(&mut [0; 4]))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<V::Value, E> {
        self.0.visit_str(&harmless(value, FOREIGN_TEXT_CHARS))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<V::Value, E> {
        match harmless(value, FOREIGN_TEXT_CHARS) {
            std::borrow::Cow::Borrowed(value) => self.0.visit_borrowed_str(value),
            std::borrow::Cow::Owned(value) => self.0.visit_string(value),
        }
    }

    fn visit_string<E: Error>(self, value: String) -> Result<V::Value, E> {
        self.visit_str(&value)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Clean(deserializer))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Clean(deserializer))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Counted::new(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Counted::new(items))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<V::Value, A::Error> {
        self.0.visit_enum(Clean(data))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Clean<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Clean(deserializer))
    }
}

// No hint of a length is handed on: memory grows with what has come.
impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Counted<A> {
    type Error = A::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, A::Error> {
        let next = self.items.next_element_seed(Clean(seed))?;
        if next.is_some() {
            self.count()?;
        }
        Ok(next)
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Counted<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let next = self.items.next_key_seed(Clean(seed))?;
        if next.is_some() {
            self.count()?;
        }
        Ok(next)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        self.items.next_value_seed(Clean(seed))
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Clean<A> {
    type Error = A::Error;
    type Variant = Clean<A::Variant>;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self::Variant), A::Error> {
        let (value, variant) = self.0.variant_seed(Clean(seed))?;
        Ok((value, Clean(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Clean<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.0.unit_variant()
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, A::Error> {
        self.0.newtype_variant_seed(Clean(seed))
    }

    fn tuple_variant<V: de::Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.0.tuple_variant(len, Clean(visitor))
    }

    fn struct_variant<V: de::Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.0.struct_variant(fields, Clean(visitor))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "type", rename_all = "camelCase")]
    enum Tagged {
        Named { name: Option<String>, kind: Kind },
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Kind {
        Newtype(String),
        Tuple(String, u8),
    }

    fn read<'a, T: Deserialize<'a>>(text: &'a str) -> T {
        serde_json::from_str::<Foreign<T>>(text).unwrap_or_else(|error| panic!("{text}: {error}")).0
    }

    #[test]
    fn no_text_in_any_place_of_a_value_is_as_it_came() {
        let evil = r#""a\u001b]0;x\u0007\n\u202eb""#;
        let clean = "a]0;x b";
        assert_eq!(read::<String>(evil), clean);
        assert_eq!(read::<Value>(&format!(r#"[{{{evil}: [{evil}]}}, 1.5]"#)), json!([{clean: [clean]}, 1.5]));
        assert_eq!(
            read::<BTreeMap<String, (String, Option<String>)>>(&format!(r#"{{{evil}: [{evil}, {evil}]}}"#)),
            BTreeMap::from([(clean.to_owned(), (clean.to_owned(), Some(clean.to_owned())))])
        );
        for (kind, expected) in [
            (format!(r#"{{"newtype": {evil}}}"#), Kind::Newtype(clean.to_owned())),
            (format!(r#"{{"tuple": [{evil}, 7]}}"#), Kind::Tuple(clean.to_owned(), 7)),
        ] {
            let read: Tagged = read(&format!(r#"{{"type": "named", "name": {evil}, "kind": {kind}}}"#));
            assert_eq!(read, Tagged::Named { name: Some(clean.to_owned()), kind: expected });
        }
        // Without an escape the text is borrowed from the bytes.
        assert_eq!(read::<std::borrow::Cow<'_, str>>("\"a\u{202e}b\""), "ab");
        assert_eq!(read::<char>("\"a\""), 'a');
        assert!(serde_json::from_str::<Foreign<char>>("\"\u{202e}\"").is_err(), "nothing is left of it");
    }

    #[test]
    fn texts_and_lists_have_an_end() {
        let long: String = read(&format!("\"{}\"", "x".repeat(2_000_000)));
        assert_eq!(long.chars().count(), FOREIGN_TEXT_CHARS);
        let list = |items: usize| format!("[{}1]", "1,".repeat(items - 1));
        assert_eq!(read::<Vec<u8>>(&list(FOREIGN_ITEMS)).len(), FOREIGN_ITEMS);
        let longer = list(FOREIGN_ITEMS + 1);
        assert!(serde_json::from_str::<Foreign<Value>>(&longer).is_err());
        assert!(serde_json::from_str::<Foreign<Vec<u8>>>(&longer).is_err());
        let fields: Vec<_> = (0..=FOREIGN_ITEMS).map(|at| format!("\"{at}\":0")).collect();
        assert!(serde_json::from_str::<Foreign<Value>>(&format!("{{{}}}", fields.join(","))).is_err());
    }
}
