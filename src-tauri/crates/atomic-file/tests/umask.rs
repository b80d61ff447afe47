//! Files are ours alone whatever the umask is. In a program of its own: the umask is one for all threads.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "what is prepared and looked at is there, or the test fails")]

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use atomic_file::{make_private, open_lock, own_directory, replace, write, write_secret};
use rustix::fs::Mode;
use rustix::process::umask;

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn files_are_private_whatever_the_umask() {
    let parent = tempfile::tempdir().unwrap();
    for mask in [0o000, 0o022, 0o777] {
        let data = parent.path().join(format!("{mask}/data"));
        let before = umask(Mode::from_raw_mode(0));
        own_directory(&data, &[]).unwrap();
        umask(Mode::from_raw_mode(mask));
        write(&data.join("settings.json"), &1).unwrap();
        write(&data.join("settings.json"), &2).unwrap();
        write_secret(&data.join("access.json"), &1).unwrap();
        replace(&data.join("owner.token"), b"owner").unwrap();
        drop(open_lock(&data.join("access.lock")).unwrap());
        make_private(&data.join("machines.json")).unwrap();
        umask(before);
        assert_eq!(mode(&data), 0o700, "{mask:o}");
        for name in names(&data) {
            assert_eq!(mode(&data.join(&name)), 0o600, "{name} {mask:o}");
        }
        assert_eq!(names(&data).len(), 7);
    }
}
