//! Validation of the list of machines. Names and tags are shown as they are, so they must not contain characters that
//! hide or reorder other text; everything has a bound, because it comes from the page and from files.

use std::collections::HashSet;

use client::address::Address;
use lan::demo::DemoMachine;
use wire::Scope;
use wire::fleet::KnownMachine;
use wire::limits::{ADDRESSES, MACHINES, NAME_CHARS, TAGS};
use wire::list_reason::ListReason;
use wire::text::{harmless, is_id, one_line, shown};

/// Longest address: a host name has 253 characters at most, and a port five digits.
const ADDRESS_CHARS: usize = 260;
/// Longest description of an operating system, which comes from the machine.
const OS_CHARS: usize = 256;

/// The name that a machine claims, as far as it may be shown; `instead` where nothing is left of it.
pub(crate) fn claimed_name(name: &str, instead: &str) -> String {
    shown(name).unwrap_or_else(|| instead.chars().take(NAME_CHARS).collect())
}

/// The operating system that a machine claims, as far as it may be stored.
fn claimed_system(os: &str) -> String {
    harmless(os, OS_CHARS).trim().to_owned()
}

/// `machine` as it may be stored.
///
/// # Errors
/// The machine as it is stored, or why it cannot be.
pub(crate) fn checked(machine: KnownMachine) -> Result<KnownMachine, ListReason> {
    let KnownMachine { id, name, tags, addresses, family, os, .. } = &machine;
    if !is_id(id) {
        return Err(ListReason::BadId);
    }
    let name = named(name).map_err(|length| ListReason::NameTooLong { length, most: NAME_CHARS })?;
    if name.is_empty() {
        return Err(ListReason::NoName);
    }
    let mut kept_tags: Vec<String> = Vec::new();
    for tag in tags {
        let tag = named(tag).map_err(|length| ListReason::TagTooLong { length, most: NAME_CHARS })?;
        if !tag.is_empty() && !kept_tags.contains(&tag) {
            kept_tags.push(tag);
        }
    }
    if kept_tags.len() > TAGS {
        return Err(ListReason::TooManyTags { name, count: kept_tags.len(), most: TAGS });
    }
    let addresses = checked_addresses(&name, addresses)?;
    let (family, os) = (claimed_system(family), claimed_system(os));
    Ok(KnownMachine { name, tags: kept_tags, addresses, family, os, ..machine })
}

/// The addresses of machine `name`, each one once; those that have not worked for longest stay away.
fn checked_addresses(name: &str, addresses: &[String]) -> Result<Vec<String>, ListReason> {
    let mut kept: Vec<String> = Vec::new();
    for text in addresses {
        let address = Some(text).filter(|text| text.len() <= ADDRESS_CHARS);
        let address: Address = address
            .and_then(|text| text.trim().parse().ok())
            .ok_or_else(|| ListReason::BadAddress { name: name.to_owned() })?;
        let address = address.to_string();
        if !kept.contains(&address) {
            kept.push(address);
        }
    }
    kept.truncate(ADDRESSES);
    if kept.is_empty() {
        return Err(ListReason::NoAddress { name: name.to_owned() });
    }
    Ok(kept)
}

/// `name` as it may be shown, if it is not too long.
fn named(name: &str) -> Result<String, usize> {
    let name = one_line(name);
    let length = name.chars().count();
    if length > NAME_CHARS { Err(length) } else { Ok(name) }
}

/// The list `after`, as the page wants it, checked against the one `before`: no machine is new, and none is in it
/// twice. The page cannot change when a machine was added, nor that its links are encrypted.
///
/// # Errors
/// A sentence about what cannot be stored; then nothing is.
pub(crate) fn replaced(
    before: &[KnownMachine],
    after: Vec<KnownMachine>,
) -> Result<Vec<KnownMachine>, ListReason> {
    let mut ids = HashSet::new();
    let mut kept = Vec::with_capacity(after.len().min(MACHINES));
    for machine in after {
        let machine = checked(machine)?;
        let known = before.iter().find(|known| known.id == machine.id);
        let known = known.ok_or_else(|| ListReason::NotListed { name: machine.name.clone() })?;
        if !ids.insert(machine.id.clone()) {
            return Err(ListReason::Twice { name: machine.name });
        }
        kept.push(KnownMachine { added_at_ms: known.added_at_ms, secure: known.secure, ..machine });
    }
    Ok(kept)
}

/// Puts a machine that was just paired with at the end of `list`. One that is there already keeps its place, its name
/// and its tags, and is found at the new address first.
///
/// # Errors
/// When there is no room for another, or the machine cannot be kept.
pub(crate) fn added(list: &mut Vec<KnownMachine>, paired: KnownMachine) -> Result<KnownMachine, ListReason> {
    let paired = checked(paired)?;
    if let Some(known) = list.iter_mut().find(|known| known.id == paired.id) {
        let addresses = paired.addresses.iter().chain(&known.addresses).cloned().collect::<Vec<_>>();
        let (name, tags, added_at_ms) = (known.name.clone(), known.tags.clone(), known.added_at_ms);
        *known = checked(KnownMachine { name, tags, addresses, added_at_ms, ..paired })?;
        return Ok(known.clone());
    }
    room(list.len() + 1)?;
    list.push(paired.clone());
    Ok(paired)
}

/// A machine of a demo.
pub(crate) fn recorded(machine: &DemoMachine, now_ms: u64) -> KnownMachine {
    let DemoMachine { id, name, tags, family, os, address, .. } = machine.clone();
    KnownMachine {
        id,
        name,
        tags,
        addresses: vec![address.to_string()],
        secure: false,
        scope: Scope::Processes,
        family,
        os,
        added_at_ms: now_ms,
        last_seen_ms: None,
        last_goodbye: None,
    }
}

