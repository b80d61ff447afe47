//! What costs much CPU time: whoever asks for it is served at the pace of its budget, and nobody else notices.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use station::cpu_budget::{Account, Payer};
use station::{Loopback, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_util::sync::CancellationToken;
use wire::Scope;
use wire::limits::{CPU_WAIT_HTTP, FIND_CHARS, FINDINGS, QUERY_POINTS, QUERY_SERIES};
use wire::sharing::TokenParams;

use crate::http::{ask, get, status};
use crate::stream::{Client, frame};
use crate::{DEADLINE, Fixture};

/// An address of this computer that strangers come from.
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 7));
/// Sessions and connections of one that floods.
const AT_ONCE: usize = 4;

/// A fixture in which no address has access by itself.
async fn fixture() -> Fixture {
    let fixture = Fixture::start().await;
    let handle = fixture.station.handle();
    handle.set_settings(Settings { loopback: Loopback::Off, ..handle.settings() }).expect("kept");
    fixture
}

/// A viewer's token, and what it owes.
fn viewer(fixture: &Fixture, name: &str) -> (String, Account) {
    let params = TokenParams { name: name.to_owned(), scope: Scope::Processes, arguments: false };
    let token = fixture.server.make_token(&params).expect("a token");
    let (id, _) = token.split_once('.').expect("an id and a secret");
    let payer = Payer::Token(id.into());
    (token.clone(), Account::new(fixture.station.handle().cpu_budgets(), Some(payer)))
}

async fn connect(at: SocketAddr, token: &str) -> Client {
    let mut request = format!("ws://{at}/api/v1/stream").into_client_request().expect("a request");
    let bearer = HeaderValue::from_str(&format!("Bearer {token}")).expect("a header");
    request.headers_mut().insert("authorization", bearer);
    let mut client = Client(connect_async(request).await.expect("an open stream").0);
    client.recv_type("connected").await;
    client
}

/// Uses up the budget of `account`, and as much more as takes `wait` to flow in.
async fn use_up(account: &Account, wait: Duration) {
    let spends = std::future::poll_fn(|context| {
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(1) {}
        context.waker().wake_by_ref();
        if account.wait() < wait { Poll::Pending } else { Poll::Ready(()) }
    });
    account.charge(spends).await;
}

/// Takes frames one after the other until `over`, and none may be missing.
async fn every_tick(mut client: Client, over: CancellationToken) {
    client.send_json(json!({"type": "subscribe", "channels": ["overview"]})).await;
    let mut seq = client.recv(frame("overview")).await["seq"].as_u64();
    while !over.is_cancelled() {
        let next = client.recv(frame("overview")).await["seq"].as_u64();
        assert_eq!(next, seq.map(|seq| seq + 1), "a tick was missed");
        seq = next;
    }
}

async fn answer(at: SocketAddr, path: &str, token: &str) -> String {
    ask(at, &get(path, &format!("Host: {at}\r\nAuthorization: Bearer {token}\r\n"))).await
}

#[tokio::test]
async fn who_has_used_up_its_cpu_time_is_served_later_in_all_its_sessions_and_nobody_else_is() {
    const OWES: Duration = Duration::from_millis(800);
    let fixture = fixture().await;
    let at = fixture.address();
    let ((spent, account), (fresh, other)) = (viewer(&fixture, "spent"), viewer(&fixture, "fresh"));
    let (mut first, mut second) = (connect(at, &spent).await, connect(at, &spent).await);
    let mut another = connect(at, &fresh).await;

    for client in [&mut first, &mut second] {
        use_up(&account, OWES).await;
        let (asked, owed) = (Instant::now(), account.wait());
        client.send_json(json!({"type": "ping", "id": 1})).await;
        client.recv_type("pong").await;
        assert!(asked.elapsed() >= owed, "{:?} of {owed:?}", asked.elapsed());
    }
    use_up(&account, OWES).await;
    let (asked, owed) = (Instant::now(), account.wait());
    assert_eq!(status(&answer(at, "/api/v1/snapshot", &spent).await), 200);
    assert!(asked.elapsed() >= owed, "{:?} of {owed:?}", asked.elapsed());

    // However much it owes, it is answered after a time that is bounded.
    use_up(&account, CPU_WAIT_HTTP * 2).await;
    assert_eq!(status(&answer(at, "/api/v1/snapshot", &spent).await), 200);
    assert!(!account.wait().is_zero(), "it did not wait for all of it");

    another.send_json(json!({"type": "ping", "id": 1})).await;
    another.recv_type("pong").await;
    assert_eq!(status(&answer(at, "/api/v1/snapshot", &fixture.owner_token()).await), 200);
    assert_eq!(other.wait(), Duration::ZERO, "it pays for nobody else");
}

