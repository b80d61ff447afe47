//! Successful answers with data.

use axum::http::header::{CONTENT_TYPE, HeaderName};
use bytes::Bytes;
use serde::Serialize;

/// An answer of data.
pub(super) type Answer = ([(HeaderName, &'static str); 1], Bytes);

/// `body` as JSON.
pub(super) fn json<T: Serialize>(body: &T) -> Answer {
    answer("application/json", wire::codec::encode(body))
}

/// `body` of this type.
pub(super) fn answer(content_type: &'static str, body: impl Into<Bytes>) -> Answer {
    ([(CONTENT_TYPE, content_type)], body.into())
}
