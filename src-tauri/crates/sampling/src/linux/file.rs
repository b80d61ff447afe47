//! Files of the kernel: kept open, read anew from their beginning each tick, into a buffer that is reused.
//!
//! `/proc` and `/sys` make a file's text when it is read at offset 0, so one descriptor serves for good, and a
//! reading costs one system call instead of three.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use wire::FaultReason;
use wire::fault::ReadFailure;

/// Where a reading begins; grows to what the largest file needs and stays.
const FIRST_BUFFER: usize = 4096;
/// No file we read is larger: `/proc/net/dev` with 10 000 interfaces is 1.2 MB.
const LARGEST_FILE: usize = 4 * 1024 * 1024;

/// A file that is read every tick.
#[derive(Debug)]
pub(crate) struct KeptFile {
    path: PathBuf,
    file: Option<File>,
}

impl KeptFile {
    /// Opens nothing yet.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    /// The whole file as it is now. After an error it is opened anew the next time.
    pub(crate) fn read<'b>(&mut self, buffer: &'b mut Buffer) -> io::Result<&'b [u8]> {
        let file = match self.file.take() {
            Some(file) => file,
            None => File::open(&self.path)?,
        };
        let length = buffer.fill(|bytes, offset| file.read_at(bytes, offset))?;
        self.file = Some(file);
        Ok(&buffer.bytes[..length])
    }
}

/// A buffer for [`KeptFile::read`] and [`read`].
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
}

impl Buffer {
    /// Reads to the end. Files made record by record (`diskstats`) end only where a read gives nothing.
    fn fill(&mut self, read_at: impl Fn(&mut [u8], u64) -> io::Result<usize>) -> io::Result<usize> {
        let mut length = 0;
        loop {
            if length == self.bytes.len() {
                if length >= LARGEST_FILE {
                    return Err(io::ErrorKind::FileTooLarge.into());
                }
                self.bytes.resize((length * 2).max(FIRST_BUFFER), 0);
            }
            match read_at(&mut self.bytes[length..], length as u64) {
                Ok(0) => return Ok(length),
                Ok(n) => length += n,
                Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
                Err(err) => return Err(err),
            }
        }
    }
}

/// The whole of a file that is not worth keeping open.
pub(crate) fn read<'b>(path: &Path, buffer: &'b mut Buffer) -> io::Result<&'b [u8]> {
    let file = File::open(path)?;
    let length = buffer.fill(|bytes, offset| file.read_at(bytes, offset))?;
    Ok(&buffer.bytes[..length])
}

/// A small file's text, trimmed and fit to show; `None` if it is empty or cannot be read.
pub(crate) fn text(path: impl AsRef<Path>) -> Option<String> {
    crate::text::trimmed(read(path.as_ref(), &mut Buffer::default()).ok()?)
}

/// A small file's number.
pub(crate) fn number(path: impl AsRef<Path>) -> Option<i64> {
    super::parse::signed(read(path.as_ref(), &mut Buffer::default()).ok()?.trim_ascii())
}

/// Numbers that cannot be read, and why.
pub(crate) fn not_read(err: &io::Error) -> FaultReason {
    let cause = match err.kind() {
        io::ErrorKind::NotFound => ReadFailure::NotOffered,
        io::ErrorKind::PermissionDenied => ReadFailure::NotPermitted,
        _ => ReadFailure::Other { detail: err.to_string() },
    };
    FaultReason::NotRead { cause }
}