/// All series as often as a query may name any, over all time.
fn largest(series: &[Value]) -> Value {
    let series: Vec<&Value> = series.iter().cycle().take(QUERY_SERIES).collect();
    json!({"series": series, "fromMs": 0, "toMs": 1u64 << 52, "maxPoints": QUERY_POINTS})
}

/// The costliest query: patterns that are looked for everywhere in every command line, and are nowhere.
fn costliest() -> Value {
    let compared = "command~\"(\\w[a-z ]{0,50}[0-9 ]{0,50}){1,2}\u{e000}\"";
    let terms = FIND_CHARS / (compared.len() + " or ".len());
    json!({"query": vec![compared; terms].join(" or "), "limit": FINDINGS})
}

/// Asks `requests` one after the other, again and again, until whoever pays owes something.
async fn flood(mut client: Client, account: &Account, requests: &[(&str, Value)]) {
    for id in 1.. {
        let (method, params) = &requests[id as usize % requests.len()];
        let answer = client.request(id, method, params.clone()).await;
        assert!(answer["result"].is_object(), "{answer}");
        if !account.wait().is_zero() {
            return;
        }
    }
}

#[tokio::test]
async fn a_flood_of_costly_requests_is_charged_and_others_miss_no_tick() {
    let fixture = fixture().await;
    let at = fixture.address();
    let ((costly, account), (watches, other)) = (viewer(&fixture, "costly"), viewer(&fixture, "watches"));
    let over = CancellationToken::new();
    let watching = every_tick(connect(at, &watches).await, over.clone());
    let floods = async {
        let mut first = connect(at, &costly).await;
        let list = first.request(1, "series.list", Value::Null).await;
        let series: Vec<Value> =
            list["result"].as_array().expect("series").iter().map(|it| it["id"].clone()).collect();
        // What it has saved up is gone, and it owes nothing: now whatever it asks has to be paid for.
        use_up(&account, Duration::from_millis(1)).await;
        tokio::time::sleep(account.wait()).await;
        let requests = [("history.query", largest(&series)), ("find", costliest())];
        let sessions =
            (0..AT_ONCE).map(async |_| flood(connect(at, &costly).await, &account, &requests).await);
        tokio::time::timeout(DEADLINE, join_all(sessions)).await.expect("it is charged for what it asks");
        over.cancel();
    };
    tokio::join!(watching, floods);
    assert_eq!(other.wait(), Duration::ZERO, "nobody else pays for it");
}

#[tokio::test]
async fn strangers_are_charged_by_their_host_and_wait_and_others_miss_no_tick() {
    let fixture = fixture().await;
    let at = fixture.address();
    let budgets = fixture.station.handle().cpu_budgets().clone();
    let of = |address| Account::new(&budgets, Payer::of(None, Some(address)));
    let (stranger, here) = (of(ELSEWHERE), of(at.ip()));
    let (watches, _) = viewer(&fixture, "watches");
    let over = CancellationToken::new();
    let watching = every_tick(connect(at, &watches).await, over.clone());
    // It owes more than a request waits for: what these cost comes on top.
    use_up(&stranger, CPU_WAIT_HTTP + Duration::from_secs(1)).await;
    let (asked, owed) = (Instant::now(), stranger.wait());
    let asks = async || {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((ELSEWHERE, 0).into()).expect("an address of this computer");
        let mut socket = socket.connect(at).await.expect("a connection");
        let request = format!(
            "GET /docs.css HTTP/1.1\r\nHost: {at}\r\nAccept-Encoding: br\r\nConnection: close\r\n\r\n"
        );
        socket.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.expect("an answer");
        assert!(answer.starts_with(b"HTTP/1.1 200"));
    };
    let floods = async {
        let connections = (0..AT_ONCE).map(|_| asks());
        tokio::time::timeout(DEADLINE, join_all(connections)).await.expect("they are answered");
        over.cancel();
    };
    tokio::join!(watching, floods);
    assert!(asked.elapsed() >= CPU_WAIT_HTTP, "they waited");
    let charged = stranger.wait() + asked.elapsed() - owed;
    assert!(charged > Duration::from_millis(1), "{charged:?}");
    assert_eq!(here.wait(), Duration::ZERO, "no other host pays for it");
}
