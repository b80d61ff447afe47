//! The listener of the owner's socket ([`network::owner_socket`]): made once the server starts, and made again where its
//! file is gone, or the program that had it has ended.

use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use network::owner_socket::OwnerSocket;
use tokio::net::UnixListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::info;

/// The socket, while this program has it, and what ends all that came through it.
#[derive(Debug, Default)]
pub(crate) struct OwnerListener(Mutex<Option<(OwnerSocket, DropGuard)>>);

impl OwnerListener {
    /// Listens in `data_dir`, if this program does not yet and no other does; `serve` gets the listener, with what ends
    /// it. To be called within the runtime. Waits for the disk.
    ///
    /// # Errors
    /// As [`OwnerSocket::bind`].
    pub(crate) fn keep(
        &self,
        data_dir: &Path,
        closing: &CancellationToken,
        serve: impl FnOnce(UnixListener, CancellationToken),
    ) -> io::Result<()> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if closing.is_cancelled() || kept.as_ref().is_some_and(|(socket, _)| socket.is_there()) {
            return Ok(());
        }
        // Nobody finds it any more.
        *kept = None;
        if let Some((listener, socket)) = OwnerSocket::bind(data_dir)? {
            let listener = UnixListener::from_std(listener)?;
            let closing = closing.child_token();
            info!("commands of this computer are taken");
            serve(listener, closing.clone());
            *kept = Some((socket, closing.drop_guard()));
        }
        Ok(())
    }

    /// Removes the socket: nothing new gets here.
    pub(crate) fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
