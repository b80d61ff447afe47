//! Files that people write into: settings, and who has access. What they wrote stays where it is until they mend it, and
//! each value is read by itself, so that one of a wrong type, or one that is there twice, takes no other with it.
//!
//! Zeros, and of settings the beginning of a file, are what a power cut leaves, and no person: what the backup says is told
//! then. The reader decides what of that counts, since the backup may be of an older version, which allowed more.

use std::path::Path;
use std::{fmt, fs, io, mem};

use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::ours::{Trust, Unread, read_bytes};
use super::whole::{BOM, Unreadable, backup_of, recover, replace};

/// What was found of a file that people write into.
#[derive(Debug)]
pub enum Edited {
    /// There is none.
    Nothing,
    /// A whole one; its values have still to be understood.
    Whole(Values),
    /// It was cut short, and there is a backup of which it may be the beginning.
    CutShort(CutShort),
    /// It cannot be understood or was not read, and is where it was.
    Unclear(Unclear),
}

/// A file that was cut short. It is where it was.
#[derive(Debug)]
pub struct CutShort {
    /// What its backup says.
    pub backup: Values,
    /// What is wrong with the file.
    pub malformed: Malformed,
    left: Vec<u8>,
    backup_bytes: Vec<u8>,
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
    values: Entries,
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
    /// It is there twice: nobody can say which one is meant.
    pub twice: bool,
}

/// The keys of an object with their values, as written: a key may be there twice. Values below are read by types of
/// ours, which refuse that themselves.
#[derive(Debug, Default)]
struct Entries(Vec<(String, Box<RawValue>)>);

/// The value of a key.
enum Given {
    Absent,
    Once(Box<RawValue>),
    Twice,
}

/// Reads a file that people write into. Nothing is moved, restored or written.
pub fn read_edited(path: &Path, trust: Trust) -> Edited {
    let bytes = match read_bytes(path, trust) {
        Ok(bytes) => bytes,
        Err(Unread::Absent) => return Edited::Nothing,
        Err(why) => return Edited::Unclear(Unclear::Unread(why)),
    };
    let malformed = match object(&bytes) {
        Ok(values) => return Edited::Whole(Values { values, ..Values::default() }),
        Err(why) => why,
    };
    let backup = read_bytes(&backup_of(path), trust).ok().filter(|backup| is_left_of(&bytes, backup, trust));
    match backup.and_then(|bytes| Some((object(&bytes).ok()?, bytes))) {
        Some((values, backup_bytes)) => {
            let backup = Values { values, ..Values::default() };
            Edited::CutShort(CutShort { backup, malformed, left: bytes, backup_bytes })
        }
        None => Edited::Unclear(Unclear::Malformed(malformed)),
    }
}

/// Makes the backup of the file at `path`, which gives access, one of the version that is there, where that is whole: an
/// older one would give back what a person removed.
///
/// # Errors
/// Where an older backup can neither be replaced nor removed.
pub fn renew_backup(path: &Path) -> io::Result<()> {
    let bytes = match read_bytes(path, Trust::Secret) {
        Ok(bytes) => bytes,
        Err(Unread::Absent) => return Ok(()),
        Err(why) => return Err(why.into()),
    };
    let backup = backup_of(path);
    let is_of_it = || read_bytes(&backup, Trust::Secret).is_ok_and(|backup| backup == bytes);
    if object(&bytes).is_err() || is_of_it() {
        return Ok(());
    }
    replace(&backup, &bytes).or_else(|err| fs::remove_file(&backup).map_err(|_| err))
}

impl CutShort {
    /// Keeps the file at `path` aside, and puts the backup in its place: what that says, and what happened.
    pub fn restore(self, path: &Path, now_ms: u64) -> (Values, Unreadable) {
        let cause = format!("{} in line {}", self.malformed.detail, self.malformed.line);
        (self.backup, recover(path, &self.left, &self.backup_bytes, cause, now_ms))
    }
}

/// Whether a power cut may have left `bytes` of `backup`: the beginning of it, and zeros where blocks were not written.
fn is_left_of(bytes: &[u8], backup: &[u8], trust: Trust) -> bool {
    let zeros = bytes.iter().rev().take_while(|byte| **byte == 0).count();
    let beginning = &bytes[..bytes.len() - zeros];
    // Without zeros: what this program writes is put in its place whole, so that a text without its end is what a person
    // made of it, who may have taken access away. A whole line at the end is an editor's.
    let by_a_person = trust == Trust::Secret || beginning.ends_with(b"\n");
    (zeros > 0 || !by_a_person) && backup.starts_with(beginning)
}

