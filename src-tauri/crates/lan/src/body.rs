//! The body of a request, read completely, within a bound and a timeout. Its bytes are copied into one buffer as they
//! arrive, because each chunk keeps a whole buffer of the connection: of a body sent byte by byte, thousands.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::time::timeout;
use wire::HttpReason;
use wire::limits::HANDSHAKE;

use crate::error_response::ErrorResponse;

/// Timeout for all of it: a few kilobytes need one packet or two.
const WITHIN: Duration = HANDSHAKE;

/// A whole body of `LIMIT` bytes at most, sent as JSON. A form and a plain text can be sent by any page of the web
/// without a CORS preflight; JSON cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Posted<const LIMIT: usize>(pub(crate) Bytes);

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotRead {
    /// It is not sent as JSON.
    NotJson,
    /// It is longer than so many bytes.
    TooLong(usize),
    /// It took too long to arrive.
    Slow,
    /// The connection broke.
    Broken,
}

impl<S: Sync, const LIMIT: usize> FromRequest<S> for Posted<LIMIT> {
    type Rejection = NotRead;

    async fn from_request(request: Request, _: &S) -> Result<Self, NotRead> {
        if !is_json(request.headers()) {
            return Err(NotRead::NotJson);
        }
        read(request.into_body(), LIMIT).await.map(Self)
    }
}

/// `application/json`, whatever parameters follow.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// All of `body`, of `limit` bytes at most.
pub(crate) async fn read(body: Body, limit: usize) -> Result<Bytes, NotRead> {
    let whole = timeout(WITHIN, whole(body, limit)).await;
    whole.map_err(|_| NotRead::Slow)?.map(Bytes::from)
}

async fn whole(body: Body, limit: usize) -> Result<Vec<u8>, NotRead> {
    if body.size_hint().lower() > limit as u64 {
        return Err(NotRead::TooLong(limit));
    }
    let (mut pieces, mut whole) = (body.into_data_stream(), Vec::new());
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| NotRead::Broken)?;
        if whole.len() + piece.len() > limit {
            return Err(NotRead::TooLong(limit));
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole)
}

impl From<NotRead> for ErrorResponse {
    fn from(unread: NotRead) -> Self {
        let because = ErrorResponse::because;
        match unread {
            NotRead::NotJson => because(StatusCode::UNSUPPORTED_MEDIA_TYPE, HttpReason::NotJson),
            NotRead::TooLong(most) => HttpReason::BodyTooLarge { most }.into(),
            NotRead::Slow => because(StatusCode::REQUEST_TIMEOUT, HttpReason::BodySlow),
            NotRead::Broken => HttpReason::BodyCutOff.into(),
        }
    }
}

impl IntoResponse for NotRead {
    fn into_response(self) -> Response {
        ErrorResponse::from(self).into_response()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;
    use tokio::time::{Instant, sleep};

    use super::*;

    async fn posted(body: Body) -> Result<Posted<4>, NotRead> {
        let request = Request::builder().header(CONTENT_TYPE, "application/json").body(body);
        Posted::from_request(request.unwrap(), &()).await
    }

    #[test]
    fn json_is_what_says_so() {
        let cases = [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("text/plain", false),
            ("application/jsonp", false),
            ("application/x-www-form-urlencoded", false),
            ("", false),
        ];
        for (kind, expected) in cases {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind.parse().unwrap())]);
            assert_eq!(is_json(&headers), expected, "{kind}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_whole_short_and_in_time() {
        let begun = Instant::now();
        assert_eq!(posted(Body::from("abcd")).await, Ok(Posted(Bytes::from_static(b"abcd"))));
        assert_eq!(posted(Body::from("abcde")).await, Err(NotRead::TooLong(4)));
        let pieces = stream::iter(["ab", "cd", "e"].map(Ok::<_, Infallible>));
        assert_eq!(posted(Body::from_stream(pieces)).await, Err(NotRead::TooLong(4)));
        let drips = stream::unfold((), |()| async {
            sleep(WITHIN / 3).await;
            Some((Ok::<_, Infallible>("a"), ()))
        });
        assert_eq!(posted(Body::from_stream(drips)).await, Err(NotRead::Slow));
        assert_eq!(begun.elapsed(), WITHIN);
    }
}
