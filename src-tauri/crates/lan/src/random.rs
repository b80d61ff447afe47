//! Random bytes, which a system may not have to give.

use tracing::warn;
use wire::Reason;
use wire::message::ErrorBody;

/// As many random bytes as fit.
///
/// # Errors
/// `unavailable` where the system has none to give.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], ErrorBody> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|err| {
        warn!(error = %err, "the system gives no random numbers");
        Reason::NoRandom
    })?;
    Ok(bytes)
}
