//! `name=value` and `name:value`, wherever in a word: an option, a variable, a query, a connection string, JSON.

use super::hidden::Hidden;
use super::names::{Secrecy, is_plain_value, secrecy};

/// What stands behind a colon and is no secret: the tag of an image, the machine of a package.
const TAGS: [&str; 11] =
    ["latest", "stable", "edge", "main", "master", "alpine", "dev", "amd64", "arm64", "i386", "all"];

/// What stands behind the second colon of `/a.key:/b.key:ro`.
const MOUNT_OPTIONS: [&str; 10] =
    ["ro", "rw", "z", "Z", "U", "cached", "delegated", "rshared", "rslave", "rprivate"];

/// A name with what may surround it.
const LONGEST_BEFORE: usize = 128;

/// Hides the values of `text` that have the name of a secret.
pub(super) fn find(text: &str, hidden: &mut Hidden) {
    // Where a query or a connection string goes on, the next pair may be seen; else everything is the secret.
    let mut next_pair = None;
    // Where that is: looked for once, however many names there are before it.
    let mut end = 0;
    let mut shown_from = 0;
    let mut seen_bracket = false;
    for (at, sign) in text.char_indices() {
        match sign {
            '?' | '&' => (next_pair, end) = (Some('&'), 0),
            ';' => (next_pair, end) = (Some(';'), 0),
            '{' | '[' => seen_bracket = true,
            _ => {}
        }
        if !matches!(sign, '=' | ':') || at < shown_from {
            continue;
        }
        let value = &text[at + 1..];
        let name = last_bytes(&text[shown_from..at]);
        if value.is_empty() || sign == ':' && (value.starts_with("//") || is_path_of_code(name, value)) {
            continue;
        }
        let secrecy = if is_secret_in_list(name, sign) { Secrecy::Certain } else { secrecy(name) };
        if secrecy == Secrecy::Plain {
            continue;
        }
        if end <= at {
            end = next_pair.and_then(|next| value.find(next)).map_or(text.len(), |end| at + 1 + end);
        }
        let value = &text[at + 1..end];
        let is_plain = is_plain_value(value, secrecy)
            || sign == ':' && !seen_bracket && is_place(value)
            || sign == '=' && is_working_directory(name, value);
        if !is_plain {
            hidden.add(at + 1..end);
            shown_from = end;
        }
    }
}

/// As much of what stands before a value as may be its name.
fn last_bytes(text: &str) -> &str {
    let start = text.len().saturating_sub(LONGEST_BEFORE);
    (start..text.len()).find_map(|start| text.get(start..)).unwrap_or_default()
}

/// Whether the value behind a colon is a port, a version, an address, a path: `auth:8080`, `secrets:/run/secrets`.
fn is_place(value: &str) -> bool {
    let number = value.split(['/', ':', '-']).next().unwrap_or(value).trim_start_matches('v');
    TAGS.contains(&value)
        || value.starts_with('/')
        || value.split(',').all(|option| MOUNT_OPTIONS.contains(&option))
        || !number.is_empty()
            && number.len() < value.len().max(6)
            && number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// `secret,id=x,data=` of QEMU, `h=db,u=root,p=` of Percona, `WIFI:S:x;P:` of a wireless network's code: names that
/// are secret only in their list.
fn is_secret_in_list(before: &str, sign: char) -> bool {
    let Some((list, name)) = before.rsplit_once([',', ';']) else { return false };
    match (name, sign) {
        ("data", '=') => list.starts_with("secret,"),
        ("p", '=') => list.split(',').any(|pair| pair.starts_with("u=")),
        ("P", ':') => list.starts_with("WIFI:"),
        _ => false,
    }
}

/// `TestToken::test_refresh`: one of the two colons between names in a program's text.
fn is_path_of_code(before: &str, behind: &str) -> bool {
    let rest = if before.ends_with(':') { Some(behind) } else { behind.strip_prefix(':') };
    let rest = rest.map(|rest| rest.as_bytes().get(..LONGEST_BEFORE).unwrap_or(rest.as_bytes()));
    rest.is_some_and(|rest| rest.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b':')))
}

/// `PWD=/srv`: what a shell calls the folder in which it works.
fn is_working_directory(name: &str, value: &str) -> bool {
    let name = name.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or(name);
    matches!(name, "PWD" | "OLDPWD") && value.starts_with('/')
}
