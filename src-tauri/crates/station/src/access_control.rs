//! The interface to access control, which is implemented by the LAN server. A session hands it the methods that only
//! the owner may call, and sends viewers its report, without depending on how it decides.

use std::sync::{Arc, PoisonError, RwLock, Weak};

use serde_json::Value;
use wire::Method;
use wire::message::ErrorBody;
use wire::sharing::Sharing;

use crate::registry::Peer;
use crate::workers::WorkKind;

/// Answers methods `sharing.*`, `pairing.*` and `viewers.*`.
pub trait AccessControl: Send + Sync + std::fmt::Debug {
    /// What `method`, one of the owner's ([`Method::is_owners`]), does.
    fn kind_of(&self, method: Method) -> WorkKind;
    /// Answers `method`, one of the owner's, for `peer`. May wait for a disk, so it is called by a worker thread.
    ///
    /// # Errors
    /// Why it is not answered, or not done.
    fn answer(&self, peer: &Peer, method: Method, params: &Value) -> Result<Value, ErrorBody>;
    /// Another number whenever [`AccessControl::report`] returns something else. Never waits.
    fn epoch(&self) -> u64;
    /// Who has access and who is connected, as far as `peer` may know. Never waits: it is called while frames are
    /// delivered.
    fn report(&self, peer: &Peer) -> Sharing;
}

/// The implementation that is registered, if one is and still exists.
#[derive(Debug, Default)]
pub(crate) struct Registration(RwLock<Option<Weak<dyn AccessControl>>>);

impl Registration {
    pub(crate) fn set(&self, access_control: Weak<dyn AccessControl>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(access_control);
    }

    pub(crate) fn get(&self) -> Option<Arc<dyn AccessControl>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).as_ref()?.upgrade()
    }
}
