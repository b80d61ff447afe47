//! Signals that end the program: the window is closed as by a person, so that sessions are closed and files are written.

use tauri::AppHandle;
use tokio_util::task::AbortOnDropHandle;
use tracing::warn;

/// Waits for the signals that end a program. Dropping it waits no more.
pub(crate) struct OnSignal(#[expect(dead_code, reason = "held for its drop")] AbortOnDropHandle<()>);

/// Closes the window when the system asks this program to end.
pub(crate) fn on_signal(app: AppHandle) -> OnSignal {
    let task = tauri::async_runtime::spawn(async move {
        match signalled().await {
            Ok(()) => app.exit(0),
            Err(error) => warn!(%error, "cannot hear signals"),
        }
    });
    let tauri::async_runtime::JoinHandle::Tokio(task) = task;
    OnSignal(AbortOnDropHandle::new(task))
}

#[cfg(unix)]
async fn signalled() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn signalled() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
