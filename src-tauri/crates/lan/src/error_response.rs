//! Errors as HTTP answers: `{"error":{"code","message"}}` with the fitting status.

use std::time::Duration;

use axum::http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use wire::message::ErrorBody;
use wire::{ErrorCode, HttpReason, Reason, StreamReason};

/// The body of every error.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Failure {
    error: ErrorBody,
}

/// A request that is refused or failed, with what to do about it.
#[derive(Debug)]
pub(crate) struct ErrorResponse {
    status: StatusCode,
    body: ErrorBody,
    /// When to try again.
    retry_after: Option<Duration>,
    /// The `WWW-Authenticate` header.
    authenticate: Option<String>,
}

impl ErrorResponse {
    pub(crate) fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self { status, body: ErrorBody::new(code, message), retry_after: None, authenticate: None }
    }

    /// An error with another status than its code has.
    pub(crate) fn because(status: StatusCode, reason: impl Into<Reason>) -> Self {
        Self { status, body: reason.into().into(), retry_after: None, authenticate: None }
    }

    /// Sets `Retry-After`.
    pub(crate) fn after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }

    /// Sets the `WWW-Authenticate` header, which asks for a proof.
    pub(crate) fn asking(self, authenticate: String) -> Self {
        Self { authenticate: Some(authenticate), ..self }
    }

    /// How many attempts are left.
    pub(crate) fn with_tries_left(mut self, tries: u32) -> Self {
        self.body.tries_left = Some(tries);
        self
    }

    /// Its message.
    #[cfg(test)]
    pub(crate) fn message(&self) -> &str {
        &self.body.message
    }
}

impl From<Reason> for ErrorResponse {
    fn from(reason: Reason) -> Self {
        ErrorBody::from(reason).into()
    }
}

impl From<HttpReason> for ErrorResponse {
    fn from(reason: HttpReason) -> Self {
        Reason::from(reason).into()
    }
}

impl From<StreamReason> for ErrorResponse {
    fn from(reason: StreamReason) -> Self {
        Reason::from(reason).into()
    }
}

impl From<ErrorBody> for ErrorResponse {
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
        let retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(Duration::from_secs(1));
        Self { status, body, retry_after, authenticate: None }
    }
}

impl IntoResponse for ErrorResponse {
    fn into_response(self) -> Response {
        let body = axum::Json(Failure { error: self.body });
        let mut response = (self.status, body).into_response();
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs().max(1);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(asked) = self.authenticate.and_then(|text| HeaderValue::try_from(text).ok()) {
            response.headers_mut().insert(WWW_AUTHENTICATE, asked);
        }
        response
    }
}

/// The answer before the first sample.
pub(crate) fn nothing_yet() -> ErrorBody {
    StreamReason::NothingSampled.into()
}

/// The path exists, the method does not. The `Allow` header lists those that do.
pub(crate) async fn method_not_allowed(method: Method) -> ErrorResponse {
    let reason = HttpReason::MethodNotAllowed { method: method.to_string() };
    ErrorResponse::because(StatusCode::METHOD_NOT_ALLOWED, reason)
}
