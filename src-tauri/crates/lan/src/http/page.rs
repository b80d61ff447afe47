//! Serves the embedded page. Files with a hash in their name never change; all others are revalidated each time. They were
//! compressed when this program was built: whoever asks, and how often, costs no compression.

use axum::extract::Request;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName,
    HeaderValue, IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use wire::HttpReason;

use super::coding::{Coding, chosen};
use crate::error_response::ErrorResponse;

/// The Content Security Policy: the page may load from this server, and nothing else. Svelte makes its templates through
/// the one Trusted Types policy that is named.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
    form-action 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/page"]
struct Page;

/// The same files, where they are shorter so.
#[derive(RustEmbed)]
#[folder = "$OUT_DIR/br"]
struct Brotli;

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/gzip"]
struct Gzip;

/// The file of this path, coded.
fn embedded(path: &str, coding: Coding) -> Option<EmbeddedFile> {
    match coding {
        Coding::Identity => Page::get(path),
        Coding::Brotli => Brotli::get(path),
        Coding::Gzip => Gzip::get(path),
    }
}

/// A file of the page; `/` is the index, and `/console` the page for people who write clients.
pub(crate) async fn page(method: Method, uri: Uri, headers: HeaderMap) -> Result<Response, ErrorResponse> {
    let path = match uri.path() {
        "/" => "index.html",
        "/console" => "console.html",
        path => path.trim_start_matches('/'),
    };
    let coding = chosen(&headers, |coding| embedded(path, coding).is_some());
    let Some(file) = embedded(path, coding) else {
        return Err(HttpReason::NothingHere.into());
    };
    if method != Method::GET && method != Method::HEAD {
        let refused = crate::error_response::method_not_allowed(method).await;
        return Ok(([(ALLOW, "GET, HEAD")], refused).into_response());
    }
    let etag = etag(&file.metadata.sha256_hash());
    let known = is_known(&headers, &etag);
    let caching =
        if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, content_type(path))], file.data).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, HeaderValue::try_from(etag).expect("hexadecimal digits in quotes"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if coding != Coding::Identity && !known {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    }
    Ok(response)
}

/// The ETag of these very bytes: each coding has its own.
fn etag(hash: &[u8; 32]) -> String {
    let hex: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

/// Whether the client has what this ETag names: RFC 9110, 13.1.2, which compares weakly.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let lines = headers.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let mut known = lines.flat_map(|line| line.split(',')).map(str::trim);
    known.any(|known| known == "*" || known.trim_start_matches("W/") == etag)
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
