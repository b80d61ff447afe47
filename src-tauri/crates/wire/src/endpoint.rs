//! What server and client call the same, besides messages.

/// Query of `GET /api/v1/stream` by which a client asks for a challenge, where the server would give it access
/// without one.
pub const CHALLENGE: &str = "auth=challenge";

/// Id of the owner's token, and what its file begins with.
pub const OWNER: &str = "owner";

/// File of the owner's token, in the data directory: `owner.<secret in hex>`. Who can read it may control the monitor.
pub const OWNER_FILE: &str = "owner.token";

/// What apps, windows and agents ask for by ALPN (RFC 7301): HTTP/1.1 by the machine's own key, which they have pinned,
/// whatever certificate browsers get on the same port.
pub const ALPN: &[u8] = b"sightline/1";
