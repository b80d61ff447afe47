//! `origins` and `names`: which web pages elsewhere may view, and by what further names this machine is reached.

use std::io::Write;

use anyhow::{Result, bail};
use wire::Method;
use wire::sharing::{AddedOrigin, Sharing, SharingChange, ViewerKind};

use crate::args::{Edit, Here, Listed, NothingMore, Tie};
use crate::connect::{connect, runtime};
use crate::messages;
use crate::viewers::find;

/// Adds an origin, removes one, and shows what each that is there then gives.
pub(crate) fn origins(asked: &Listed<Tie>, out: &mut impl Write) -> Result<()> {
    let sharing = changed(asked.here(), |sharing| {
        let Some(edit) = &asked.edit else { return Ok(None) };
        let make = |entry: &str, tie: &Tie| {
            let token = tie.token.as_deref().map(|id| token_of(sharing, id)).transpose()?;
            Ok(AddedOrigin { origin: entry.to_owned(), token })
        };
        let origins = edited(&sharing.origins, |added| &added.origin, edit, make)?;
        Ok(Some(SharingChange { origins: Some(origins), ..SharingChange::default() }))
    })?;
    writeln!(out, "{}", messages::origins(sharing.origins.is_empty()))?;
    for added in &sharing.origins {
        writeln!(out, "  {}: {}", added.origin, messages::origin_gives(added, &sharing))?;
    }
    Ok(())
}

/// Adds a host name, removes one, and shows what is there then.
pub(crate) fn names(asked: &Listed<NothingMore>, out: &mut impl Write) -> Result<()> {
    let sharing = changed(asked.here(), |sharing| {
        let Some(edit) = &asked.edit else { return Ok(None) };
        let names = edited(&sharing.host_names, |name| name, edit, |entry, _| Ok(entry.to_owned()))?;
        Ok(Some(SharingChange { host_names: Some(names), ..SharingChange::default() }))
    })?;
    writeln!(out, "{}", messages::host_names(sharing.host_names.is_empty()))?;
    for name in &sharing.host_names {
        writeln!(out, "  {name}")?;
    }
    Ok(())
}

/// What is there after `change`, if that is one.
fn changed(here: &Here, change: impl FnOnce(&Sharing) -> Result<Option<SharingChange>>) -> Result<Sharing> {
    runtime()?.block_on(async {
        let mut control = connect(here).await?;
        let before = control.read().await?;
        match change(&before)? {
            Some(change) => Ok(control.request(Method::SharingSet, &change).await?),
            None => Ok(before),
        }
    })
}

/// The id of the token that is called so. A browser has its own in a cookie, which no page of another origin gets.
fn token_of(sharing: &Sharing, called: &str) -> Result<String> {
    let viewer = find(&sharing.viewers, called)?;
    if viewer.kind == ViewerKind::Browser {
        bail!("{} is a browser: make a token with `sightline-agent token NAME`", viewer.name);
    }
    Ok(viewer.id.clone())
}

/// The machine validates an entry; here it is only added once, as it was said last, and found to be removed.
fn edited<T: Clone, M: clap::Args>(
    before: &[T],
    name: impl Fn(&T) -> &str,
    edit: &Edit<M>,
    make: impl Fn(&str, &M) -> Result<T>,
) -> Result<Vec<T>> {
    let same = |known: &T, entry: &str| {
        name(known).trim_end_matches('/').eq_ignore_ascii_case(entry.trim().trim_end_matches('/'))
    };
    let mut entries = before.to_vec();
    match edit {
        Edit::Add { entry, more, .. } => {
            let added = make(entry, more)?;
            match entries.iter_mut().find(|known| same(known, entry)) {
                Some(known) => *known = added,
                None => entries.push(added),
            }
        }
        Edit::Remove { entry, .. } => {
            entries.retain(|known| !same(known, entry));
            if entries.len() == before.len() {
                let there: Vec<_> = before.iter().map(name).collect();
                bail!("\"{entry}\" is not in the list; there are: {}", there.join(", "));
            }
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Args, Command};

    fn after(before: &[AddedOrigin], args: &[&str]) -> Result<Vec<AddedOrigin>> {
        let command = Args::try_parse_from([&["sightline-agent", "origins"], args].concat())?.command;
        let Command::Origins(Listed { edit: Some(edit), .. }) = command else { panic!("{command:?}") };
        edited(before, |added| &added.origin, &edit, |entry, tie| Ok(open(entry, tie.token.as_deref())))
    }

    fn open(origin: &str, token: Option<&str>) -> AddedOrigin {
        AddedOrigin { origin: origin.to_owned(), token: token.map(str::to_owned) }
    }

    #[test]
    fn an_entry_is_there_once_as_it_was_said_last_and_goes_as_a_whole() {
        let before = vec![open("https://dash.example", None)];
        let again = after(&before, &["add", "https://DASH.example/", "--token", "a"]).unwrap();
        assert_eq!(again, [open("https://DASH.example/", Some("a"))]);
        assert_eq!(after(&before, &["add", "http://other.example", "--port", "1"]).unwrap().len(), 2);
        assert!(after(&before, &["remove", "https://dash.example/"]).unwrap().is_empty());
        let err = after(&before, &["remove", "https://dash"]).unwrap_err();
        assert!(err.to_string().contains("https://dash.example"), "{err}");
        assert!(Args::try_parse_from(["sightline-agent", "names", "add", "nas", "--token", "a"]).is_err());
    }

    #[test]
    fn an_origin_says_what_it_gives() {
        let sharing = Sharing::default();
        assert!(messages::origin_gives(&open("https://a", None), &sharing).contains("everyone who sends"));
        assert!(messages::origin_gives(&open("https://a", Some("b")), &sharing).contains("revoked"));
    }
}
