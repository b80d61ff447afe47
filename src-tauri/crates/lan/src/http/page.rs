//! Serves the embedded page. Files with a hash in their name never change; all others are revalidated each time.

use axum::extract::Request;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, HeaderValue,
    IF_NONE_MATCH, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use wire::HttpReason;

use crate::error_response::ErrorResponse;

/// The Content Security Policy: the page may load from this server, and nothing else. Svelte makes its templates through
/// the one Trusted Types policy that is named.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
    form-action 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/page"]
struct Page;

/// A file of the page; `/` is the index, and `/console` the page for people who write clients.
pub(crate) async fn page(method: Method, uri: Uri, headers: HeaderMap) -> Result<Response, ErrorResponse> {
    let path = match uri.path() {
        "/" => "index.html",
        "/console" => "console.html",
        path => path.trim_start_matches('/'),
    };
    let Some(file) = Page::get(path) else {
        return Err(HttpReason::NothingHere.into());
    };
    if method != Method::GET && method != Method::HEAD {
        let refused = crate::error_response::method_not_allowed(method).await;
        return Ok(([(ALLOW, "GET, HEAD")], refused).into_response());
    }
    let etag = etag(&file.metadata.sha256_hash());
    let caching =
        if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    if headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return Ok(
            (StatusCode::NOT_MODIFIED, [(ETAG, etag), (CACHE_CONTROL, caching.to_owned())]).into_response()
        );
    }
    let kind = content_type(path);
    let headers = [(CONTENT_TYPE, kind.to_owned()), (ETAG, etag), (CACHE_CONTROL, caching.to_owned())];
    Ok((headers, file.data).into_response())
}

/// The ETag. Weak, because compression changes the bytes and not the content.
fn etag(hash: &[u8; 32]) -> String {
    let hex: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{hex}\"")
}

/// Content types of the files that Vite writes; any other is `application/octet-stream`.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("json" | "webmanifest") => "application/json",
        _ => "application/octet-stream",
    }
}

/// The headers of every answer, errors included.
pub(crate) async fn security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // An answer without a Cache-Control of its own must not be stored.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let own_only = HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(own_only, HeaderValue::from_static("same-origin"));
    response
}
