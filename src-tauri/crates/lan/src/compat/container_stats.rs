//! Where numbers of containers come from, for family D.

use serde_json::Value;
use wire::ErrorCode;
use wire::message::ErrorBody;

/// The containers of this machine, for both the socket and HTTP. A source of them would be read here.
///
/// # Errors
/// `unavailable` where nothing can be read; the socket leaves that part out.
pub(super) fn stats() -> Result<Value, ErrorBody> {
    Err(ErrorBody::new(ErrorCode::Unavailable, "this version of Sightline does not read containers"))
}
