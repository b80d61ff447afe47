//! Access by route: every route, requested by every kind of caller.

use std::collections::BTreeSet;

use station::Loopback;

use crate::Home;

/// A route and the status that each caller gets: without a token from this computer, the same where its owner gives
/// nothing to such programs, with a token of `view`, of `processes`, the owner's, and with one that was revoked.
type Row = (&'static str, &'static str, [u16; 6]);

const SEEN_BY_VIEWERS: [u16; 6] = [200, 401, 200, 200, 200, 401];
/// An unknown token is refused, even where none is needed.
const SEEN_BY_ALL: [u16; 6] = [200, 200, 200, 200, 200, 401];
const SOCKET: [u16; 6] = [426, 401, 426, 426, 426, 401];

const ROUTES: &[Row] = &[
    ("GET", "/", SEEN_BY_ALL),
    ("GET", "/docs.css", SEEN_BY_ALL),
    ("GET", "/docs", [308, 308, 308, 308, 308, 401]),
    ("GET", "/health", SEEN_BY_ALL),
    ("GET", "/api/v1/snapshot", SEEN_BY_VIEWERS),
    ("GET", "/api/v1/history", SEEN_BY_VIEWERS),
    ("GET", "/api/v1/processes", SEEN_BY_VIEWERS),
    ("GET", "/api/v1/alerts", SEEN_BY_VIEWERS),
    ("GET", "/api/v1/devices", SEEN_BY_VIEWERS),
    ("GET", "/api/openapi.json", SEEN_BY_VIEWERS),
    ("GET", "/api/docs", SEEN_BY_VIEWERS),
    ("GET", "/metrics", SEEN_BY_VIEWERS),
    // An empty body is no request to pair; who may ask is everyone.
    ("POST", "/api/v1/pair", [400, 400, 400, 400, 400, 401]),
    ("GET", "/api/v1/metrics", SEEN_BY_VIEWERS),
    ("GET", "/api/v1/ws/stats", SEEN_BY_VIEWERS),
    ("GET", "/api/metrics/current", SEEN_BY_VIEWERS),
    ("GET", "/api/metrics/{metric}", SEEN_BY_VIEWERS),
    ("POST", "/api/ws/broadcast/alert", SEEN_BY_VIEWERS),
    // No source of containers is read yet.
    ("GET", "/api/containers/stats", [503, 401, 503, 503, 503, 401]),
    // Who has no access may open the stream, and is asked for a proof there.
    ("GET", "/api/v1/stream", [426, 426, 426, 426, 426, 401]),
    ("GET", "/ws/metrics", SOCKET),
    ("GET", "/api/v1/devices/{uuid}/ws", SOCKET),
    ("GET", "/api/ws/ws", SOCKET),
    ("GET", "/api/ws/ws/alerts", SOCKET),
    ("GET", "/ws", SOCKET),
    // Last, because who gives back its access has none afterwards.
    ("DELETE", "/api/v1/session", [404, 401, 204, 204, 404, 401]),
];

/// Served, and no part of the interface: the page and its files, and an address that leads on.
const NOT_DESCRIBED: [&str; 3] = ["/", "/docs.css", "/docs"];

/// The address to ask for, where `path` has parts to fill in or needs parameters.
fn example(path: &str, home: &Home) -> String {
    let filled = path.replace("{uuid}", &home.machine_id()).replace("{metric}", "cpu");
    if path == "/api/v1/history" { filled + "?series=cpu.busy" } else { filled }
}

#[tokio::test]
async fn every_route_gives_every_caller_what_is_his() {
    let home = Home::open().await;
    let body = r#"{"severity": "info", "title": "a test", "message": "tells everybody"}"#;
    let revoked = home.view_taken_back().await;
    let callers = [
        ("this computer", Loopback::Processes, None),
        ("this computer, given nothing", Loopback::Off, None),
        ("view", Loopback::Off, Some(&home.view)),
        ("processes", Loopback::Off, Some(&home.processes)),
        ("owner", Loopback::Off, Some(&home.owner)),
        ("a viewer whose access was revoked", Loopback::Processes, Some(&revoked)),
    ];
    for (caller, (who, loopback, token)) in callers.into_iter().enumerate() {
        home.give_loopback(loopback);
        for (method, path, expected) in ROUTES {
            let body = match *path {
                "/api/v1/pair" => "{}",
                _ if *method == "POST" => body,
                _ => "",
            };
            let answer = home.ask(method, &example(path, &home), token.map(String::as_str), body).await;
            assert_eq!(answer.status(), expected[caller], "{method} {path} by {who}: {answer:?}");
            if expected[caller] >= 400 {
                assert!(answer.json()["error"]["message"].is_string(), "{path} by {who}: {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn every_route_that_is_described_has_a_row_here_and_every_row_is_described() {
    let home = Home::open().await;
    let document = home.get("/api/openapi.json").await.json();
    let mut described = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for method in operations.as_object().expect("operations").keys() {
            described.insert((method.to_uppercase(), path.clone()));
        }
    }
    for socket in document["x-websockets"].as_array().expect("sockets") {
        described.insert(("GET".to_owned(), socket["path"].as_str().expect("a path").to_owned()));
    }
    let rows = ROUTES.iter().filter(|(_, path, _)| !NOT_DESCRIBED.contains(path));
    let rows: BTreeSet<_> =
        rows.map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(rows, described);
}

#[tokio::test]
async fn every_route_answers_head_as_get_and_names_its_methods() {
    let home = Home::open().await;
    for (method, path, [expected, ..]) in ROUTES {
        let example = example(path, &home);
        let wrong = home.ask("PUT", &example, None, "").await;
        assert_eq!(wrong.status(), 405, "{path}");
        let allowed = wrong.header("allow").expect("the methods that are right").replace(' ', "");
        assert_eq!(allowed, if *method == "GET" { "GET,HEAD" } else { method }, "{path}");
        assert_eq!(wrong.json()["error"]["code"], "badMessage", "{path}");
        if *method == "GET" {
            let head = home.ask("HEAD", &example, None, "").await;
            let get = home.get(&example).await;
            assert_eq!((head.status(), head.body()), (*expected, ""), "{path}");
            assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
            assert!(get.header("cache-control").is_some_and(|it| it.starts_with("no-")), "{path}: {get:?}");
        }
    }
}
