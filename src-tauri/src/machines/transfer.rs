//! The list of machines as a file, to copy it from one computer to another. It contains addresses and names, and no
//! tokens: whoever imports it pairs with each machine once.

use std::path::Path;

use atomic_file::Trust;
use serde::{Deserialize, Serialize};
use wire::Scope;
use wire::fleet::KnownMachine;
use wire::foreign::Foreign;
use wire::limits::{ADDRESSES, TAGS, TEXT_CHARS};
use wire::list_reason::ListReason;
use wire::text::harmless;

use super::rules;

/// The format that such a file names.
const KIND: &str = "machines";
/// What this program writes, and the newest that it reads.
const VERSION: u32 = 1;
/// Largest file that is read: 512 machines with the longest names, tags and addresses are 3 MiB.
const BYTES: usize = 4 * 1024 * 1024;

/// The file. Unknown keys are ignored.
#[derive(Debug, Serialize, Deserialize)]
struct File {
    sightline: String,
    version: u32,
    machines: Vec<Entry>,
}

/// The part that all versions of the file have.
#[derive(Debug, Deserialize)]
struct Heading {
    sightline: String,
    version: u32,
}

/// One machine of it.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    id: String,
    name: String,
    #[serde(default)]
    tags: Vec<String>,
    addresses: Vec<String>,
}

/// Writes `list` to the file at `path`, in place of what is there.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write(path: &Path, list: &[KnownMachine]) -> Result<(), ListReason> {
    atomic_file::replace(path, &text(list)?).map_err(|error| ListReason::FileNotWritten {
        path: path.display().to_string(),
        detail: error.to_string(),
    })
}

/// `list` with what the file at `path` adds to it.
///
/// # Errors
/// When the file cannot be read, or is no such file; then nothing of it is taken.
pub(crate) fn read(path: &Path, list: &[KnownMachine], now_ms: u64) -> Result<Vec<KnownMachine>, ListReason> {
    let read = atomic_file::read_bytes(path, Trust::Any);
    let bytes = read.map_err(|error| ListReason::FileNotRead {
        path: path.display().to_string(),
        detail: error.to_string(),
    })?;
    merged(list, &bytes, now_ms).map_err(|why| {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let file = harmless(&file, TEXT_CHARS).into_owned();
        ListReason::InFile { file, why: Box::new(why) }
    })
}

fn text(list: &[KnownMachine]) -> Result<Vec<u8>, ListReason> {
    let machines = list.iter().cloned().map(|machine| {
        let KnownMachine { id, name, tags, addresses, .. } = machine;
        Entry { id, name, tags, addresses }
    });
    let file = File { sightline: KIND.to_owned(), version: VERSION, machines: machines.collect() };
    let bytes = serde_json::to_vec_pretty(&file);
    bytes.map_err(|error| ListReason::BadFile { detail: error.to_string() })
}

/// `list` with what `bytes` adds to it: machines that are not there go to its end, to be paired with. One that is
/// there gains addresses and tags, and loses nothing.
fn merged(list: &[KnownMachine], bytes: &[u8], now_ms: u64) -> Result<Vec<KnownMachine>, ListReason> {
    if bytes.len() > BYTES {
        return Err(ListReason::FileTooLarge { mebibytes: BYTES / 1024 / 1024 });
    }
    let heading = serde_json::from_slice(bytes).ok().filter(|heading: &Heading| heading.sightline == KIND);
    let heading = heading.ok_or(ListReason::NoList)?;
    if heading.version > VERSION {
        return Err(ListReason::NewerFile { version: heading.version, known: VERSION });
    }
    // Somebody else may have written it, and the library quotes what it read.
    let Foreign(file): Foreign<File> = serde_json::from_slice(bytes).map_err(|error| {
        ListReason::BadFile { detail: harmless(&error.to_string(), TEXT_CHARS).into_owned() }
    })?;
    let mut merged = list.to_vec();
    for (index, entry) in file.machines.into_iter().enumerate() {
        let machine = rules::checked(unpaired(entry, now_ms))
            .map_err(|why| ListReason::OfMachine { number: index + 1, why: Box::new(why) })?;
        match merged.iter_mut().find(|known| known.id == machine.id) {
            Some(known) => {
                join(&mut known.addresses, machine.addresses, ADDRESSES);
                join(&mut known.tags, machine.tags, TAGS);
            }
            None => merged.push(machine),
        }
    }
    rules::room(merged.len())?;
    Ok(merged)
}

fn unpaired(entry: Entry, now_ms: u64) -> KnownMachine {
    let Entry { id, name, tags, addresses } = entry;
    KnownMachine {
        id,
        name,
        tags,
        addresses,
        secure: true,
        scope: Scope::View,
        family: String::new(),
        os: String::new(),
        added_at_ms: now_ms,
        last_seen_ms: None,
        last_goodbye: None,
    }
}

