//! Names of mounts and of what is mounted, without the names of people: whoever may see numbers is shown them, and they
//! are part of the ids of series.
//!
//! A name is left out where a path has one by custom (`/home/…`, `/run/media/…/USB`, `C:\Users\…`), in front of a server
//! (`alice@nas:/export`), and wherever a part of the path is an account of this machine. It is left out for everybody:
//! frames, history and alerts have one id for each mount, whoever sees them.

use std::collections::{HashSet, VecDeque};

/// What stands for a name.
const SOMEBODY: &str = "…";
/// Folders and datasets below which each person has one.
const OF_PEOPLE: [&str; 5] = ["home", "homes", "users", "userdata", "documents and settings"];
/// Mounts whose names are remembered; the tables have fewer at once.
const REMEMBERED: usize = 1024;

/// The names that mounts were given, so that no two have the same and each keeps its own while others come and go.
#[derive(Debug, Default)]
pub(crate) struct MountNames {
    /// Mount points and names, those that were not asked about for the longest time first.
    given: VecDeque<(String, String)>,
}

impl MountNames {
    /// The name of `mount`; accounts of this machine are `people`.
    pub(crate) fn name(&mut self, mount: &str, people: &[String]) -> String {
        let short = without_people(mount, people);
        // What looks like one of ours is told apart too.
        if short == mount && !mount.contains(SOMEBODY) {
            return short;
        }
        let known = self.given.iter().position(|(known, _)| known == mount);
        let given = known.and_then(|at| self.given.remove(at)).map(|(_, name)| name);
        // Accounts come and go: a name that holds one by now is not kept.
        let name = given.filter(|name| name.starts_with(&short)).unwrap_or_else(|| self.free(&short));
        if self.given.len() == REMEMBERED {
            self.given.pop_front();
        }
        self.given.push_back((mount.to_owned(), name.clone()));
        name
    }

    fn free(&self, short: &str) -> String {
        let taken: HashSet<&str> = self.given.iter().map(|(_, name)| name.as_str()).collect();
        let numbered = (2..).map(|number| format!("{short} ({number})"));
        // There are fewer names than numbers.
        std::iter::once(short.to_owned())
            .chain(numbered)
            .find(|name| !taken.contains(name.as_str()))
            .unwrap_or_default()
    }
}

/// `path`, or `server:path`, without the names of people.
pub(crate) fn without_people(path: &str, people: &[String]) -> String {
    let path = without_login(path);
    let parts: Vec<&str> = path.split_inclusive(['/', '\\']).collect();
    let bare = |at: usize| parts.get(at).map_or("", |part| part.trim_end_matches(['/', '\\']));
    let mut shown = String::with_capacity(path.len());
    for (at, part) in parts.iter().enumerate() {
        let name = bare(at);
        let before = at.checked_sub(1).map_or("", bare);
        let is_person = !name.is_empty()
            && (OF_PEOPLE.iter().any(|of| before.eq_ignore_ascii_case(of))
                || before == "media" && is_of_person(at, &bare, parts.len())
                || people.iter().any(|person| name.trim_end_matches('$').eq_ignore_ascii_case(person)));
        let home = name.strip_prefix("home-").filter(|_| before == "mapper");
        match home {
            // As systemd-homed calls an encrypted home.
            Some(person) => shown.push_str(&part.replace(person, SOMEBODY)),
            None if is_person => {
                shown.push_str(SOMEBODY);
                shown.push_str(&part[name.len()..]);
            }
            None => shown.push_str(part),
        }
    }
    shown
}

/// `/run/media/alice/USB`, `/media/alice/USB`; but `/media/cdrom`, and a share that is called so.
fn is_of_person<'a>(at: usize, bare: &impl Fn(usize) -> &'a str, count: usize) -> bool {
    match at {
        2 => bare(0).is_empty() && count > 3,
        3 | 4 => bare(at - 2) == "run",
        _ => false,
    }
}

