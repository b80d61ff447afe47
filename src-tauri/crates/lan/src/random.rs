//! Random bytes, which a system may not have to give.

use wire::ErrorCode;
use wire::message::ErrorBody;

/// As many random bytes as fit.
///
/// # Errors
/// `unavailable` where the system has none to give.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], ErrorBody> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|err| {
        ErrorBody::new(ErrorCode::Unavailable, format!("this system gives no random numbers now: {err}"))
    })?;
    Ok(bytes)
}
