//! `viewers` and `revoke`: who has access, who is connected, and whose access is revoked.

use std::io::Write;

use anyhow::{Result, bail};
use station::clock;
use wire::Method;
use wire::sharing::{AccessEvent, AccessLog, Sharing, ViewerChange, ViewerInfo, ViewerRef};

use crate::args::{Change, Here, Revoke, Viewers};
use crate::connect::{connect, print_json, read, runtime};
use crate::messages;

/// Characters of an id in the list; so many distinguish 256 devices, and where not, more are asked for.
const SHORT: usize = 8;

/// Lists the devices or the log, or changes a device.
pub(crate) fn viewers(viewers: &Viewers, out: &mut impl Write) -> Result<()> {
    match &viewers.change {
        Some(Change::Rename { viewer, name, here }) => {
            let whom = change(here, viewer, |id| ViewerChange {
                id,
                name: Some(name.clone()),
                scope: None,
                arguments: None,
            })?;
            writeln!(out, "{} is called {name} now.", whom.name)?;
        }
        Some(Change::Scope { viewer, scope, with_arguments, here }) => {
            let to =
                |id| ViewerChange { id, name: None, scope: Some(*scope), arguments: Some(*with_arguments) };
            let whom = change(here, viewer, to)?;
            writeln!(
                out,
                "{} sees {} now ({}).",
                whom.name,
                messages::sees(*scope, *with_arguments),
                messages::scope(*scope)
            )?;
        }
        None if viewers.log => {
            let log: AccessLog = runtime()?.block_on(async {
                anyhow::Ok(connect(&viewers.here).await?.request(Method::SharingLog, &()).await?)
            })?;
            if viewers.json {
                return print_json(out, &log.events);
            }
            write!(out, "{}", chronicle(&log.events))?;
        }
        None => {
            let sharing = runtime()?.block_on(read(&viewers.here))?;
            if viewers.json {
                return print_json(out, &sharing.viewers);
            }
            if sharing.viewers.is_empty() {
                writeln!(out, "No device is paired. `sightline-agent share` shows a code to pair one.")?;
            } else {
                write!(out, "{}", list(&sharing.viewers, clock::unix_ms()))?;
            }
            if sharing.open {
                writeln!(out, "Anyone on the network may view, without being paired.")?;
            }
            write!(out, "{}", messages::users_untold(&sharing))?;
        }
    }
    Ok(())
}

/// Revokes a device's access.
pub(crate) fn revoke(revoke: &Revoke, out: &mut impl Write) -> Result<()> {
    let (whom, after) = runtime()?.block_on(async {
        let mut control = connect(&revoke.here).await?;
        let before = control.read().await?;
        let whom = find(&before.viewers, &revoke.viewer)?.clone();
        let after: Sharing =
            control.request(Method::ViewersRevoke, &ViewerRef { id: whom.id.clone() }).await?;
        anyhow::Ok((whom, after))
    })?;
    write!(out, "{} has no access any more.", whom.name)?;
    match whom.connected {
        0 => writeln!(out)?,
        connected => writeln!(out, " Ended: {}.", messages::count(connected as usize, "connection"))?,
    }
    write!(out, "{}", messages::not_kept(&after))?;
    Ok(())
}

/// Changes the device that `wanted` names; as it was before.
fn change(here: &Here, wanted: &str, change: impl FnOnce(String) -> ViewerChange) -> Result<ViewerInfo> {
    runtime()?.block_on(async {
        let mut control = connect(here).await?;
        let before = control.read().await?;
        let whom = find(&before.viewers, wanted)?.clone();
        let _: Sharing = control.request(Method::ViewersChange, &change(whom.id.clone())).await?;
        Ok(whom)
    })
}

/// The one device whose id or name is `wanted`, or begins so.
/// The one that is meant by its id, its name, or how either begins.
pub(crate) fn find<'a>(viewers: &'a [ViewerInfo], wanted: &str) -> Result<&'a ViewerInfo> {
    let same = |text: &str| text.to_lowercase() == wanted.to_lowercase();
    let begins = |text: &str| !wanted.is_empty() && text.to_lowercase().starts_with(&wanted.to_lowercase());
    let ways: [&dyn Fn(&ViewerInfo) -> bool; 4] = [
        &|viewer| viewer.id == wanted,
        &|viewer| viewer.name == wanted,
        &|viewer| same(&viewer.name),
        &|viewer| begins(&viewer.id) || begins(&viewer.name),
    ];
    for way in ways {
        let found: Vec<_> = viewers.iter().filter(|viewer| way(viewer)).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok(one),
            many => bail!("\"{wanted}\" may be {} of these; say its id:\n{}", many.len(), names(many)),
        }
    }
    match viewers {
        [] => bail!("no device is paired"),
        all => {
            bail!("no device is called \"{wanted}\"; there are:\n{}", names(&all.iter().collect::<Vec<_>>()))
        }
    }
}

