//! Errors as HTTP answers: `{"error":{"code","message"}}` with the fitting status.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use wire::ErrorCode;
use wire::message::ErrorBody;

/// A request that is refused or failed, with what to do about it.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    body: ErrorBody,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self { status, body: ErrorBody::new(code, message) }
    }
}

impl From<ErrorBody> for Problem {
    fn from(body: ErrorBody) -> Self {
        let status = match body.code {
            ErrorCode::TooMany | ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::Unauthorized => StatusCode::UNAUTHORIZED,
            ErrorCode::Forbidden => StatusCode::FORBIDDEN,
            ErrorCode::NotFound => StatusCode::NOT_FOUND,
            ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        Self { status, body }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = axum::Json(serde_json::json!({ "error": self.body }));
        let mut response = (self.status, body).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert("retry-after", axum::http::HeaderValue::from_static("1"));
        }
        response
    }
}

/// The route is there, the method is not.
pub(crate) async fn method_not_allowed() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::BadMessage, "this address answers GET only")
}
