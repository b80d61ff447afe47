//! What ends the program from outside: signals, or the console.

/// Completes with the name of the signal that ends the program. From this call on none of them ends it by itself.
#[cfg(unix)]
pub(crate) fn ended() -> std::io::Result<impl Future<Output = &'static str>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        }
    })
}

/// Completes when the console asks the program to end. From this call on it does not end by itself.
#[cfg(windows)]
pub(crate) fn ended() -> std::io::Result<impl Future<Output = &'static str>> {
    use tokio::signal::windows::{ctrl_c, ctrl_close, ctrl_shutdown};
    let (mut c, mut close, mut shutdown) = (ctrl_c()?, ctrl_close()?, ctrl_shutdown()?);
    Ok(async move {
        tokio::select! {
            _ = c.recv() => "Ctrl-C",
            _ = close.recv() => "close",
            _ = shutdown.recv() => "shutdown",
        }
    })
}