/// The object that a text is; else what is wrong with it.
fn object(bytes: &[u8]) -> Result<Entries, Malformed> {
    let wrong = |line, column, detail: &str| Malformed { line, column, detail: detail.to_owned() };
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Err(wrong(1, 1, "the text is in UTF-16; save it in UTF-8"));
    }
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    if bytes.is_empty() || bytes.ends_with(b"\0") {
        return Err(wrong(1, 1, "the file was cut short"));
    }
    let text = std::str::from_utf8(bytes).map_err(|err| {
        let before = &bytes[..err.valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        wrong(line, column, "the text is not in UTF-8")
    })?;
    serde_json::from_str(text).map_err(|err| {
        let said = err.to_string();
        let detail = said.split(" at line ").next().unwrap_or_default();
        Malformed { line: err.line().max(1), column: err.column().max(1), detail: detail.to_owned() }
    })
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct AsWritten;

        impl<'de> Visitor<'de> for AsWritten {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        from.deserialize_map(AsWritten)
    }
}

impl Entries {
    /// Takes out what there is of `key`.
    fn take(&mut self, key: &str) -> Given {
        let (given, rest): (Vec<_>, Vec<_>) =
            mem::take(&mut self.0).into_iter().partition(|(it, _)| it == key);
        self.0 = rest;
        let mut given = given.into_iter().map(|(_, value)| value);
        match (given.next(), given.next()) {
            (None, _) => Given::Absent,
            (Some(value), None) => Given::Once(value),
            (Some(_), Some(_)) => Given::Twice,
        }
    }
}

impl Values {
    /// The value of `key`: `absent` where it is not there, and `closed`, which is called `used`, where it is not
    /// understood.
    pub fn one<T: DeserializeOwned>(&mut self, key: &str, absent: T, closed: T, used: &str) -> T {
        let given = self.read(key, Some(used));
        given.map_or(closed, |value| value.unwrap_or(absent))
    }

    /// The list `key`, without what is not understood of it. `None` where it is there and no list.
    pub fn list<T: DeserializeOwned>(&mut self, key: &str) -> Option<Vec<T>> {
        let list: Vec<Box<RawValue>> = self.read(key, None)?.unwrap_or_default();
        let mut understood = Vec::new();
        for (at, value) in list.into_iter().enumerate() {
            match serde_json::from_str(value.get()) {
                Ok(value) => understood.push(value),
                Err(_) => {
                    let key = self.name(&format!("{key}[{at}]"));
                    self.wrong.push(Wrong { key, used: None, twice: false });
                }
            }
        }
        Some(understood)
    }

    /// Reads the values of the object `key` by `read`; where it is there and no object, `read` gets none and its result
    /// is `Err`.
    pub fn object<T>(&mut self, key: &str, read: impl FnOnce(&mut Values) -> T) -> Result<T, T> {
        let inner: Option<Option<Entries>> = self.read(key, None);
        let is_object = inner.is_some();
        let values = inner.flatten().unwrap_or_default();
        let mut values = Values { values, within: format!("{}.", self.name(key)), wrong: Vec::new() };
        let read = read(&mut values);
        self.wrong.append(&mut values.wrong);
        if is_object { Ok(read) } else { Err(read) }
    }

