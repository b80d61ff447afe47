//! `origins` and `names`: which web pages elsewhere may view, and by what further names this machine is reached.

use std::io::Write;

use anyhow::{Result, bail};
use wire::Method;
use wire::sharing::{Sharing, SharingChange};

use crate::args::{Edit, Listed};
use crate::connect::{connect, runtime};

/// A list that its owner keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    /// Origins that may view.
    Origins,
    /// Further host names.
    Names,
}

/// Adds, removes, and shows what is there then.
pub(crate) fn list(list: List, asked: &Listed, out: &mut impl Write) -> Result<()> {
    let sharing = runtime()?.block_on(async {
        let mut control = connect(asked.here()).await?;
        let before = control.read().await?;
        let Some(edit) = &asked.edit else { return Ok(before) };
        let entries = edited(list.of(&before), edit)?;
        let change = match list {
            List::Origins => SharingChange { origins: Some(entries), ..SharingChange::default() },
            List::Names => SharingChange { host_names: Some(entries), ..SharingChange::default() },
        };
        anyhow::Ok(control.request(Method::SharingSet, &change).await?)
    })?;
    let entries = list.of(&sharing);
    writeln!(out, "{}", if entries.is_empty() { list.none() } else { list.about() })?;
    for entry in entries {
        writeln!(out, "  {entry}")?;
    }
    Ok(())
}

impl List {
    fn of(self, sharing: &Sharing) -> &[String] {
        match self {
            List::Origins => &sharing.origins,
            List::Names => &sharing.host_names,
        }
    }

    const fn none(self) -> &'static str {
        match self {
            List::Origins => "No web page of another origin may view this machine.",
            List::Names => "This machine is reached by its own names and addresses only.",
        }
    }

    const fn about(self) -> &'static str {
        match self {
            List::Origins => "Web pages of these origins may view this machine, without a token:",
            List::Names => {
                "This machine is reached by these names, too. Programs of this computer need a token while there \
                 are any:"
            }
        }
    }
}

/// The machine validates an entry; here it is only added once, and found to be removed.
fn edited(before: &[String], edit: &Edit) -> Result<Vec<String>> {
    let same = |known: &str, entry: &str| {
        known.trim_end_matches('/').eq_ignore_ascii_case(entry.trim().trim_end_matches('/'))
    };
    let mut entries = before.to_vec();
    match edit {
        Edit::Add { entry, .. } => {
            if !entries.iter().any(|known| same(known, entry)) {
                entries.push(entry.clone());
            }
        }
        Edit::Remove { entry, .. } => {
            entries.retain(|known| !same(known, entry));
            if entries.len() == before.len() {
                bail!("\"{entry}\" is not in the list; there are: {}", before.join(", "));
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

    fn after(before: &[String], args: &[&str]) -> Result<Vec<String>> {
        let command = Args::try_parse_from([&["sightline-agent", "origins"], args].concat())?.command;
        let Command::Origins(Listed { edit: Some(edit), .. }) = command else { panic!("{command:?}") };
        edited(before, &edit)
    }

    #[test]
    fn an_entry_is_there_once_and_goes_as_a_whole() {
        let before = vec!["https://dash.example".to_owned()];
        assert_eq!(after(&before, &["add", "https://DASH.example/"]).unwrap(), before);
        assert_eq!(after(&before, &["add", "http://other.example", "--port", "1"]).unwrap().len(), 2);
        assert!(after(&before, &["remove", "https://dash.example/"]).unwrap().is_empty());
        let err = after(&before, &["remove", "https://dash"]).unwrap_err();
        assert!(err.to_string().contains("https://dash.example"), "{err}");
    }
}
