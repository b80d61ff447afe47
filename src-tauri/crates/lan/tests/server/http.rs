//! Plain HTTP, byte by byte, so that headers no client library would send can be tried.

use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use lan::{Server, ServerConfig};
use station::{Loopback, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{DEADLINE, Fixture};

/// Sends `request` as it is, with `Connection: close`, and reads the whole answer.
pub(crate) async fn ask(address: SocketAddr, request: &str) -> String {
    let exchange = async {
        let mut socket = TcpStream::connect(address).await?;
        socket.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
    };
    tokio::time::timeout(DEADLINE, exchange).await.expect("an answer in time").expect("an answer")
}

pub(crate) fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = answer.split("\r\n\r\n").next()?.lines().skip(1);
    lines.find_map(|line| {
        line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| v)
    })
}

pub(crate) fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n")
}

#[tokio::test]
async fn foreign_hosts_and_origins_get_nothing_on_any_route() {
    let fixture = Fixture::start().await;
    let (address, port) = (fixture.address(), fixture.address().port());
    let own = format!("127.0.0.1:{port}");
    let cases = [
        (format!("Host: {own}\r\n"), 200),
        (format!("Host: localhost:{port}\r\n"), 200),
        ("Host: LOCALHOST\r\n".to_owned(), 200),
        (format!("Host: [::1]:{port}\r\n"), 200),
        (format!("Host: {own}\r\nOrigin: http://{own}\r\n"), 200),
        ("Host: evil.test\r\n".to_owned(), 421),
        (format!("Host: evil.test:{port}\r\n"), 421),
        (format!("Host: 127.0.0.1.evil.test:{port}\r\n"), 421),
        ("Host: 203.0.113.9\r\n".to_owned(), 421),
        ("Host: \r\n".to_owned(), 421),
        (String::new(), 400),
        (format!("Host: {own}\r\nHost: evil.test\r\n"), 400),
        (format!("Host: {own}\r\nOrigin: http://evil.test\r\n"), 403),
        (format!("Host: {own}\r\nOrigin: null\r\n"), 403),
        (format!("Host: {own}\r\nOrigin: http://{own}.evil.test\r\n"), 403),
        (format!("Host: {own}\r\nOrigin: https://{own}\r\n"), 403),
    ];
    for path in ["/health", "/api/v1/snapshot", "/"] {
        for (headers, expected) in &cases {
            let answer = ask(address, &get(path, headers)).await;
            assert_eq!(status(&answer), *expected, "{path} with {headers:?}: {answer}");
            assert_eq!(
                answer.contains("cpu.busy"),
                *expected == 200 && path.ends_with("snapshot"),
                "{answer}"
            );
        }
    }
    let absolute =
        format!("GET http://evil.test/health HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\n\r\n");
    assert_eq!(status(&ask(address, &absolute).await), 400);
    let old = "GET /health HTTP/1.0\r\n\r\n";
    assert_eq!(status(&ask(address, old).await), 400);
}

