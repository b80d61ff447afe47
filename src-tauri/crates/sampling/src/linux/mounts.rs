//! Which mounts a person would count: `/proc/self/mountinfo`, proc_pid_mountinfo(5).

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use wire::Filesystem;

use super::file::{self, Buffer};
use super::parse::lines;
use crate::Sources;
use crate::text::clean;

/// Filesystems on a disk of this machine or of another: of the rest only `/` counts, whatever it is.
const COUNTED: [&str; 38] = [
    "ext2",
    "ext3",
    "ext4",
    "xfs",
    "btrfs",
    "zfs",
    "f2fs",
    "bcachefs",
    "jfs",
    "reiserfs",
    "nilfs2",
    "ufs",
    "vfat",
    "msdos",
    "exfat",
    "ntfs",
    "ntfs3",
    "fuseblk",
    "hfs",
    "hfsplus",
    "apfs",
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "virtiofs",
    "ceph",
    "glusterfs",
    "fuse.sshfs",
    "fuse.rclone",
    "fuse.glusterfs",
    "fuse.s3fs",
    "fuse.mergerfs",
    "fuse.unionfs",
    "drvfs",
    "ubifs",
];
/// Mounts shown at most; a build machine with thousands of bind mounts does not fill the screen.
const MOST: usize = 128;
/// Below these, engines and packages mount what is theirs.
const NOISE: [&str; 5] =
    ["/var/lib/docker/", "/var/lib/containers/", "/var/lib/kubelet/", "/snap/", "/var/snap/"];

/// One mount, and the path to ask for its size.
#[derive(Debug, Clone)]
pub(crate) struct Mount {
    pub(crate) facts: Filesystem,
    pub(crate) path: PathBuf,
    /// Kernel's name of the block device: `nvme0n1p2`.
    pub(crate) block: Option<String>,
    /// Only a folder of the filesystem is mounted here.
    is_part: bool,
}

impl Mount {
    /// Of several mounts of one filesystem the first counts: `/`, then the whole of it, then the shortest path.
    fn rank(&self) -> (bool, bool, usize, &Path) {
        let path = self.path.as_path();
        (path != Path::new("/"), self.is_part, path.as_os_str().len(), path)
    }
}

/// The mounts, `/` first, then by mount point; each filesystem once. What they are called is as the kernel has it.
pub(crate) fn mounts(sources: &Sources) -> Vec<Mount> {
    let mut buffer = Buffer::default();
    let table = file::read(&sources.path("proc/self/mountinfo"), &mut buffer).unwrap_or_default();
    let mut mounts: Vec<_> = lines(table).filter_map(parse).collect();
    // A later mount hides an earlier one at the same place.
    mounts.reverse();
    mounts.sort_by(|(a, _), (b, _)| a.rank().cmp(&b.rank()));
    let mut seen = BTreeSet::new();
    let mut places = BTreeSet::new();
    let mut kept: Vec<_> = mounts
        .into_iter()
        .filter(|(mount, device)| seen.insert(device.clone()) && places.insert(mount.path.clone()))
        .map(|(mount, _)| mount)
        .take(MOST)
        .collect();
    kept.sort_by(|a, b| a.path.cmp(&b.path));
    kept
}

/// `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`, with what identifies the filesystem.
fn parse(line: &[u8]) -> Option<(Mount, Vec<u8>)> {
    let mut fields = line.split(|b| *b == b' ');
    let device = fields.nth(2)?.to_vec();
    let root = fields.next()?;
    let point = unescape(fields.next()?);
    let mut fields = fields.skip_while(|field| *field != b"-").skip(1);
    let (kind, source) = (clean(fields.next()?), unescape(fields.next()?));
    let path = PathBuf::from(OsStr::from_bytes(&point));
    let shown = clean(&point);
    let is_root = shown == "/";
    if !is_root && (!COUNTED.contains(&kind.as_str()) || NOISE.iter().any(|noise| shown.starts_with(noise))) {
        return None;
    }
    // Single files that an engine mounts into a container (`/etc/hosts`) are on its host's disk.
    let is_part = root != b"/";
    if is_part && shown.starts_with("/etc/") {
        return None;
    }
    let source = clean(&source);
    let block = source.strip_prefix("/dev/").map(str::to_owned);
    // Subvolumes of btrfs have device numbers of their own, but one source.
    let device = if kind == "btrfs" { source.clone().into_bytes() } else { device };
    let facts = Filesystem { device: shown.clone(), mount: shown, kind, source, disk: None, stalled: false };
    Some((Mount { facts, path, block, is_part }, device))
}

/// A mount point as the kernel writes it.
pub(crate) fn path(field: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(&unescape(field)))
}

/// Space, tab, newline and backslash are written as three octal digits.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let [first, tail @ ..] = rest {
        let octal = |b: u8| (b'0'..=b'7').contains(&b).then(|| u32::from(b - b'0'));
        let code = match rest {
            [b'\\', a, b, c, ..] => {
                octal(*a).zip(octal(*b)).zip(octal(*c)).map(|((a, b), c)| a * 64 + b * 8 + c)
            }
            _ => None,
        };
        match code.and_then(|code| u8::try_from(code).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &rest[4..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_spaces_are_spaces_and_a_container_keeps_its_root() {
        let line = br"36 35 98:0 / /media/my\040disk rw - ext4 /dev/sdb1 rw";
        assert_eq!(parse(line).unwrap().0.facts.mount, "/media/my disk");
        let root = b"1 0 0:50 / / rw - overlay overlay rw,lowerdir=x";
        assert_eq!(parse(root).unwrap().0.facts.kind, "overlay");
        assert!(parse(b"2 1 0:51 / /tmp rw - tmpfs tmpfs rw").is_none());
        assert!(parse(b"2 1 8:1 /hosts /etc/hosts rw - ext4 /dev/sda1 rw").is_none());
        assert_eq!(unescape(br"a\1"), br"a\1");
    }
}
