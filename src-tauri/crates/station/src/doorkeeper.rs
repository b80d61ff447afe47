//! Who decides who may look. It lives with the network door: a session hands it the questions that are its own,
//! and tells viewers what it reports, without knowing how it decides.

use std::sync::{Arc, PoisonError, RwLock, Weak};

use serde_json::Value;
use wire::Method;
use wire::message::ErrorBody;
use wire::sharing::Sharing;

use crate::registry::Visitor;
use crate::workers::WorkKind;

/// Answers methods `sharing.*`, `pairing.*` and `viewers.*`.
pub trait Doorkeeper: Send + Sync + std::fmt::Debug {
    /// What `method`, one of the owner's ([`Method::is_owners`]), does.
    fn kind_of(&self, method: Method) -> WorkKind;
    /// Answers `method`, one of the owner's, for `visitor`. May wait for a disk, so it is called where that holds
    /// nobody up.
    ///
    /// # Errors
    /// Why it is not answered, or not done.
    fn answer(&self, visitor: &Visitor, method: Method, params: &Value) -> Result<Value, ErrorBody>;
    /// Another number whenever [`Doorkeeper::report`] says something else. Never waits.
    fn epoch(&self) -> u64;
    /// Who may look, and who does, as `visitor` is told. Never waits: it is called on the way of the frames.
    fn report(&self, visitor: &Visitor) -> Sharing;
}

/// The doorkeeper, while there is one.
#[derive(Debug, Default)]
pub(crate) struct Post(RwLock<Option<Weak<dyn Doorkeeper>>>);

impl Post {
    pub(crate) fn take_up(&self, doorkeeper: Weak<dyn Doorkeeper>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(doorkeeper);
    }

    pub(crate) fn holder(&self) -> Option<Arc<dyn Doorkeeper>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).as_ref()?.upgrade()
    }
}