/// `user:secret@nas:/export`, `//user@nas/share` and `https://user@host/dav` without who logs in there. A snapshot of ZFS
/// (`tank/data@monday`) holds an `@` that is none of that.
fn without_login(source: &str) -> String {
    let begin =
        source.find("//").filter(|at| *at == 0 || source[..*at].ends_with(':')).map_or(0, |at| at + 2);
    let host = &source[begin..];
    let host = &host[..host.find('/').unwrap_or(host.len())];
    match host.rfind('@') {
        Some(at) if begin > 0 || host.contains(':') => {
            format!("{}{}", &source[..begin], &source[begin + at + 1..])
        }
        _ => source.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people() -> Vec<String> {
        vec!["alice".to_owned(), "bo".to_owned()]
    }

    #[test]
    fn names_of_people_are_left_out() {
        let cases = [
            ("/", "/"),
            ("/home", "/home"),
            ("/home/carol", "/home/…"),
            ("/home/carol/data", "/home/…/data"),
            ("/var/home/carol", "/var/home/…"),
            ("/export/home/carol/x", "/export/home/…/x"),
            ("/mnt/c/Users/Carol/AppData", "/mnt/c/Users/…/AppData"),
            ("/Users/carol/mnt", "/Users/…/mnt"),
            ("/Volumes/USB", "/Volumes/USB"),
            (r"C:\Users\carol\disk", r"C:\Users\…\disk"),
            (r"C:\", r"C:\"),
            ("/run/media/carol/USB", "/run/media/…/USB"),
            ("/var/run/media/carol/USB", "/var/run/media/…/USB"),
            ("/run/media/carol", "/run/media/…"),
            ("/media/carol/my disk", "/media/…/my disk"),
            ("/media/cdrom", "/media/cdrom"),
            ("/srv/media/films", "/srv/media/films"),
            ("/srv/alice", "/srv/…"),
            ("/srv/bob", "/srv/bob"),
            ("/dev/mapper/home-carol", "/dev/mapper/home-…"),
            ("/dev/mapper/vg-home", "/dev/mapper/vg-home"),
            ("rpool/USERDATA/carol_x1y2", "rpool/USERDATA/…"),
            ("rpool/home/carol", "rpool/home/…"),
            ("//nas/Alice$", "//nas/…"),
            ("//carol@nas/share", "//nas/share"),
            ("//nas/share", "//nas/share"),
            ("carol@host:/home/carol", "host:/home/…"),
            ("nas:/export", "nas:/export"),
            ("tank/data@monday", "tank/data@monday"),
            ("tank@monday", "tank@monday"),
            ("carol:secret@nas:/ex@port", "nas:/ex@port"),
            ("https://carol:p@ss@dav.test/files", "https://dav.test/files"),
            ("smb://carol@nas/homes/carol", "smb://nas/homes/…"),
            ("/dev/sda1", "/dev/sda1"),
        ];
        for (path, expected) in cases {
            assert_eq!(without_people(path, &people()), expected, "{path}");
        }
    }

    #[test]
    fn each_mount_has_a_name_of_its_own_and_keeps_it() {
        let mut names = MountNames::default();
        let mut name = |mount: &str| names.name(mount, &[]);
        assert_eq!(name("/home/alice/x"), "/home/…/x");
        assert_eq!(name("/home/bob/x"), "/home/…/x (2)");
        assert_eq!(name("/home/…/x"), "/home/…/x (3)", "a folder that is called so");
        // The first is gone for a while, and comes back.
        assert_eq!(name("/home/bob/x"), "/home/…/x (2)");
        assert_eq!(name("/home/carol/x"), "/home/…/x (4)");
        assert_eq!(name("/home/alice/x"), "/home/…/x");
        for other in 0..2 * REMEMBERED {
            name(&format!("/home/{other}/y"));
            assert_eq!(name("/srv"), "/srv");
        }
        assert_eq!(names.given.len(), REMEMBERED);
        let given: std::collections::BTreeSet<_> = names.given.iter().map(|(_, name)| name).collect();
        assert_eq!(given.len(), REMEMBERED);
    }
}
