//! Work that waits for a disk or a keyring, off the threads that carry frames.

use wire::ErrorCode;
use wire::message::ErrorBody;

/// Does on a thread of its own what waits for a disk or a keyring.
pub(super) async fn patiently<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ErrorBody> + Send + 'static,
) -> Result<T, ErrorBody> {
    let done = tauri::async_runtime::spawn_blocking(work).await;
    done.map_err(|error| ErrorBody::new(ErrorCode::Internal, error.to_string()))?
}
