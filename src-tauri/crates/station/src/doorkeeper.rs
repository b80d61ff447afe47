//! Who decides who may look. It lives with the network door: a session hands it the questions that are its own,
//! and tells viewers what it reports, without knowing how it decides.

use std::sync::{Arc, PoisonError, RwLock, Weak};

use serde_json::Value;
use wire::message::ErrorBody;
use wire::sharing::Sharing;

use crate::registry::Visitor;

/// Answers methods `sharing.*`, `pairing.*` and `viewers.*`.
pub trait Doorkeeper: Send + Sync + std::fmt::Debug {
    /// Answers `method` for `visitor`; `None` where it is no method of its own.
    fn answer(&self, visitor: &Visitor, method: &str, params: &Value) -> Option<Result<Value, ErrorBody>>;
    /// Another number whenever [`Doorkeeper::report`] says something else.
    fn epoch(&self) -> u64;
    /// Who may look, and who does, as `visitor` is told.
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
