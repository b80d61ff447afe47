//! `GET /api/docs`: the document as a page for people. Made here, on the machine, as plain HTML: no script, no
//! asset from elsewhere, and every text of the document is text. The stylesheet is `docs.css` of the page's files,
//! the product's own tokens in front.
//!
//! In reading order: [`page`] (what stands where) → [`schema`] (types in words) → [`html`] (how it is written).

mod html;
mod page;
mod schema;

use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use bytes::Bytes;

use crate::api::openapi::DOCUMENT;
use crate::guard::Viewer;

/// This interface, for people
///
/// The same document as a page, readable without a network.
#[utoipa::path(
    get, path = "/api/docs", tag = "Description",
    responses((status = 200, description = "The page.", body = String, content_type = "text/html")),
)]
pub(super) async fn docs(_: Viewer) -> impl IntoResponse {
    static PAGE: LazyLock<Bytes> = LazyLock::new(|| page::of(&DOCUMENT).into());
    ([(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-cache")], PAGE.clone())
}
