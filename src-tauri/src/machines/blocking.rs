//! Work that waits for a disk or a keyring, off the threads that deliver frames.

use wire::ErrorCode;
use wire::message::ErrorBody;

/// Runs `work`, which waits for a disk or a keyring, on a thread of its own.
pub(super) async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ErrorBody> + Send + 'static,
) -> Result<T, ErrorBody> {
    let done = tauri::async_runtime::spawn_blocking(work).await;
    done.map_err(|error| ErrorBody::new(ErrorCode::Internal, error.to_string()))?
}
