//! Integration with systemd: logs for the journal, and `sd_notify`. Without systemd: plain logs.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// Logs to standard error; `RUST_LOG` chooses, `level` else. The journal has its own clock and no colours.
pub(crate) fn init_logs(level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let logs = fmt()
        .with_env_filter(filter)
        .fmt_fields(station::log::harmless_fields())
        .with_writer(std::io::stderr);
    if std::env::var_os("JOURNAL_STREAM").is_some() {
        logs.with_ansi(false).without_time().init();
    } else {
        logs.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init();
    }
}

/// Sends a state to systemd (`Type=notify`); see sd_notify(3). No effect without `NOTIFY_SOCKET`.
#[cfg(target_os = "linux")]
pub(crate) fn notify(state: &str) {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let send = || {
        let address = match path.as_bytes().strip_prefix(b"@") {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(&path)?,
        };
        UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address)
    };
    if let Err(err) = send() {
        tracing::warn!(error = %err, state, "tell systemd");
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn notify(_state: &str) {}
