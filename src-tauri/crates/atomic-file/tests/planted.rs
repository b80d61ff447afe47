//! Attacks on files of ours: what somebody planted at their names, what the umask leaves open, and what belongs to
//! somebody else.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "what is prepared and looked at is there, or the test fails")]

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use atomic_file::{
    DirectoryError, Found, Trust, Unread, make_private, open_lock, own_directory, read, read_bytes,
    read_secret, read_secret_json, replace, write, write_secret,
};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::geteuid;

/// Somebody else.
const STRANGER: u32 = 4711;
/// What waits for nobody is done within this.
const SOON: Duration = Duration::from_secs(10);

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn pipe(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// What `work` returns; a failure where it waits for the other end of a pipe.
fn without_waiting<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = mpsc::channel();
    std::thread::spawn(move || done.send(work()));
    result.recv_timeout(SOON).expect("it waits for a pipe")
}

#[test]
fn what_was_open_is_private_once_it_is_written() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("settings.json");
    fs::write(&path, "1").unwrap();
    set_mode(&path, 0o666);
    write(&path, &2).unwrap();
    assert_eq!(mode(&path), 0o600);
    set_mode(&path, 0o666);
    make_private(&path).unwrap();
    assert_eq!((mode(&path), fs::read_to_string(&path).unwrap().as_str()), (0o600, "2\n"));
}

#[test]
fn nothing_that_is_planted_beside_a_file_is_written_into_or_in_the_way() {
    let outside = tempfile::tempdir().unwrap();
    let victim = outside.path().join("authorized_keys");
    type Plant = fn(&Path, &Path);
    let plants: [(&str, Plant); 5] = [
        ("a link", |at, victim| symlink(victim, at).unwrap()),
        ("a hard link", |at, victim| fs::hard_link(victim, at).unwrap()),
        ("a pipe", |at, _| pipe(at)),
        ("a directory", |at, _| {
            fs::create_dir(at).unwrap();
            fs::write(at.join("full"), "").unwrap();
        }),
        ("a file that all can read", |at, _| {
            fs::write(at, "").unwrap();
            set_mode(at, 0o666);
        }),
    ];
    for (what, plant) in plants {
        for writes in [write::<&str>, write_secret::<&str>] {
            let data = tempfile::tempdir_in(outside.path()).unwrap();
            let path = data.path().join("access.json");
            writes(&path, &"first").unwrap();
            fs::write(&victim, "untouched").unwrap();
            for planted in ["access.json.new", "access.json.bak.new"] {
                plant(&data.path().join(planted), &victim);
            }
            let reader = data.path().join("access.json.new");
            let reader = (what == "a file that all can read").then(|| fs::File::open(reader).unwrap());
            let at = path.clone();
            without_waiting(move || writes(&at, &"secret")).unwrap_or_else(|err| panic!("{what}: {err}"));
            assert_eq!(fs::read_to_string(&path).unwrap(), "\"secret\"\n", "{what}");
            assert_eq!(mode(&path), 0o600, "{what}");
            assert_eq!(fs::symlink_metadata(&path).unwrap().nlink(), 1, "{what}");
            assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched", "{what}");
            if let Some(reader) = reader {
                assert_eq!(io::read_to_string(reader).unwrap(), "", "{what}: who opened it reads nothing");
            }
        }
    }
}

#[test]
fn a_link_in_the_place_of_a_file_is_replaced_and_not_followed() {
    let data = tempfile::tempdir().unwrap();
    let victim = data.path().join("victim");
    fs::write(&victim, "untouched").unwrap();
    for name in ["owner.token", "owner.token.bak"] {
        symlink(&victim, data.path().join(name)).unwrap();
    }
    replace(&data.path().join("owner.token"), b"secret").unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
    assert!(fs::symlink_metadata(data.path().join("owner.token")).unwrap().is_file());
}

#[test]
fn a_failed_write_leaves_nothing_behind() {
    let data = tempfile::tempdir().unwrap();
    for (name, full) in [("settings.json", "settings.json"), ("access.json", "access.json.bak")] {
        let path = data.path().join(name);
        // What is full cannot be replaced by a file.
        fs::create_dir(data.path().join(full)).unwrap();
        fs::write(data.path().join(full).join("full"), "").unwrap();
        replace(&data.path().join(full), b"1").unwrap_err();
        write_secret(&path, &1).unwrap_err();
        write(&path, &1).err();
        let left: Vec<_> = names(data.path()).into_iter().filter(|name| name.ends_with("new")).collect();
        assert_eq!(left, [""; 0], "{name}");
    }
}

#[test]
fn what_a_power_cut_left_behind_is_removed_and_what_another_program_writes_now_is_not() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("settings.json");
    let old = ["settings.json.new", "settings.json.bak.new", "settings.json.0123456789abcdef.new"];
    let stays = ["settings.json.fedcba9876543210.new", "settings.json.mine.new", "other.json.new"];
    for name in old.iter().chain(&stays) {
        let file = fs::File::create(data.path().join(name)).unwrap();
        if *name != stays[0] {
            file.set_modified(std::time::UNIX_EPOCH).unwrap();
        }
    }
    write(&path, &1).unwrap();
    let mut expected = [stays.as_slice(), &["settings.json"]].concat();
    expected.sort_unstable();
    assert_eq!(names(data.path()), expected);
}