/// Adds to `kept` what of `more` is not in it, as far as there is room.
fn join(kept: &mut Vec<String>, more: Vec<String>, most: usize) {
    for text in more {
        if kept.len() < most && !kept.contains(&text) {
            kept.push(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use wire::ErrorCode;

    use super::super::rules::machine;
    use super::*;

    #[test]
    fn what_is_written_is_read_on_another_computer() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("machines.json");
        let ours = [KnownMachine { tags: vec!["home".into()], ..machine("a", "nas") }, machine("b", "desk")];
        write(&path, &ours).unwrap();
        let theirs = read(&path, &[], 99).unwrap();
        let told: Vec<_> =
            theirs.iter().map(|m| (m.name.as_str(), m.tags.len(), m.secure, m.added_at_ms)).collect();
        assert_eq!(told, [("nas", 1, true, 99), ("desk", 0, true, 99)]);
        assert_eq!(read(&path, &theirs, 100).unwrap(), theirs, "a second time changes nothing");
    }

    #[test]
    fn a_file_adds_and_never_takes_away() {
        let ours =
            [KnownMachine { tags: vec!["home".into()], ..machine("a", "my nas") }, machine("b", "desk")];
        let theirs = [
            machine("c", "new"),
            KnownMachine {
                tags: vec!["cellar".into()],
                addresses: vec!["10.0.0.1:1".into()],
                ..machine("a", "nas")
            },
        ];
        let merged = merged(&ours, &text(&theirs).unwrap(), 9).unwrap();
        let names: Vec<_> = merged.iter().map(|machine| machine.name.as_str()).collect();
        assert_eq!(names, ["my nas", "desk", "new"]);
        assert_eq!(merged[0].addresses, ["192.168.1.20:7444", "10.0.0.1:1"]);
        assert_eq!(merged[0].tags, ["home", "cellar"]);
    }

    #[test]
    fn what_is_no_list_says_so() {
        let check = |bytes: &[u8], code, says: &str| {
            let error = merged(&[], bytes, 1).unwrap_err();
            assert_eq!(error.code(), code, "{error}");
            assert!(error.to_string().contains(says), "{error}");
        };
        check(b"\x89PNG", ErrorCode::BadParams, "no list of machines");
        check(b"[]", ErrorCode::BadParams, "no list of machines");
        check(br#"{"sightline":"alerts","version":1}"#, ErrorCode::BadParams, "no list of machines");
        check(
            br#"{"sightline":"machines","version":2}"#,
            ErrorCode::BadParams,
            "A newer Sightline wrote this",
        );
        check(br#"{"sightline":"machines","version":1}"#, ErrorCode::BadParams, "missing field `machines`");
        check(
            br#"{"sightline":"machines","version":1,"machines":[{"id":"a","name":"n","addresses":["nas"]}]}"#,
            ErrorCode::BadParams,
            "Machine 1 of the file: n: an address looks like",
        );
        check(&vec![b' '; BYTES + 1], ErrorCode::TooLarge, "larger than 4 MiB");
        let many: Vec<_> = (0..600).map(|id| machine(&id.to_string(), "many")).collect();
        check(&text(&many).unwrap(), ErrorCode::TooMany, "512 is the most");
    }

    #[test]
    fn a_file_of_a_stranger_says_nothing_that_a_dialog_or_a_log_obeys() {
        let evil = format!("nas\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\n{}", "x".repeat(1_000_000));
        let file = |machines: serde_json::Value| {
            let file = serde_json::json!({"sightline": "machines", "version": 1, "machines": machines});
            merged(&[], &serde_json::to_vec(&file).unwrap(), 1)
        };
        let machine = |name: &str, tag: &str, address: &str| {
            file(serde_json::json!([{"id": "a", "name": name, "tags": [tag], "addresses": [address]}]))
        };
        let kept = machine("a\u{202e}b\u{1b}[2J\nc", "\u{9b}t", "nas:1").unwrap();
        assert_eq!((kept[0].name.as_str(), kept[0].tags[0].as_str()), ("ab[2J c", "t"));
        for refused in [
            file(serde_json::json!(evil)),
            file(serde_json::json!([{"id": evil, "name": evil, "addresses": evil}])),
            machine(&evil, "", "nas:1"),
            machine("nas", &evil, "nas:1"),
            machine("nas", "", &evil),
        ] {
            let said = refused.unwrap_err().to_string();
            assert!(
                !said.chars().any(wire::text::is_invisible) && said.chars().count() < 1_500,
                "{said:.2000}"
            );
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = read(Path::new("/nowhere/machines.json"), &[], 1).unwrap_err();
        assert!(error.to_string().starts_with("/nowhere/machines.json could not be read: "), "{error}");
    }
}