#[tokio::test]
async fn the_snapshot_holds_this_machine_and_health_holds_nothing() {
    let fixture = Fixture::start().await;
    let own = format!("Host: {}\r\n", fixture.address());
    let answer = ask(fixture.address(), &get("/api/v1/snapshot", &own)).await;
    let body = answer.split("\r\n\r\n").nth(1).expect("a body");
    let snapshot: wire::message::SnapshotBody = serde_json::from_str(body).expect("a snapshot");
    assert_eq!(snapshot.machine.id, fixture.station.handle().machine().id);
    assert_eq!(snapshot.overview.series.len(), snapshot.overview.values.len());
    assert!(snapshot.overview.series.iter().any(|series| series.id == "memory.used"));
    let summary = snapshot.summary.expect("who polls computes nothing");
    assert!(summary.memory_ratio.is_some_and(|ratio| ratio > 0.0), "{summary:?}");
    let health = ask(fixture.address(), &get("/health", &own)).await;
    assert!(health.ends_with(r#"{"status":"ok"}"#), "{health}");
}

#[tokio::test]
async fn the_page_comes_with_its_policy_and_only_once() {
    let fixture = Fixture::start().await;
    let own = format!("Host: {}\r\n", fixture.address());
    let page = ask(fixture.address(), &get("/", &own)).await;
    assert_eq!(status(&page), 200);
    assert_eq!(header(&page, "content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(header(&page, "x-content-type-options"), Some("nosniff"));
    assert_eq!(header(&page, "referrer-policy"), Some("no-referrer"));
    let policy = header(&page, "content-security-policy").expect("a policy");
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let etag = header(&page, "etag").expect("an ETag");
    let again = ask(fixture.address(), &get("/", &format!("{own}If-None-Match: {etag}\r\n"))).await;
    assert_eq!(status(&again), 304);
}

/// Sends a request, and reads the head and the bytes of the answer.
async fn ask_bytes(address: SocketAddr, request: &str) -> (String, Vec<u8>) {
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    let read = tokio::time::timeout(DEADLINE, socket.read_to_end(&mut answer)).await;
    read.expect("an answer in time").expect("an answer");
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n").expect("a head") + 4;
    (String::from_utf8_lossy(&answer[..end]).into_owned(), answer.split_off(end))
}

#[tokio::test]
async fn a_file_of_the_page_comes_in_the_coding_that_is_wanted_with_an_etag_of_its_own() {
    let fixture = Fixture::start().await;
    let (at, own) = (fixture.address(), format!("Host: {}\r\n", fixture.address()));
    let (head, whole) = ask_bytes(at, &get("/docs.css", &own)).await;
    assert_eq!((header(&head, "content-encoding"), header(&head, "vary")), (None, Some("accept-encoding")));
    let mut etags = vec![header(&head, "etag").expect("an ETag").to_owned()];
    for (accepted, coding) in [("gzip, deflate", "gzip"), ("gzip, br", "br"), ("identity;q=0, *", "br")] {
        let asked = format!("{own}Accept-Encoding: {accepted}\r\n");
        let (head, body) = ask_bytes(at, &get("/docs.css", &asked)).await;
        assert_eq!(header(&head, "content-encoding"), Some(coding), "{accepted}: {head}");
        assert_eq!(header(&head, "vary"), Some("accept-encoding"));
        assert_eq!(header(&head, "content-length"), Some(body.len().to_string().as_str()));
        let mut read = Vec::new();
        match coding {
            "gzip" => flate2::read::GzDecoder::new(&*body).read_to_end(&mut read).expect("gzip"),
            _ => brotli::Decompressor::new(&*body, 4096).read_to_end(&mut read).expect("brotli"),
        };
        assert!(read == whole && body.len() < whole.len(), "{accepted}");
        let etag = header(&head, "etag").expect("an ETag").to_owned();
        for known in [etag.clone(), format!("\"x\", W/{etag}"), "*".to_owned()] {
            let again = get("/docs.css", &format!("{asked}If-None-Match: {known}\r\n"));
            let (head, body) = ask_bytes(at, &again).await;
            assert_eq!((status(&head), body.len()), (304, 0), "{accepted} {known}: {head}");
            assert_eq!(header(&head, "etag"), Some(etag.as_str()));
        }
        let (other, _) =
            ask_bytes(at, &get("/docs.css", &format!("{asked}If-None-Match: {}\r\n", etags[0]))).await;
        assert_eq!(status(&other), 200, "an ETag of other bytes is not this one: {other}");
        let bare = get("/docs.css", &asked).replacen("GET", "HEAD", 1);
        let (head, body) = ask_bytes(at, &bare).await;
        assert_eq!((header(&head, "etag"), body.len()), (Some(etag.as_str()), 0));
        etags.push(etag);
    }
    etags.sort();
    etags.dedup();
    assert_eq!(etags.len(), 3, "each coding has an ETag of its own");
}

#[tokio::test]
async fn nothing_is_compressed_for_strangers_and_nothing_short_for_anybody() {
    let fixture = Fixture::start().await;
    let (at, own) = (fixture.address(), format!("Host: {}\r\nAccept-Encoding: gzip\r\n", fixture.address()));
    let coded = async |path: &str, headers: &str| {
        let (head, _) = ask_bytes(at, &get(path, headers)).await;
        header(&head, "content-encoding").map(str::to_owned)
    };
    assert_eq!(coded("/api/v1/snapshot", &own).await.as_deref(), Some("gzip"), "it is long");
    assert_eq!(coded("/health", &own).await, None, "it is short");
    let handle = fixture.station.handle();
    handle.set_settings(Settings { loopback: Loopback::Off, ..handle.settings() }).expect("kept");
    for path in ["/health", "/api/v1/snapshot", "/api/openapi.json", "/api/docs", "/nothing"] {
        assert_eq!(coded(path, &own).await, None, "{path}");
    }
    let bearer = format!("{own}Authorization: Bearer {}\r\n", fixture.owner_token());
    assert_eq!(coded("/api/v1/snapshot", &bearer).await.as_deref(), Some("gzip"));
}

#[tokio::test]
async fn what_is_not_there_is_said_in_json() {
    let fixture = Fixture::start().await;
    let own = format!("Host: {}\r\n", fixture.address());
    for path in [
        "/nothing",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%2f..%2fCargo.toml",
        "/api/v1/",
    ] {
        let answer = ask(fixture.address(), &get(path, &own)).await;
        assert_eq!(status(&answer), 404, "{path}: {answer}");
        assert!(answer.contains(r#""code":"notFound""#), "{path}: {answer}");
    }
    let stream = ask(fixture.address(), &get("/api/v1/stream", &own)).await;
    assert_eq!(status(&stream), 426);
    assert_eq!(header(&stream, "upgrade"), Some("websocket"));
    let post = format!(
        "POST /health HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 0\r\n{own}\r\n"
    );
    assert_eq!(status(&ask(fixture.address(), &post).await), 405);
}

#[tokio::test]
async fn a_taken_port_names_its_holder_and_another_one() {
    let fixture = Fixture::start().await;
    let config = ServerConfig { port: Some(fixture.address().port()), ..ServerConfig::default() };
    let error = Server::bind(fixture.station.handle(), &config).await.expect_err("the port is taken");
    let text = error.to_string();
    assert!(text.contains(&format!("--port {}", fixture.address().port() + 1)), "{text}");
    if cfg!(target_os = "linux") {
        assert!(text.contains(&format!("(pid {})", std::process::id())), "{text}");
    }
}

#[tokio::test]
async fn an_address_of_another_machine_is_named() {
    let fixture = Fixture::start().await;
    // TEST-NET-1: an address that is nobody's.
    let listen = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 177)));
    let config = ServerConfig { listen, port: Some(0), ..ServerConfig::default() };
    let error = Server::bind(fixture.station.handle(), &config).await.expect_err("not ours");
    assert!(error.to_string().starts_with("192.0.2.177 is not an address of this machine"), "{error}");
}
