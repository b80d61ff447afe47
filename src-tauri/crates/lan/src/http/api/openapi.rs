//! `GET /api/openapi.json`: the OpenAPI document. Each route has its own description; this module adds what they have in
//! common, and what OpenAPI cannot express by itself.

use std::sync::OnceLock;

use axum::Extension;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use bytes::Bytes;
use serde_json::json;
use utoipa::OpenApi;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{Schema, SchemaType, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, ContentBuilder, Object, Ref, RefOr};

use crate::auth::guard::HttpViewer;

/// Name of the security scheme.
const BEARER: &str = "token";

/// A path that is a WebSocket.
#[derive(Debug)]
pub(crate) struct SocketPath {
    pub(crate) path: &'static str,
    /// Its protocol, in one sentence.
    pub(crate) about: &'static str,
}

/// Every path that is a WebSocket.
pub(crate) const SOCKETS: &[SocketPath] = &[
    SocketPath {
        path: "/api/v1/stream",
        about: "The native stream, subprotocol `sightline.v1`: everything as it happens, in JSON or MessagePack.",
    },
    SocketPath { path: "/ws/metrics", about: "Application managers: one channel, `metrics`, every 5 s." },
    SocketPath {
        path: "/api/v1/devices/{uuid}/ws",
        about: "Device dashboards: channels by name. The uuid is that of `GET /api/v1/devices`.",
    },
    SocketPath { path: "/api/ws/ws", about: "Metrics dashboards: numbers every 5 s." },
    SocketPath { path: "/api/ws/ws/alerts", about: "Metrics dashboards: alerts as they happen." },
    SocketPath { path: "/ws", about: "Container dashboards: an update every 3 s, and alerts." },
];

/// Errors of the checks that run before any route.
pub(super) const REFUSALS: &[(&str, &str)] = &[
    ("400", "The Host header is missing or given twice."),
    ("401", "Not authenticated: send a token."),
    ("403", "The request comes from a web page of another origin, or the token's scope does not allow it."),
    ("421", "The Host header does not name this machine."),
    ("429", "Too many wrong tokens or codes from your address; try again after the time in Retry-After."),
    ("431", "Address and headers are longer than 16 KiB."),
    ("503", "Not available now; try again after the time in Retry-After."),
];

const INTRODUCTION: &str = include_str!("introduction.md");

/// The document without its routes.
pub(super) fn introduction() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        info(title = "Sightline", version = env!("CARGO_PKG_VERSION"), license(name = "Apache-2.0 OR MIT")),
        servers((url = "/", description = "This machine")),
        tags(
            (name = "Machine", description = "This machine: its identity, its last sample, and its alerts."),
            (name = "Access", description = "Who has access: how a device is paired, and removes its access."),
            (name = "History", description = "The last 15 minutes of every series."),
            (name = "Compatible", description = "The paths of existing dashboards, in their own formats: MB and GB are \
                MiB and GiB, a percentage goes from 0 to 100, times are ISO 8601."),
            (name = "Description", description = "This interface, for programs and for people."),
        ),
        components(schemas(crate::error_response::Failure)),
    )]
    struct Introduction;

    let mut document = Introduction::openapi();
    let sockets: String =
        SOCKETS.iter().map(|socket| format!("- `{}` {}\n", socket.path, socket.about)).collect();
    document.info.description = Some(INTRODUCTION.replace("{sockets}\n", &sockets));
    let paths: Vec<_> =
        SOCKETS.iter().map(|socket| json!({ "path": socket.path, "description": socket.about })).collect();
    document.extensions = Some(ExtensionsBuilder::new().add("x-websockets", paths).build());
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
        "A token of this machine, `<id>.<secret>`. The owner's lies in the file `owner.token` of the data directory \
         and is good on this computer and over TLS. A paired browser has its own in a cookie, \
         which counts as a cookie only, and on the port that it was given on. A program that does not want to send its token proves it instead: `Authorization: Sightline`, see Access.",
    ));
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(BEARER, SecurityScheme::Http(token.build()));
    // Programs on this computer need none, unless its owner wants it so.
    document.security =
        Some(vec![SecurityRequirement::default(), SecurityRequirement::new(BEARER, [] as [&str; 0])]);
    document
}

