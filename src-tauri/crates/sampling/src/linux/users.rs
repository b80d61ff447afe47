//! Names of users, from `/etc/passwd`. Users of a directory service go by their number.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use super::file::{self, Buffer};
use super::parse::{lines, unsigned};
use crate::Sources;
use crate::text::clean;

/// Numbers a machine may show that no file names: a bound, should a program make up users by the thousand.
const MOST_UNNAMED: usize = 4096;

/// Numbers of people's accounts, those of directory services included; below are programs, above is `nobody`.
const PEOPLE: std::ops::RangeInclusive<u32> = 1000..=65_533;

/// One shared text a user, so that a row of the table costs a pointer.
#[derive(Debug)]
pub(crate) struct Users {
    path: PathBuf,
    names: HashMap<u32, Arc<str>>,
    named: usize,
    written_at: Option<SystemTime>,
}

impl Users {
    pub(crate) fn new(sources: &Sources) -> Self {
        let path = sources.path("etc/passwd");
        Self { path, names: HashMap::new(), named: 0, written_at: None }
    }

    /// Reads the file again if it was written since. Slow lane.
    pub(crate) fn refresh(&mut self) {
        let written_at = std::fs::metadata(&self.path).and_then(|meta| meta.modified()).ok();
        if written_at.is_none() || written_at == self.written_at {
            return;
        }
        self.written_at = written_at;
        self.names.clear();
        let mut buffer = Buffer::default();
        for line in lines(file::read(&self.path, &mut buffer).unwrap_or_default()) {
            let mut fields = line.split(|b| *b == b':');
            let (Some(name), Some(uid)) = (fields.next(), fields.nth(1).and_then(unsigned)) else { continue };
            let Ok(uid) = u32::try_from(uid) else { continue };
            self.names.entry(uid).or_insert_with(|| clean(name).into());
        }
        self.named = self.names.len();
    }

    /// Names of accounts that people have, by their numbers: login.defs(5), `UID_MIN` and `UID_MAX`.
    pub(crate) fn people(&self) -> impl Iterator<Item = String> {
        self.names.iter().filter(|(uid, _)| PEOPLE.contains(*uid)).map(|(_, name)| name.as_ref().to_owned())
    }

    /// The user's name, else the number.
    pub(crate) fn name(&mut self, uid: u32) -> Arc<str> {
        if let Some(name) = self.names.get(&uid) {
            return Arc::clone(name);
        }
        let number: Arc<str> = uid.to_string().into();
        if self.names.len() < self.named + MOST_UNNAMED {
            self.names.insert(uid, Arc::clone(&number));
        }
        number
    }
}