    /// The value of `key`, if it is there. `None` where it is not understood: `used` is then, or it is left out.
    fn read<T: DeserializeOwned>(&mut self, key: &str, used: Option<&str>) -> Option<Option<T>> {
        let twice = match self.values.take(key) {
            Given::Absent => return Some(None),
            Given::Once(value) => match serde_json::from_str(value.get()) {
                Ok(value) => return Some(Some(value)),
                Err(_) => false,
            },
            Given::Twice => true,
        };
        self.wrong.push(Wrong { key: self.name(key), used: used.map(str::to_owned), twice });
        None
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
    use crate::write_secret;

    /// As our program writes it: `from` is what tells the backup.
    const BACKUP: &[u8] = b"{\n  \"from\": \"backup \xc3\xa4\"\n}\n";

    /// What is read where the file is `text`; nothing is written.
    fn read_as(trust: Trust, text: &[u8]) -> Edited {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("settings.json");
        replace(&backup_of(&path), BACKUP).unwrap();
        replace(&path, text).unwrap();
        let edited = read_edited(&path, trust);
        assert_eq!(fs::read(&path).unwrap(), text, "it is where it was");
        assert_eq!(fs::read_dir(data.path()).unwrap().count(), 2);
        edited
    }

    fn read(text: &[u8]) -> Edited {
        read_as(Trust::Any, text)
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
    fn what_a_power_cut_leaves_has_a_backup() {
        let is_told = |trust, text: &[u8]| {
            let Edited::CutShort(mut it) = read_as(trust, text) else { panic!("{text:?}") };
            assert_eq!(it.backup.one("from", String::new(), String::new(), ""), "backup ä", "{text:?}");
        };
        let zeros: [&[u8]; 4] = [
            b"\0\0\0\0",
            b"{\n  \"from\": \"ba\0\0\0",
            b"{\n\0\0\0",
            b"{\n  \"from\": \"backup \xc3\xa4\"\n}\n\0\0\0",
        ];
        for text in zeros {
            is_told(Trust::Any, text);
            is_told(Trust::Secret, text);
        }
        let cut: [&[u8]; 4] = [b"", b"{", b"{\n  \"from\": \"ba", b"{\n  \"from\": \"backup \xc3"];
        for text in cut {
            is_told(Trust::Any, text);
            let Edited::Unclear(Unclear::Malformed(_)) = read_as(Trust::Secret, text) else {
                panic!("a person may have taken access away: {text:?}")
            };
        }
    }

    #[test]
    fn what_a_person_wrote_has_none() {
        let written: [&[u8]; 7] = [
            // A bracket that was forgotten, by an editor that ends lines and by one that does not.
            b"{\n  \"from\": \"backup \xc3\xa4\"\n",
            b"{\n  \"other\": 1",
            b"{\"from\": \"ba",
            b"\xef\xbb\xbf{\n  \"from\": \"ba",
            b"{\"a\": 1}\0\0\0",
            b"\0\0{\n",
            b"{\n  \"from\": \"backup \xc3\xa4\"\n}\n}",
        ];
        for text in written {
            assert!(matches!(read(text), Edited::Unclear(Unclear::Malformed(_))), "{text:?}");
        }
    }

    #[test]
    fn one_that_was_cut_short_is_kept_aside_where_it_is_restored() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("access.json");
        replace(&backup_of(&path), BACKUP).unwrap();
        replace(&path, b"{\0\0").unwrap();
        let Edited::CutShort(cut) = read_edited(&path, Trust::Secret) else { panic!("expected the backup") };
        let (mut values, file) = cut.restore(&path, 7);
        assert_eq!(values.one("from", String::new(), String::new(), ""), "backup ä");
        assert_eq!(fs::read(file.aside.unwrap()).unwrap(), b"{\0\0");
        assert_eq!(fs::read(&path).unwrap(), BACKUP);
    }

    #[test]
    fn a_backup_gives_nothing_back_that_a_person_removed() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("access.json");
        let backup = backup_of(&path);
        renew_backup(&path).unwrap();
        write_secret(&path, &serde_json::json!({"viewers": ["a", "b"]})).unwrap();
        replace(&path, b"{\"viewers\": [\"a\"]}").unwrap();
        renew_backup(&path).unwrap();
        assert_eq!(fs::read(&backup).unwrap(), b"{\"viewers\": [\"a\"]}");
        replace(&path, b"{\"viewers\": [").unwrap();
        renew_backup(&path).unwrap();
        assert_eq!(fs::read(&backup).unwrap(), b"{\"viewers\": [\"a\"]}", "that is not whole");
    }

    #[test]
    fn a_key_that_is_there_twice_is_not_understood() {
        let text = br#"{"a": 1, "l\u0061st": [1], "a": 2, "b": 3, "last": [2], "c": {"d": 1, "d": 2, "e": 5}, "o": {}, "o": {}}"#;
        let Edited::Whole(mut values) = read(text) else { panic!("expected values") };
        assert_eq!((values.one("a", 9, 0, "0"), values.one("b", 9, 0, "0")), (0, 3));
        assert_eq!(values.list::<u32>("last"), None);
        let inner = values.object("c", |inner| (inner.one("d", 9, 0, "0"), inner.one("e", 9, 0, "0")));
        assert_eq!(inner, Ok((0, 5)));
        assert_eq!(values.object("o", |_| ()), Err(()));
        let wrong: Vec<_> = values.wrong().into_iter().map(|wrong| (wrong.key, wrong.twice)).collect();
        let twice = |key: &str| (key.to_owned(), true);
        assert_eq!(wrong, [twice("a"), twice("last"), twice("c.d"), twice("o")]);
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
