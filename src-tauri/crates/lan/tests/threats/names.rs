//! T2: names that are not this machine's, by which a page could make a browser believe that it is its own server
//! (DNS rebinding). Chromium does it for real in `ui/e2e`.

use serde_json::json;

use crate::ask::{Ask, HERE, exchange};
use crate::fixture::Fixture;
use crate::owner::{Owner, described, is_unreadable, to};

#[tokio::test]
async fn a_name_that_is_not_ours_opens_nothing_on_any_route_or_socket() {
    let fixture = Fixture::start().await;
    let (at, token, port) = (fixture.address(), fixture.owner_token(), fixture.address().port());
    let (routes, sockets) = described(at, &token).await;
    let foreign = [
        ("evil.test".to_owned(), 421),
        (format!("evil.test:{port}"), 421),
        (format!("127.0.0.1.evil.test:{port}"), 421),
        (format!("localhost.evil.test:{port}"), 421),
        (format!("localhost.:{port}"), 421),
        (format!("evil.test@127.0.0.1:{port}"), 421),
        ("203.0.113.9".to_owned(), 421),
        // Other ways of writing an address that browsers make 127.0.0.1 of before they send it.
        ("2130706433".to_owned(), 421),
        ("0x7f.1".to_owned(), 421),
        ("127.0.0.1:99999".to_owned(), 421),
        ("[::1".to_owned(), 421),
        (String::new(), 421),
    ];
    let all = routes.iter().map(|(method, path)| to(method, path));
    let all: Vec<Ask> = all.chain(sockets.iter().map(|path| Ask::get(path).upgrade())).collect();
    for ask in all {
        for (host, expected) in &foreign {
            let rebound = ask.clone().without_host().header("Host", host).bearer(&token);
            let rebound = rebound.header("Origin", format!("http://{host}"));
            let answer = rebound.send(at).await;
            assert_eq!(answer.status(), *expected, "{host:?}: {ask:?}: {answer:?}");
            assert!(is_unreadable(&answer), "{host:?}: {ask:?}: {answer:?}");
        }
        let twice = ask.clone().header("Host", format!("{at}")).header("Host", "evil.test").bearer(&token);
        assert_eq!(twice.send(at).await.status(), 400, "{ask:?}");
        let none = ask.clone().without_host().bearer(&token).send(at).await;
        assert_eq!(none.status(), 400, "{ask:?}: {none:?}");
    }
    let absolute = [
        (format!("GET http://evil.test/api/v1/snapshot HTTP/1.1\r\nHost: {at}\r\n"), 400),
        (format!("GET http://{at}/api/v1/snapshot HTTP/1.1\r\nHost: evil.test\r\n"), 400),
        ("GET http://evil.test/api/v1/snapshot HTTP/1.1\r\nHost: evil.test\r\n".to_owned(), 421),
        ("GET /api/v1/snapshot HTTP/1.0\r\n".to_owned(), 400),
        ("GET /api/v1/snapshot HTTP/1.0\r\nHost: evil.test\r\n".to_owned(), 421),
    ];
    for (head, expected) in absolute {
        let answer = exchange(HERE, at, format!("{head}Connection: close\r\n\r\n").as_bytes()).await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status(), expected, "{head}: {answer:?}");
    }
}

#[tokio::test]
async fn names_that_are_ours_or_were_added_are_let_in_and_then_loopback_proves_itself() {
    let fixture = Fixture::start().await;
    let (at, port) = (fixture.address(), fixture.address().port());
    let mut owner = Owner::of(at, &fixture.owner_token()).await;
    let name = fixture.station.handle().machine().name.clone();
    let ours = [
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        "127.0.0.53".to_owned(),
        "[::1]".to_owned(),
        name.clone(),
        name.to_uppercase(),
        format!("{name}.local"),
    ];
    let by = |host: &str| Ask::get("/api/v1/snapshot").header("Host", format!("{host}:{port}"));
    for host in &ours {
        let answer = by(host).send(at).await;
        assert_eq!(answer.status(), 200, "{host}: {answer:?}");
    }
    let sharing = owner.ask("sharing.read", serde_json::Value::Null).await;
    for network in sharing["networks"].as_array().expect("networks") {
        let address: std::net::IpAddr =
            network["address"].as_str().expect("text").parse().expect("an address");
        let host = if address.is_ipv6() { format!("[{address}]") } else { address.to_string() };
        assert_eq!(by(&host).send(at).await.status(), 200, "{host} is an address of this machine");
    }
    assert_eq!(by("nas.example.org").send(at).await.status(), 421);

    owner.ask("sharing.set", json!({"hostNames": ["nas.example.org"]})).await;
    for host in ours.iter().map(String::as_str).chain(["nas.example.org", "NAS.example.org"]) {
        // Whoever has a name may stand behind a proxy, whose address is this computer's.
        let answer = by(host).send(at).await;
        assert_eq!(answer.status(), 401, "{host}: {answer:?}");
        let (_, token) = owner.token("view", "kitchen").await;
        assert_eq!(by(host).bearer(&token).send(at).await.status(), 200, "{host}");
    }
    assert_eq!(by("nas.example.org.evil.test").send(at).await.status(), 421);
}

#[tokio::test]
async fn what_a_proxy_brings_is_not_this_computer() {
    let fixture = Fixture::start().await;
    let at = fixture.address();
    let (routes, sockets) = described(at, &fixture.owner_token()).await;
    let plain = Ask::get("/api/v1/snapshot").send(at).await;
    assert_eq!(plain.status(), 200, "without one it is: {plain:?}");
    for header in ["X-Forwarded-For", "Forwarded", "X-Forwarded-Host", "X-Real-IP", "Via"] {
        for value in ["127.0.0.1", "203.0.113.9", "for=127.0.0.1", ""] {
            for (method, path) in routes.iter().filter(|(method, path)| method == "GET" && path != "/health")
            {
                let answer = to(method, path).header(header, value).send(at).await;
                assert_eq!(answer.status(), 401, "{header}: {value} {path}: {answer:?}");
            }
        }
    }
    // A stranger may open the native stream, to prove who he is; the others cannot ask.
    for path in sockets.iter().filter(|path| *path != crate::owner::STREAM) {
        let answer = Ask::get(path).upgrade().header("X-Forwarded-For", "127.0.0.1").send(at).await;
        assert_eq!(answer.status(), 401, "{path}: {answer:?}");
    }
    let mut raw =
        crate::owner::stream(&Ask::get(crate::owner::STREAM).upgrade().header("Via", "1.1 proxy"), at).await;
    assert_eq!(raw.recv(|_| true).await["type"], "challenge");

    // A viewer that comes through one is no program of this computer: it hears of nobody, and tells nobody.
    let (_, token) = Owner::of(at, &fixture.owner_token()).await.token("view", "dashboard").await;
    let through = |ask: Ask| ask.bearer(&token).header("X-Forwarded-For", "203.0.113.9");
    let stats = through(Ask::get("/api/v1/ws/stats")).send(at).await;
    assert_eq!((stats.status(), &stats.json()["clients"]), (200, &json!([])));
    let alert = json!({"severity": "info", "title": "a", "message": "b"});
    let told = through(Ask::post("/api/ws/broadcast/alert", &alert)).send(at).await;
    assert_eq!(told.status(), 403, "{told:?}");
}