/// The description of all routes. The router is built above this module, which has a route in it, so the description is
/// passed to requests as an extension.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Described(pub(crate) fn() -> utoipa::openapi::OpenApi);

impl Described {
    /// The document, made once.
    pub(super) fn document(self) -> &'static utoipa::openapi::OpenApi {
        static DOCUMENT: OnceLock<utoipa::openapi::OpenApi> = OnceLock::new();
        DOCUMENT.get_or_init(|| document(self.0()))
    }
}

/// `document` with what all its routes have in common.
pub(crate) fn document(mut document: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    let mut bodies = Vec::new();
    for item in document.paths.paths.values_mut() {
        for (_, operation) in operations(item) {
            add_refusals(operation);
            if let Some(RefOr::T(body)) = &operation.request_body {
                bodies.extend(schemas_of(body));
            }
        }
    }
    for (name, schema) in document.components.iter_mut().flat_map(|it| &mut it.schemas) {
        // Of what others send, a field that may be `null` may be absent, too.
        if let RefOr::T(schema) = schema
            && !bodies.contains(name)
        {
            complete(schema);
        }
    }
    document
}

/// Names of the schemas of a request's body.
fn schemas_of(body: &RequestBody) -> impl Iterator<Item = String> {
    body.content.values().filter_map(|content| match content {
        RefOr::T(Content { schema: Some(RefOr::Ref(schema)), .. }) => {
            schema.ref_location.rsplit('/').next().map(str::to_owned)
        }
        _ => None,
    })
}

/// The operations of a path, by method.
pub(crate) fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [("GET", &mut item.get), ("POST", &mut item.post), ("DELETE", &mut item.delete)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn add_refusals(operation: &mut Operation) {
    for &(status, description) in REFUSALS {
        let mut response = ResponseBuilder::new().description(description);
        if status != "431" {
            let failure = ContentBuilder::new().schema(Some(Ref::from_schema_name("Failure"))).build();
            response = response.content("application/json", failure);
        }
        if ["429", "503"].contains(&status) {
            let seconds = HeaderBuilder::new()
                .schema(Some(Object::with_type(Type::Integer)))
                .description(Some("Seconds to wait."))
                .build();
            response = response.header("Retry-After", seconds);
        }
        let responses = &mut operation.responses.responses;
        responses.entry(status.to_owned()).or_insert_with(|| response.build().into());
    }
}

/// Marks the fields that are always there: all but those that are left out where there is nothing to say (they need not
/// be there, and are never `null`).
fn complete(schema: &mut Schema) {
    match schema {
        Schema::Object(object) => {
            let is_there = |(field, schema): &(&String, &RefOr<Schema>)| {
                object.required.contains(field) || is_nullable(schema)
            };
            object.required =
                object.properties.iter().filter(is_there).map(|(field, _)| field.clone()).collect();
        }
        Schema::AllOf(parts) => {
            for part in &mut parts.items {
                if let RefOr::T(part) = part {
                    complete(part);
                }
            }
        }
        _ => {}
    }
}

/// Whether `null` may stand there, as where nothing is known.
fn is_nullable(schema: &RefOr<Schema>) -> bool {
    let is_null = |schema_type: &SchemaType| match schema_type {
        SchemaType::Type(one) => *one == Type::Null,
        SchemaType::Array(several) => several.contains(&Type::Null),
        SchemaType::AnyValue => false,
    };
    match schema {
        RefOr::T(Schema::Object(object)) => is_null(&object.schema_type),
        RefOr::T(Schema::Array(array)) => is_null(&array.schema_type),
        RefOr::T(Schema::OneOf(parts)) => parts.items.iter().any(is_nullable),
        _ => false,
    }
}

/// This document
///
/// OpenAPI 3.1, made from the same table that the routes are made from.
#[utoipa::path(
    get, path = "/api/openapi.json", tag = "Description",
    responses((status = 200, description = "The document.", body = Object)),
)]
pub(super) async fn openapi(_: HttpViewer, Extension(described): Extension<Described>) -> impl IntoResponse {
    static JSON: OnceLock<Bytes> = OnceLock::new();
    let json = JSON.get_or_init(|| wire::codec::encode(described.document()).into());
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")], json.clone())
}
