//! `GET /api/docs`: the document as a page for people. Made here, on the machine, as plain HTML: no script, no
//! asset from elsewhere, and every text of the document is text. The stylesheet is `docs.css` of the page's files,
//! the product's own tokens in front.
//!
//! In reading order: [`page`] (the layout) → [`schema`] (types in words) → [`html`] (escaping).

mod html;
mod page;
mod schema;

use std::sync::OnceLock;

use axum::Extension;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use bytes::Bytes;

use super::openapi::Described;
use crate::auth::guard::HttpViewer;

/// This interface, for people
///
/// The same document as a page, readable without a network.
#[utoipa::path(
    get, path = "/api/docs", tag = "Description",
    responses((status = 200, description = "The page.", body = String, content_type = "text/html")),
)]
pub(super) async fn docs(_: HttpViewer, Extension(described): Extension<Described>) -> impl IntoResponse {
    static PAGE: OnceLock<Bytes> = OnceLock::new();
    let page = PAGE.get_or_init(|| page::of(described.document()).into());
    ([(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-cache")], page.clone())
}