/// Whether a list may have `count` machines.
///
/// # Errors
/// When that is too many.
pub(crate) fn room(count: usize) -> Result<(), ListReason> {
    if count > MACHINES {
        return Err(ListReason::TooManyMachines { count, most: MACHINES });
    }
    Ok(())
}

/// A machine of this id and name, to be filled in by a test.
#[cfg(test)]
pub(crate) fn machine(id: &str, name: &str) -> KnownMachine {
    KnownMachine {
        id: id.to_owned(),
        name: name.to_owned(),
        tags: Vec::new(),
        addresses: vec!["192.168.1.20:7444".to_owned()],
        secure: true,
        scope: Scope::View,
        family: String::new(),
        os: String::new(),
        added_at_ms: 7,
        last_seen_ms: None,
        last_goodbye: None,
    }
}

#[cfg(test)]
mod tests {
    use wire::ErrorCode;

    use super::*;

    #[test]
    fn names_are_shown_as_they_are_or_refused() {
        let named = |name: &str| checked(machine("a", name)).map(|machine| machine.name);
        assert_eq!(named("  nas \u{202e}\n in the\u{200b} cellar ").unwrap(), "nas in the cellar");
        assert_eq!(named("\u{200b} \t").unwrap_err().to_string(), "A machine needs a name.");
        assert_eq!(named(&"ä".repeat(NAME_CHARS)).unwrap(), "ä".repeat(NAME_CHARS));
        let long = named(&"ä".repeat(NAME_CHARS + 1)).unwrap_err();
        assert_eq!(
            (long.code(), long.to_string().as_str()),
            (ErrorCode::BadParams, "A name of 65 characters is too long; 64 is the most.")
        );
        assert_eq!(claimed_name("\u{200b}", "192.168.1.20:7444"), "192.168.1.20:7444");
        assert_eq!(claimed_name(&"x".repeat(100), "").len(), NAME_CHARS);
    }

    #[test]
    fn tags_addresses_and_ids_are_checked() {
        let tagged = |count| {
            let tags = (0..count).map(|tag| format!(" tag {tag}")).chain(["tag 0".to_owned(), String::new()]);
            checked(KnownMachine { tags: tags.collect(), ..machine("a", "nas") })
        };
        assert_eq!(tagged(TAGS).unwrap().tags.len(), TAGS);
        assert_eq!(tagged(TAGS + 1).unwrap_err().to_string(), "nas has 9 tags; 8 is the most.");
        let at = |addresses: &[&str]| {
            let addresses = addresses.iter().map(|&address| address.to_owned()).collect();
            checked(KnownMachine { addresses, ..machine("a", "nas") }).map(|machine| machine.addresses)
        };
        assert_eq!(
            at(&["nas.local:1", " nas.local:1 ", "[fe80::1]:2"]).unwrap(),
            ["nas.local:1", "[fe80::1]:2"]
        );
        assert_eq!(at(&["nas"]).unwrap_err().to_string(), "nas: an address looks like 192.168.1.20:7444.");
        assert!(at(&[]).is_err());
        assert!(at(&[&format!("{}:1", "a".repeat(ADDRESS_CHARS))]).is_err());
        let many: Vec<_> = (1..20).map(|port| format!("nas:{port}")).collect();
        let many = at(&many.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        assert_eq!((many.len(), many[0].as_str()), (ADDRESSES, "nas:1"));
        for id in ["", "a b", "../a", &"a".repeat(65)] {
            assert!(checked(machine(id, "nas")).is_err(), "{id}");
        }
    }

    #[test]
    fn the_page_orders_renames_and_removes_and_adds_nothing() {
        let before = [machine("a", "one"), machine("b", "two"), machine("c", "three")];
        let wanted = vec![machine("c", "3"), KnownMachine { added_at_ms: 999, ..machine("a", "one") }];
        let after = replaced(&before, wanted).unwrap();
        let names: Vec<_> =
            after.iter().map(|machine| (machine.name.as_str(), machine.added_at_ms)).collect();
        assert_eq!(names, [("3", 7), ("one", 7)]);
        let stranger = replaced(&before, vec![machine("d", "four")]).unwrap_err();
        assert_eq!(stranger.code(), ErrorCode::BadParams);
        assert_eq!(stranger.to_string(), "four is not one of your machines; pair with it to add it.");
        assert!(replaced(&before, vec![machine("a", "one"), machine("a", "one")]).is_err());
    }

    #[test]
    fn a_machine_that_is_paired_again_keeps_its_place_and_its_name() {
        let mut list =
            vec![KnownMachine { tags: vec!["home".into()], ..machine("a", "mine") }, machine("b", "two")];
        let again = KnownMachine { addresses: vec!["10.0.0.1:1".into()], ..machine("a", "its own name") };
        let known = added(&mut list, again).unwrap();
        assert_eq!((known.name.as_str(), known.tags.len()), ("mine", 1));
        assert_eq!(known.addresses, ["10.0.0.1:1", "192.168.1.20:7444"]);
        assert_eq!(list.len(), 2);
        added(&mut list, machine("c", "last")).unwrap();
        assert_eq!(list[2].name, "last");
        list.resize(MACHINES, machine("z", "many"));
        assert_eq!(added(&mut list, machine("d", "too many")).unwrap_err().code(), ErrorCode::TooMany);
    }
}
