//! The owner's socket: a Unix socket in the data directory, by which a command reaches the monitor whose files are there,
//! whatever port it has. A port of this computer is anybody's who comes first; this directory is its owner's alone.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, Socket, Type};

/// Its name in the data directory.
pub const FILE: &str = "owner.sock";
/// Commands that wait to be accepted.
const BACKLOG: i32 = 16;

/// A listening socket, which is removed when this is dropped.
#[derive(Debug)]
pub struct OwnerSocket {
    path: PathBuf,
    /// Device and number of the file.
    file: (u64, u64),
}

impl OwnerSocket {
    /// Listens in `directory`, which has to be its owner's alone. `None` where another program of this user does already;
    /// a socket whose program is gone is replaced.
    ///
    /// # Errors
    /// Where others may put files into `directory`, or the system makes no socket there.
    pub fn bind(directory: &Path) -> io::Result<Option<(UnixListener, Self)>> {
        owner_of(directory)?;
        match connect_to(directory, FILE) {
            Ok(_) => return Ok(None),
            Err(err) if err.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(_) => {}
        }
        // It gets its name when it is ready, in one step: of two programs that begin at once, one has it.
        let name = format!(".{FILE}.{}", std::process::id());
        let made = directory.join(&name);
        remove(&made)?;
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        with_address(directory, &name, |address| socket.bind(address))?;
        fs::set_permissions(&made, Permissions::from_mode(0o600))?;
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        let path = directory.join(FILE);
        let file = identity(&made)?;
        fs::rename(&made, &path)?;
        Ok(Some((socket.into(), Self { path, file })))
    }

    /// Whether it can still be found: nobody removed or replaced it.
    #[must_use]
    pub fn is_there(&self) -> bool {
        identity(&self.path).is_ok_and(|file| file == self.file)
    }
}

impl Drop for OwnerSocket {
    fn drop(&mut self) {
        if self.is_there() {
            drop(fs::remove_file(&self.path));
        }
    }
}

/// A connection to the program that listens in `directory`, and the user who owns this. It does not wait: who does not
/// accept is busy.
///
/// # Errors
/// `NotFound` or `ConnectionRefused` where no program listens, `PermissionDenied` where the directory is another user's
/// or others may put files into it; any other error of the system.
pub fn connect(directory: &Path) -> io::Result<(UnixStream, u32)> {
    let owner = owner_of(directory)?;
    connect_to(directory, FILE).map(|socket| (socket.into(), owner))
}

fn connect_to(directory: &Path, name: &str) -> io::Result<Socket> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    with_address(directory, name, |address| socket.connect(address))?;
    Ok(socket)
}

/// The owner of `directory`: this user or root, or whoever it is for root, who says which one is meant.
fn owner_of(directory: &Path) -> io::Result<u32> {
    const OTHERS_WRITE: u32 = 0o022;
    let metadata = fs::metadata(directory)?;
    let (owner, ours) = (metadata.uid(), rustix::process::geteuid().as_raw());
    if ![ours, 0].contains(&owner) && ours != 0 {
        let why = format!("{} belongs to another user (id {owner})", directory.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    if metadata.mode() & OTHERS_WRITE != 0 {
        let why = format!("other users can put files into {}", directory.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    Ok(owner)
}

/// Calls `with` with the address of `name` in `directory`. The system takes about a hundred bytes; where the path is
/// longer, Linux finds it by way of the open directory.
fn with_address<R>(
    directory: &Path,
    name: &str,
    with: impl FnOnce(&SockAddr) -> io::Result<R>,
) -> io::Result<R> {
    let whole = SockAddr::unix(directory.join(name));
    if !cfg!(target_os = "linux") || whole.is_ok() {
        return with(&whole?);
    }
    use std::os::fd::AsRawFd;
    let open = File::open(directory)?;
    with(&SockAddr::unix(format!("/proc/self/fd/{}/{name}", open.as_raw_fd()))?)
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

/// Removes what a program of the same number left behind.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(err) if err.kind() != io::ErrorKind::NotFound => Err(err),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn one_program_listens_and_the_next_follows() {
        let data = directory();
        let refused = connect(data.path()).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::NotFound);
        let (listener, socket) = OwnerSocket::bind(data.path()).unwrap().unwrap();
        assert!(OwnerSocket::bind(data.path()).unwrap().is_none(), "another has it");
        let (_, owner) = connect(data.path()).unwrap();
        assert_eq!(owner, fs::metadata(data.path()).unwrap().uid());
        let mode = fs::metadata(data.path().join(FILE)).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
        // Killed: the file is left behind, and nobody listens.
        drop(listener);
        std::mem::forget(socket);
        assert_eq!(connect(data.path()).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        let (_listener, socket) = OwnerSocket::bind(data.path()).unwrap().unwrap();
        assert!(socket.is_there());
        fs::remove_file(data.path().join(FILE)).unwrap();
        assert!(!socket.is_there());
        let (_second, second) = OwnerSocket::bind(data.path()).unwrap().unwrap();
        drop(socket);
        assert!(second.is_there(), "only its own file is removed");
        drop(second);
        assert_eq!(fs::read_dir(data.path()).unwrap().count(), 0, "nothing is left behind");
    }

    #[test]
    fn a_directory_that_others_write_into_is_refused() {
        let data = directory();
        fs::set_permissions(data.path(), Permissions::from_mode(0o777)).unwrap();
        assert_eq!(connect(data.path()).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        assert!(OwnerSocket::bind(data.path()).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_long_path_is_no_obstacle() {
        let data = directory();
        let long = data.path().join("d".repeat(120)).join("e".repeat(120));
        fs::create_dir_all(&long).unwrap();
        let (listener, _socket) = OwnerSocket::bind(&long).unwrap().unwrap();
        let _command = connect(&long).unwrap();
        listener.set_nonblocking(false).unwrap();
        listener.accept().unwrap();
    }
}
