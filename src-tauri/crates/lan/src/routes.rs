//! The router: all routes, behind the checks that run before each; and their OpenAPI description.

use std::sync::{Arc, OnceLock};

use axum::routing::get;
use axum::{Extension, Router};
use tower_http::compression::CompressionLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::auth::guard;
use crate::compat::{self, CompatState};
use crate::http::api::openapi::Described;
use crate::http::{api, exposition, page};
use crate::state::ServerState;
use crate::{error_response, stream};

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
    Router::new()
        .merge(own.with_state(Arc::clone(server)))
        .merge(compat.with_state(CompatState::new(Arc::clone(server))))
        .fallback(page::page)
        .method_not_allowed_fallback(error_response::method_not_allowed)
        .layer(Extension(Described(described)))
        .layer(CompressionLayer::new())
        .layer(axum::middleware::from_fn_with_state(Arc::clone(server), guard::check))
        .layer(axum::middleware::from_fn(page::security_headers))
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
