//! Names of files: a path is shown, whatever its parts look like.
//!
//! Folders of package stores, builds and temporary files are as random as keys, and there are thousands of them
//! on a command line; a secret is not the name of a file.

/// Where a path of this machine begins. A word of base64 may begin with `/` too.
const ROOTS: [&str; 44] = [
    "Applications",
    "Library",
    "System",
    "Users",
    "Volumes",
    "app",
    "bin",
    "boot",
    "build",
    "builds",
    "cache",
    "config",
    "data",
    "dev",
    "etc",
    "gnu",
    "home",
    "host",
    "lib",
    "lib64",
    "media",
    "mnt",
    "nix",
    "opt",
    "private",
    "proc",
    "process_api",
    "root",
    "run",
    "sbin",
    "snap",
    "srv",
    "storage",
    "sys",
    "system",
    "tmp",
    "usr",
    "var",
    "vendor",
    "work",
    "workdir",
    "workspace",
    "workspaces",
    "github",
];
/// Endings of files that hold keys and settings.
const EXTENSIONS: [&str; 32] = [
    "asc",
    "bin",
    "cer",
    "cfg",
    "cnf",
    "conf",
    "crt",
    "csr",
    "db",
    "der",
    "env",
    "gpg",
    "ini",
    "jks",
    "json",
    "kdbx",
    "key",
    "keytab",
    "keystore",
    "p12",
    "p8",
    "pem",
    "pfx",
    "properties",
    "pub",
    "sig",
    "toml",
    "txt",
    "xml",
    "yaml",
    "yml",
    "ovpn",
];

/// Whether `text` begins like the path of a file on this machine: `/usr/…`, `./…`, `~/…`, `C:\…`.
pub(super) fn is_path(text: &str) -> bool {
    if text.starts_with("./") || text.starts_with("../") || text.starts_with("~/") {
        return true;
    }
    let bytes = text.as_bytes();
    if bytes.len() > 2
        && bytes[0].is_ascii_alphabetic()
        && bytes[1] == b':'
        && matches!(bytes[2], b'\\' | b'/')
    {
        return !text[3..].starts_with('/');
    }
    is_absolute(text)
}

/// Whether `text` begins with a folder that systems have at their root: `/usr/…`. Nobody's password does.
pub(super) fn is_absolute(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('/') else { return false };
    rest.find('/').is_some_and(|end| ROOTS.contains(&&rest[..end]))
}

/// Whether `text` names a file where a key, or the name of a file that holds one, may stand.
pub(super) fn is_file(text: &str) -> bool {
    is_path(text)
        || text.rsplit_once('.').is_some_and(|(stem, extension)| {
            !stem.is_empty() && EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known))
        })
}
