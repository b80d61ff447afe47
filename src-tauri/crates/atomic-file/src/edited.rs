//! Files that people write into: settings, and who has access. What they wrote stays where it is until they mend it, and
//! each value is read by itself, so that one of a wrong type takes no other with it.
//!
//! Half a file, or zeros, is what a power cut leaves, and no person: its backup is used then.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::{Map, Value};

use super::ours::{Trust, Unread, read_bytes};
use super::whole::{BOM, Unreadable, backup_of, recover};

/// What was found of a file that people write into.
#[derive(Debug)]
pub enum Edited {
    /// There is none.
    Nothing,
    /// A whole one; its values have still to be understood.
    Whole(Values),
    /// It was cut short and is kept aside; this is what its backup said, which takes its place, and what happened.
    Recovered(Values, Unreadable),
    /// It cannot be understood or was not read, and is where it was.
    Unclear(Unclear),
}

/// Why nothing of a file is understood.
#[derive(Debug)]
pub enum Unclear {
    /// Its text.
    Malformed(Malformed),
    /// It was not read, which says nothing of what is in it. It must not be overwritten.
    Unread(Unread),
}

/// What is wrong with a text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What the reader says.
    pub detail: String,
}

/// The values of a file, to be read one by one.
#[derive(Debug, Default)]
pub struct Values {
    values: Map<String, Value>,
    within: String,
    wrong: Vec<Wrong>,
}

/// A value that is not what it has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Its key, as in `compat.wsEnabled`, or a place in a list, as in `viewers[0]`.
    pub key: String,
    /// What is used in its place; `None` where it is left out.
    pub used: Option<String>,
}

/// Reads a file that people write into. Nothing is moved, restored or written, except for one that was cut short, where
/// `now_ms` is told: it is kept aside and its backup put in its place, if that is whole.
pub fn read_edited(path: &Path, trust: Trust, now_ms: Option<u64>) -> Edited {
    let bytes = match read_bytes(path, trust) {
        Ok(bytes) => bytes,
        Err(Unread::Absent) => return Edited::Nothing,
        Err(why) => return Edited::Unclear(Unclear::Unread(why)),
    };
    let (malformed, cut_short) = match object(&bytes) {
        Ok(values) => return Edited::Whole(Values { values, ..Values::default() }),
        Err(why) => why,
    };
    if cut_short
        && let Some(now_ms) = now_ms
        && let Ok(backup) = read_bytes(&backup_of(path), trust)
        && let Ok(values) = object(&backup)
    {
        let cause = format!("{} in line {}", malformed.detail, malformed.line);
        let file = recover(path, &bytes, &backup, cause, now_ms);
        return Edited::Recovered(Values { values, ..Values::default() }, file);
    }
    Edited::Unclear(Unclear::Malformed(malformed))
}

/// The object that a text is; else what is wrong with it, and whether it was cut short.
fn object(bytes: &[u8]) -> Result<Map<String, Value>, (Malformed, bool)> {
    let wrong = |line, column, detail: &str| Malformed { line, column, detail: detail.to_owned() };
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Err((wrong(1, 1, "the text is in UTF-16; save it in UTF-8"), false));
    }
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    if bytes.is_empty() || bytes.ends_with(b"\0") {
        return Err((wrong(1, 1, "the file was cut short"), true));
    }
    let text = std::str::from_utf8(bytes).map_err(|err| {
        let before = &bytes[..err.valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        (wrong(line, column, "the text is not in UTF-8"), err.error_len().is_none())
    })?;
    serde_json::from_str(text).map_err(|err| {
        let said = err.to_string();
        let detail = said.split(" at line ").next().unwrap_or_default();
        // A text that ends with a whole line was ended by an editor: somebody forgot a bracket.
        let cut_short = err.classify() == Category::Eof && !text.ends_with('\n');
        (
            Malformed { line: err.line().max(1), column: err.column().max(1), detail: detail.to_owned() },
            cut_short,
        )
    })
}

impl Values {
    /// The value of `key`: `absent` where it is not there, and `closed`, which is called `used`, where it is not
    /// understood.
    pub fn one<T: DeserializeOwned>(&mut self, key: &str, absent: T, closed: T, used: &str) -> T {
        match self.values.remove(key).map(serde_json::from_value) {
            None => absent,
            Some(Ok(value)) => value,
            Some(Err(_)) => {
                self.wrong.push(Wrong { key: self.name(key), used: Some(used.to_owned()) });
                closed
            }
        }
    }

