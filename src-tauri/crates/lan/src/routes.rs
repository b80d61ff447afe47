//! The router: all routes, behind the checks that run before each; and their OpenAPI description.

use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use axum::http::{Extensions, HeaderMap, StatusCode, Version};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::auth::guard::{self, HttpPeer};
use crate::compat::{self, CompatState};
use crate::http::api::openapi::Described;
use crate::http::{api, exposition, page};
use crate::state::ServerState;
use crate::{error_response, stream};

/// Answers from this length on are compressed, at the fastest level: those that do not fit one packet.
const COMPRESSED_FROM_BYTES: u16 = 1400;

/// The routes of our own interface, each with its description. Any other path is a file of the page, or not found.
fn own() -> OpenApiRouter<Arc<ServerState>> {
    api::routes().merge(exposition::routes()).route("/api/v1/stream", get(stream::upgrade))
}

/// The description of every route that has one.
fn described() -> OpenApi {
    let mut document = own().into_openapi();
    document.merge(compat::routes().into_openapi());
    document
}

/// All that is served. Cheap to clone.
pub(crate) fn router(server: &Arc<ServerState>) -> Router {
    // Made once, because the descriptions take longer to make than all the rest of a server.
    static OWN: OnceLock<Router<Arc<ServerState>>> = OnceLock::new();
    static COMPAT: OnceLock<Router<Arc<CompatState>>> = OnceLock::new();
    let own = OWN.get_or_init(|| Router::from(own())).clone();
    let compat = COMPAT.get_or_init(|| Router::from(compat::routes())).clone();
    let compressed = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(COMPRESSED_FROM_BYTES).and(is_for_viewer));
    Router::new()
        .merge(own.with_state(Arc::clone(server)))
        .merge(compat.with_state(CompatState::new(Arc::clone(server))))
        .layer(from_fn(mark_for_viewer))
        .layer(compressed)
        // The page is compressed already.
        .fallback(page::page)
        .method_not_allowed_fallback(error_response::method_not_allowed)
        .layer(Extension(Described(described)))
        .layer(from_fn_with_state(Arc::clone(server), guard::check))
        .layer(from_fn(page::security_headers))
}

/// An answer to somebody with access: only for those is anything compressed while they wait.
#[derive(Debug, Clone, Copy)]
struct ForViewer;

async fn mark_for_viewer(request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<HttpPeer>();
    let for_viewer = peer.is_some_and(|peer| peer.rights.is_some());
    let mut answer = next.run(request).await;
    if for_viewer && answer.status().is_success() {
        answer.extensions_mut().insert(ForViewer);
    }
    answer
}

fn is_for_viewer(_: StatusCode, _: Version, _: &HeaderMap, answer: &Extensions) -> bool {
    answer.get::<ForViewer>().is_some()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::http::api::openapi::{SOCKETS, document, operations};

    /// The two patterns that axum makes for the fallback, and a path that redirects to the page.
    const NOT_DESCRIBED: [&str; 3] = ["/", "/{*__private__axum_fallback}", "/docs"];

    #[test]
    fn what_is_routed_is_described_and_nothing_else() {
        // The router shows its paths in its debug output only: `RouteId(3): "/health"`.
        let routers = [format!("{:?}", Router::from(own())), format!("{:?}", Router::from(compat::routes()))];
        let routed: BTreeSet<&str> = routers
            .iter()
            .flat_map(|router| router.split("RouteId("))
            .filter_map(|part| part.split_once("): \"")?.1.split('"').next())
            .filter(|path| !NOT_DESCRIBED.contains(path))
            .collect();
        let document = document(described());
        let described = document.paths.paths.keys().map(String::as_str);
        let sockets = SOCKETS.iter().map(|socket| socket.path);
        assert_eq!(routed, described.chain(sockets).collect());
    }

    #[test]
    fn every_route_has_words_and_an_own_name() {
        let mut names = BTreeSet::new();
        for (path, item) in &document(described()).paths.paths {
            for (method, operation) in operations(&mut item.clone()) {
                assert!(operation.summary.is_some() && operation.tags.is_some(), "{method} {path}");
                assert!(names.insert(operation.operation_id.clone()), "{method} {path}");
            }
        }
    }
}
