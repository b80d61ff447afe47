//! What server and client call the same, besides messages.

/// Query of `GET /api/v1/stream` by which a client asks for a challenge, where the server would give it access
/// without one.
pub const CHALLENGE: &str = "auth=challenge";

/// Id of the owner's token, and what its file begins with.
pub const OWNER: &str = "owner";

/// File of the owner's token, in the data directory: `owner.<secret in hex>`. Who can read it may control the monitor.
pub const OWNER_FILE: &str = "owner.token";

/// Longest random text that a client may put into a proof: ours have 32 bytes, in hexadecimal digits.
pub const CLIENT_NONCE_CHARS: usize = 64;
