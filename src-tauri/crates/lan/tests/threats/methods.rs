//! T4: which scope each method of the stream needs. Routes have such a table in `api/access.rs`.

#[path = "../tls/client.rs"]
pub(crate) mod client;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use self::client::{Trust, Viewer};
use crate::ask::{Ask, connect};
use crate::fixture::Fixture;
use crate::owner::{Owner, STREAM, stream};

/// What a method gives: to a viewer of `view`, of `processes` and of `control` on the network, and to the owner at
/// the machine. Empty: it is done; else the code of the error.
type Row = (&'static str, [&'static str; 4]);

const ALL: [&str; 4] = [""; 4];
const MAY: [&str; 4] = ["forbidden", "forbidden", "", ""];
/// The same about somebody who is not there.
const MAY_NOBODY: [&str; 4] = ["forbidden", "forbidden", "notFound", "notFound"];
const HERE_ONLY: [&str; 4] = ["forbidden", "forbidden", "forbidden", ""];

const METHODS: &[Row] = &[
    ("snapshot", ALL),
    ("series.list", ALL),
    ("history.query", ALL),
    ("summary.history", ALL),
    ("find", ALL),
    ("alerts.list", ALL),
    ("process.detail", ["forbidden", "", "", ""]),
    ("sharing.read", MAY),
    ("sharing.log", MAY),
    ("sharing.set", HERE_ONLY),
    ("sharing.network", ["forbidden", "forbidden", "forbidden", "notFound"]),
    ("pairing.invite", MAY),
    ("pairing.cancel", MAY),
    ("pairing.answer", MAY_NOBODY),
    ("viewers.list", MAY),
    ("viewers.change", MAY_NOBODY),
    ("viewers.revoke", MAY_NOBODY),
    ("viewers.add", HERE_ONLY),
];

fn params(method: &str) -> Value {
    match method {
        "history.query" => json!({"series": [], "fromMs": 0, "toMs": 1, "maxPoints": 1}),
        "summary.history" => json!({"fromMs": 0, "toMs": 1, "maxPoints": 1}),
        "find" => json!({"query": "cpu>50", "limit": 1}),
        "process.detail" => json!({"pid": 1, "startedAtMs": 1}),
        "sharing.set" => json!({}),
        "sharing.network" => json!({"id": "eth9 192.0.2.0/24 -", "allow": true}),
        "pairing.invite" => json!({"scope": "view"}),
        "pairing.answer" => json!({"id": "nobody", "allow": true}),
        "viewers.change" | "viewers.revoke" => json!({"id": "nobody"}),
        "viewers.add" => json!({"name": "kitchen", "scope": "view"}),
        _ => Value::Null,
    }
}

fn code(answer: &Value) -> String {
    answer["error"]["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn every_method_gives_every_caller_what_is_his() {
    let fixture = Fixture::start().await;
    let mut owner = Owner::of(fixture.address(), &fixture.owner_token()).await;
    let tokens = [
        owner.token("view", "a").await.1,
        owner.token("processes", "b").await.1,
        owner.token("control", "c").await.1,
    ];
    for (method, expected) in METHODS {
        let given = owner.try_ask(method, params(method)).await;
        let given = given.err().map_or(Value::Null, |err| err["code"].clone());
        assert_eq!(given.as_str().unwrap_or_default(), expected[3], "{method} by the owner");
    }
    let Some(outside) = owner.open_to_network("selfSigned").await else { return };
    let trust = Trust::of(&fixture.station.handle().data_dir().join("certificate.pem"));
    for (at, token) in tokens.iter().enumerate() {
        let link = trust.connect(outside).await.expect("an encrypted link");
        let mut request = format!("ws://{outside}{STREAM}").into_client_request().expect("a request");
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().expect("a header"));
        let mut viewer = Viewer::asking(request, link).await;
        for (id, (method, expected)) in METHODS.iter().enumerate() {
            viewer
                .send_json(json!({"type": "request", "id": id, "method": method, "params": params(method)}))
                .await;
            let answer = viewer.recv(|it| it["type"] == "response" && it["id"] == id).await;
            assert_eq!(code(&answer), expected[at], "{method} by caller {at}: {answer}");
        }
    }
    // Whoever proved nothing is asked for a proof, and has no method at all.
    for (method, _) in METHODS {
        let link = connect(outside.ip(), outside).await.expect("a connection");
        drop(link);
        let mut raw = stream(&Ask::get(STREAM).upgrade().from(outside.ip()), outside).await;
        assert_eq!(raw.recv(|_| true).await["type"], "challenge");
        raw.send_json(&json!({"type": "request", "id": 1, "method": method, "params": params(method)})).await;
        let answer = raw.recv(|_| true).await;
        assert_eq!(answer, json!({"type": "goodbye", "reason": "unauthorized"}), "{method}");
    }
}

#[tokio::test]
async fn every_method_there_is_has_a_row_here() {
    let fixture = Fixture::start().await;
    let mut owner = Owner::of(fixture.address(), &fixture.owner_token()).await;
    let mut known = BTreeSet::new();
    for unknown in ["nothing", "sharing.nothing"] {
        let error = owner.try_ask(unknown, Value::Null).await.expect_err("there is none");
        let sentence = error["message"].as_str().expect("a sentence").to_owned();
        let (_, list) = sentence.split_once("there are ").expect("those that there are");
        known.extend(list.split(", ").map(str::to_owned));
    }
    let rows: BTreeSet<_> = METHODS.iter().map(|(method, _)| (*method).to_owned()).collect();
    assert_eq!(rows, known);
}