/// Ids and names, for an error that asks for a choice.
fn names(viewers: &[&ViewerInfo]) -> String {
    let line = |viewer: &&ViewerInfo| {
        vec![String::new(), viewer.id.clone(), viewer.name.clone(), viewer.client.clone()]
    };
    messages::table(&viewers.iter().map(line).collect::<Vec<_>>())
}

fn list(viewers: &[ViewerInfo], now_ms: u64) -> String {
    let heading = ["ID", "NAME", "PROGRAM", "ADDRESS", "SEES", "LAST SEEN"].map(str::to_owned).to_vec();
    let line = |viewer: &ViewerInfo| {
        let seen = match (viewer.connected, viewer.last_seen_at_ms) {
            (0, None) => "never".to_owned(),
            (0, Some(then)) => messages::ago(then, now_ms),
            (1, _) => "connected".to_owned(),
            (several, _) => format!("connected, {several} times"),
        };
        vec![
            viewer.id.chars().take(SHORT).collect(),
            viewer.name.clone(),
            viewer.client.clone(),
            viewer.address.clone().unwrap_or_else(|| "-".to_owned()),
            messages::scope_in_list(viewer.scope, viewer.arguments).to_owned(),
            seen,
        ]
    };
    messages::table(&std::iter::once(heading).chain(viewers.iter().map(line)).collect::<Vec<_>>())
}

fn chronicle(events: &[AccessEvent]) -> String {
    let line = |event: &AccessEvent| {
        let often = if event.count > 1 { format!("{} times", event.count) } else { String::new() };
        let address = event.address.clone().unwrap_or_default();
        vec![messages::moment(event.at_ms), messages::event(event), address, often]
    };
    messages::table(&events.iter().map(line).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use wire::Scope;
    use wire::sharing::ViewerKind;

    use super::*;

    fn viewer(id: &str, name: &str) -> ViewerInfo {
        ViewerInfo {
            id: id.to_owned(),
            name: name.to_owned(),
            kind: ViewerKind::Browser,
            client: "Safari on iPhone".to_owned(),
            address: Some("192.168.1.64".to_owned()),
            scope: Scope::View,
            arguments: false,
            paired_at_ms: 0,
            last_seen_at_ms: Some(0),
            connected: 0,
        }
    }

    #[test]
    fn a_device_is_found_by_all_of_its_id_or_name_or_by_a_beginning_that_no_other_has() {
        let viewers = [
            viewer("1f0a22c4d5e6", "Phone"),
            viewer("1f0b33", "Phone of Ada"),
            viewer("77aa", "1f0b33"),
            viewer("88bb", "Tablet"),
            viewer("99cc", "Tablet"),
        ];
        let cases = [
            ("1f0a22c4d5e6", Some(0)),
            ("1f0a", Some(0)),
            ("Phone", Some(0)),
            ("phone", Some(0)),
            ("phone of", Some(1)),
            ("1f0b33", Some(1)),
            ("77", Some(2)),
            ("88bb", Some(3)),
            ("1f0", None),
            ("tablet", None),
            ("", None),
            ("laptop", None),
        ];
        for (wanted, expected) in cases {
            let found =
                find(&viewers, wanted).ok().and_then(|found| viewers.iter().position(|one| one == found));
            assert_eq!(found, expected, "{wanted:?}");
        }
    }

    #[test]
    fn who_names_none_or_several_is_told_whom_there_are() {
        let viewers = [viewer("88bb", "Tablet"), viewer("99cc", "Tablet"), viewer("1f", "Laptop")];
        let several = find(&viewers, "tab").unwrap_err().to_string();
        assert!(
            several.contains("88bb") && several.contains("99cc") && !several.contains("Laptop"),
            "{several}"
        );
        let none = find(&viewers, "phone").unwrap_err().to_string();
        assert!(none.contains("phone") && none.contains("88bb") && none.contains("Laptop"), "{none}");
        assert_eq!(find(&[], "laptop").unwrap_err().to_string(), "no device is paired");
    }

    #[test]
    fn the_list_tells_who_is_there_now() {
        let viewers = [
            ViewerInfo { connected: 1, ..viewer("1f0a22c4d5e6", "Phone") },
            ViewerInfo { last_seen_at_ms: None, address: None, ..viewer("77aa", "grafana") },
        ];
        let list = list(&viewers, 600_000);
        let lines: Vec<_> = list.lines().collect();
        assert_eq!(lines[0], "ID        NAME     PROGRAM           ADDRESS       SEES  LAST SEEN");
        assert_eq!(lines[1], "1f0a22c4  Phone    Safari on iPhone  192.168.1.64  view  connected");
        assert_eq!(lines[2], "77aa      grafana  Safari on iPhone  -             view  never");
    }
}
