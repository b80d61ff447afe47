//! `/proc` of a machine (`ProcDir`): one open descriptor, and everything else opened from it and closed at once.
//!
//! Names are made on the stack, so that reading a process allocates nothing. No descriptor of a process is kept.

use std::ffi::CStr;
use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::path::Path;

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Mode, OFlags, RawDir, SeekFrom};

/// Room for the names of some 1000 processes at a time.
const LISTING_BYTES: usize = 32 * 1024;
/// Longest `<pid>/<file>` we ask for.
const NAME_BYTES: usize = 32;

/// `/proc`, open.
#[derive(Debug)]
pub(crate) struct ProcDir {
    dir: OwnedFd,
    listing: Vec<MaybeUninit<u8>>,
}

impl ProcDir {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::fs::open(path, flags, Mode::empty())?;
        Ok(Self { dir, listing: vec![MaybeUninit::uninit(); LISTING_BYTES] })
    }

    /// The PIDs there are, in ascending order.
    pub(crate) fn list(&mut self, pids: &mut Vec<u32>) -> io::Result<()> {
        pids.clear();
        rustix::fs::seek(&self.dir, SeekFrom::Start(0))?;
        let mut entries = RawDir::new(&self.dir, &mut self.listing);
        while let Some(entry) = entries.next() {
            let pid = super::parse::unsigned(entry?.file_name().to_bytes());
            pids.extend(pid.and_then(|pid| u32::try_from(pid).ok()));
        }
        // The kernel lists them in order; a recorded tree does not.
        if !pids.is_sorted() {
            pids.sort_unstable();
        }
        Ok(())
    }

    /// The beginning of `/proc/<pid>/<file>`, as much as fits `buffer`.
    pub(crate) fn read<'b>(&self, pid: u32, file: &str, buffer: &'b mut [u8]) -> io::Result<&'b [u8]> {
        let mut name = [0; NAME_BYTES];
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.dir, name_of(&mut name, pid, file)?, flags, Mode::empty())?;
        let length = rustix::io::retry_on_intr(|| rustix::io::read(&file, &mut *buffer))?;
        Ok(&buffer[..length])
    }

    /// The effective user of a process: the owner of its folder.
    pub(crate) fn owner(&self, pid: u32) -> io::Result<u32> {
        let mut name = [0; NAME_BYTES];
        Ok(rustix::fs::statat(&self.dir, name_of(&mut name, pid, "")?, AtFlags::empty())?.st_uid)
    }
}

fn name_of<'n>(name: &'n mut [u8; NAME_BYTES], pid: u32, file: &str) -> io::Result<&'n CStr> {
    write!(&mut name[..NAME_BYTES - 1], "{pid}/{file}")?;
    CStr::from_bytes_until_nul(name).map_err(|_| io::ErrorKind::InvalidInput.into())
}