    /// The list `key`, without what is not understood of it. `None` where it is there and no list.
    pub fn list<T: DeserializeOwned>(&mut self, key: &str) -> Option<Vec<T>> {
        let list = match self.values.remove(key) {
            None => return Some(Vec::new()),
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.wrong.push(Wrong { key: self.name(key), used: None });
                return None;
            }
        };
        let mut understood = Vec::new();
        for (at, value) in list.into_iter().enumerate() {
            match serde_json::from_value(value) {
                Ok(value) => understood.push(value),
                Err(_) => {
                    self.wrong.push(Wrong { key: format!("{}[{at}]", self.name(key)), used: None });
                }
            }
        }
        Some(understood)
    }

    /// Reads the values of the object `key` by `read`; where it is there and no object, `read` gets none and its result
    /// is `Err`.
    pub fn object<T>(&mut self, key: &str, read: impl FnOnce(&mut Values) -> T) -> Result<T, T> {
        let mut values = Values { within: format!("{}.", self.name(key)), ..Values::default() };
        let is_object = match self.values.remove(key) {
            None => true,
            Some(Value::Object(inner)) => {
                values.values = inner;
                true
            }
            Some(_) => {
                self.wrong.push(Wrong { key: self.name(key), used: None });
                false
            }
        };
        let read = read(&mut values);
        self.wrong.append(&mut values.wrong);
        if is_object { Ok(read) } else { Err(read) }
    }

    /// The values that were not understood, in the order in which they were read.
    #[must_use]
    pub fn wrong(self) -> Vec<Wrong> {
        self.wrong
    }

    fn name(&self, key: &str) -> String {
        format!("{}{key}", self.within)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::write;

    fn read(text: &[u8]) -> Edited {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("settings.json");
        write(&path, &serde_json::json!({"from": "backup"})).unwrap();
        write(&path, &serde_json::json!({})).unwrap();
        fs::write(&path, text).unwrap();
        let edited = read_edited(&path, Trust::Any, Some(7));
        if let Edited::Unclear(_) = edited {
            assert_eq!(fs::read(&path).unwrap(), text, "it is where it was");
            assert_eq!(fs::read_dir(data.path()).unwrap().count(), 2);
        }
        edited
    }

    #[test]
    fn what_a_person_got_wrong_is_told_by_line_and_column_and_stays() {
        let cases: [(&[u8], usize, usize, &str); 8] = [
            (b"{\n  \"a\": 1,\n}\n", 3, 1, "trailing comma"),
            (b"{\n  \"a\": 1\n  \"b\": 2\n}", 3, 3, "expected `,` or `}`"),
            (b"{\"a\": 1\n", 2, 1, "EOF while parsing an object"),
            (b"{\"a\": 'x'}", 1, 7, "expected value"),
            (b"[1]", 1, 1, "invalid type: sequence, expected a map"),
            (b"{\n \"a\": \"\xfft\"}", 2, 8, "the text is not in UTF-8"),
            (b"\xff\xfe{\0}\0", 1, 1, "the text is in UTF-16; save it in UTF-8"),
            (b"{} {}", 1, 4, "trailing characters"),
        ];
        for (text, line, column, detail) in cases {
            let Edited::Unclear(Unclear::Malformed(malformed)) = read(text) else {
                panic!("{detail}: expected to be told")
            };
            assert_eq!(malformed, Malformed { line, column, detail: detail.to_owned() });
        }
    }

    #[test]
    fn what_a_power_cut_leaves_is_recovered_from_its_backup() {
        for text in
            [&b""[..], b"\0\0\0\0", b"{\"a\":", b"{\"a\": 1,\n  \"b", b"{\"a\": 1}\0\0\0", b"{\"a\": \"\xc3"]
        {
            let Edited::Recovered(mut values, file) = read(text) else { panic!("{text:?}") };
            assert_eq!(values.one("from", String::new(), String::new(), ""), "backup", "{text:?}");
            assert!(file.aside.is_ok());
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_fault() {
        let Edited::Whole(mut values) = read(b"\xEF\xBB\xBF{\"a\": 1}") else { panic!("expected values") };
        assert_eq!(values.one("a", 0, 0, ""), 1);
    }

    #[test]
    fn a_value_of_a_wrong_type_takes_no_other_with_it() {
        let text = br#"{"a": "x", "b": 2, "c": {"d": 1, "e": true}, "l": [1, "y", 3], "m": 4, "n": 5}"#;
        let Edited::Whole(mut values) = read(text) else { panic!("expected values") };
        assert_eq!(
            (values.one("a", 1, 0, "none"), values.one("b", 1, 0, ""), values.one("z", 9, 0, "")),
            (0, 2, 9)
        );
        let inner = values
            .object("c", |inner| (inner.one("d", false, false, "false"), inner.one("e", false, false, "")));
        assert_eq!(inner, Ok((false, true)));
        assert_eq!((values.list::<u32>("l"), values.list::<u32>("m")), (Some(vec![1, 3]), None));
        assert_eq!(values.object("n", |inner| inner.one("d", 1, 0, "")), Err(1));
        let wrong: Vec<_> = values.wrong().into_iter().map(|wrong| wrong.key).collect();
        assert_eq!(wrong, ["a", "c.d", "l[1]", "m", "n"]);
    }
}
