//! Where machines were paired: an address that belonged to one has to be that one from then on. Whoever takes the
//! address over would otherwise be shown as live, since a machine need not ask for a token.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use atomic_file::Found;
use client::address::Address;
use station::clock::unix_ms;

/// The file, in the data directory.
const FILE: &str = "watched.json";
/// Addresses that are kept: more than anyone watches.
const PLACES: usize = 512;

/// Machine ids by address.
#[derive(Debug)]
pub(crate) struct Places {
    path: PathBuf,
    ids: BTreeMap<String, String>,
}

impl Places {
    /// Those of `data_dir`; none where the file cannot be read.
    pub(crate) fn open(data_dir: &Path) -> Self {
        let path = data_dir.join(FILE);
        let ids = match atomic_file::read(&path, unix_ms()) {
            Found::Whole(ids) => ids,
            Found::Nothing => BTreeMap::new(),
            Found::Recovered(ids, notice) => {
                tracing::warn!(?notice, "where machines were paired");
                ids.unwrap_or_default()
            }
            Found::Unread(why) => {
                tracing::warn!(error = %std::io::Error::from(why), "where machines were paired is not known");
                BTreeMap::new()
            }
        };
        Self { path, ids }
    }

    /// The id of the machine that was paired at `address`.
    pub(crate) fn machine_at(&self, address: &Address) -> Option<&str> {
        self.ids.get(&address.to_string()).map(String::as_str)
    }

    /// Machine `id` has proven itself at `address`.
    pub(crate) fn proven(&mut self, address: &Address, id: &str) {
        let address = address.to_string();
        if self.ids.get(&address).is_some_and(|known| known == id) {
            return;
        }
        if self.ids.len() >= PLACES {
            self.ids.pop_first();
        }
        self.ids.insert(address, id.to_owned());
        if let Err(error) = atomic_file::write(&self.path, &self.ids) {
            tracing::warn!(%error, "where the machine was paired is not kept");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_the_machine_that_was_paired_there_last() {
        let data = tempfile::tempdir().unwrap();
        let at = |text: &str| text.parse::<Address>().unwrap();
        let mut places = Places::open(data.path());
        assert_eq!(places.machine_at(&at("nas:7444")), None);
        places.proven(&at("nas:7444"), "a");
        places.proven(&at("nas:7444"), "b");
        let again = Places::open(data.path());
        assert_eq!((again.machine_at(&at("nas:7444")), again.machine_at(&at("nas:1"))), (Some("b"), None));
        for port in 1..=PLACES as u16 + 3 {
            places.proven(&at(&format!("desk:{port}")), "c");
        }
        assert_eq!(Places::open(data.path()).ids.len(), PLACES);
    }
}