#[test]
fn no_reader_waits_for_a_pipe() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("access.json");
    pipe(&path);
    let at = path.clone();
    let secret = without_waiting(move || read_secret(&at)).unwrap_err().to_string();
    assert!(secret.contains("no ordinary file"), "{secret}");
    let at = path.clone();
    assert!(matches!(without_waiting(move || read::<u32>(&at, 0)), Found::Unread(Unread::Irregular)));
    let at = path.clone();
    without_waiting(move || write(&at, &1)).unwrap_err();
    let at = path.clone();
    without_waiting(move || open_lock(&at)).unwrap_err();
    assert_eq!(names(data.path()), ["access.json"], "it is where it was");
}

#[test]
fn a_secret_that_others_can_read_or_change_is_refused_and_stays() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("owner.token");
    for bits in [0o640, 0o604, 0o620, 0o602, 0o666] {
        fs::write(&path, "1").unwrap();
        set_mode(&path, bits);
        let why = read_secret(&path).unwrap_err().to_string();
        assert!(why.contains("chmod 600 owner.token"), "{bits:o}: {why}");
        assert!(matches!(read_secret_json::<u32>(&path, 0), Found::Unread(Unread::Exposed { .. })));
        let why = write_secret(&path, &2).unwrap_err().to_string();
        assert!(why.contains("chmod 600 owner.token"), "{bits:o}: {why}");
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), ("1", bits));
    }
    assert_eq!(names(data.path()), ["owner.token"]);
    set_mode(&path, 0o600);
    assert_eq!(read_secret(&path).unwrap(), "1");
    // What is no secret is read, and private once it is written.
    set_mode(&path, 0o644);
    assert_eq!(read_bytes(&path, Trust::Any).unwrap(), b"1");
}

#[test]
fn a_secret_that_is_a_link_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let (path, target) = (data.path().join("owner.token"), data.path().join("target"));
    fs::write(&target, "1").unwrap();
    set_mode(&target, 0o600);
    symlink(&target, &path).unwrap();
    assert!(matches!(read_bytes(&path, Trust::Secret), Err(Unread::Irregular)));
    write_secret(&path, &2).unwrap_err();
    assert_eq!(read_bytes(&path, Trust::Any).unwrap(), b"1", "settings may be one");
}

#[test]
fn a_file_of_somebody_else_gives_no_access() {
    if !geteuid().is_root() {
        return testing::skip("root, who can give a file away");
    }
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("access.json");
    write_secret(&path, &1).unwrap();
    chown(&path, Some(STRANGER), None).unwrap();
    let why = read_secret(&path).unwrap_err().to_string();
    assert!(why.contains("chown 0 access.json") && why.contains("4711"), "{why}");
    write_secret(&path, &2).unwrap_err();
    assert_eq!(fs::metadata(&path).unwrap().uid(), STRANGER, "it is where it was");
}

#[test]
fn our_directory_is_closed_and_that_of_somebody_else_refused() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    own_directory(&data, &[]).unwrap();
    for bits in [0o755, 0o777, 0o750] {
        set_mode(&data, bits);
        own_directory(&data, &[]).unwrap();
        assert_eq!(mode(&data), 0o700, "{bits:o}");
    }
    set_mode(&data, 0o1777);
    assert!(matches!(own_directory(&data, &[]), Err(DirectoryError::Shared { .. })));
    assert_eq!(mode(&data), 0o1777, "everybody's directory stays everybody's");
    let file = parent.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(own_directory(&file, &[]), Err(DirectoryError::Io { .. })));
    if !geteuid().is_root() {
        return testing::skip("root, who can give a directory away");
    }
    set_mode(&data, 0o700);
    chown(&data, Some(STRANGER), None).unwrap();
    let why = own_directory(&data, &[]).unwrap_err().to_string();
    assert!(why.contains("chown -R 0") && why.contains("--data-dir"), "{why}");
}

#[test]
fn a_directory_of_something_else_is_refused_and_stays_as_it_is() {
    const NAMES: &[&str] = &["identity.json", "access.json"];
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    set_mode(data, 0o755);
    fs::create_dir(data.join("lost+found")).unwrap();
    own_directory(data, NAMES).unwrap();
    assert_eq!(mode(data), 0o700, "there was nothing in it");
    fs::write(data.join("dpkg"), "").unwrap();
    own_directory(data, NAMES).expect("nobody can look into it");
    for bits in [0o755, 0o750, 0o711, 0o777] {
        set_mode(data, bits);
        let why = own_directory(data, NAMES).unwrap_err().to_string();
        assert!(why.contains("--data-dir") && why.contains("chmod 700"), "{why}");
        assert_eq!(mode(data), bits);
    }
    fs::write(data.join("identity.json"), "").unwrap();
    own_directory(data, NAMES).unwrap();
    assert_eq!(mode(data), 0o700, "an older version left it so");
}
