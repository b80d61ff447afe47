//! The owner of a machine, on the stream of that machine; and viewers whom the owner pairs.

#![allow(dead_code, reason = "no suite needs all of it")]

use std::net::{IpAddr, SocketAddr};

use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::ask::{Answer, Ask, connect};
use crate::raw::Raw;

/// The path of the stream.
pub(crate) const STREAM: &str = "/api/v1/stream";

/// The owner, connected.
#[derive(Debug)]
pub(crate) struct Owner {
    raw: Raw,
    asked: u64,
    at: SocketAddr,
}

impl Owner {
    pub(crate) async fn of(at: SocketAddr, token: &str) -> Self {
        let mut raw = stream(&Ask::get(STREAM).upgrade().bearer(token), at).await;
        assert_eq!(raw.recv_type("connected").await["scope"], "control");
        Self { raw, asked: 0, at }
    }

    /// The result of a method, or its error.
    pub(crate) async fn try_ask(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        request(&mut self.raw, &mut self.asked, method, params).await
    }

    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> Value {
        let answer = self.try_ask(method, params).await;
        answer.unwrap_or_else(|err| panic!("{method}: {err}"))
    }

    /// Asks for a change that may end this session before it is answered.
    pub(crate) async fn tell(&mut self, method: &str, params: Value) {
        self.asked += 1;
        let request = json!({"type": "request", "id": self.asked, "method": method, "params": params});
        self.raw.send_json(&request).await;
    }

    /// Digits by which a device can pair for `scope`.
    pub(crate) async fn invite(&mut self, scope: &str) -> String {
        let sharing = self.ask("pairing.invite", json!({ "scope": scope })).await;
        sharing["invitation"]["digits"].as_str().expect("digits").to_owned()
    }

    /// Pairs a browser at `from`: its cookie.
    pub(crate) async fn pair(&mut self, scope: &str, name: &str, from: IpAddr) -> String {
        let digits = self.invite(scope).await;
        let asks = json!({"with": "digits", "digits": digits, "name": name});
        let waiting = Ask::post("/api/v1/pair", &asks).from(from).send(self.at).await;
        assert_eq!(waiting.status(), 202, "{waiting:?}");
        let requests = self.ask("sharing.read", Value::Null).await["requests"].clone();
        let id = requests[0]["id"].clone();
        self.ask("pairing.answer", json!({"id": id, "allow": true})).await;
        let request = waiting.json()["request"].clone();
        let follows = json!({"with": "request", "request": request});
        let paired = Ask::post("/api/v1/pair", &follows).from(from).send(self.at).await;
        assert_eq!(paired.status(), 200, "{paired:?}");
        paired.cookie()
    }

    /// A token for a program: its id, and all of it.
    pub(crate) async fn token(&mut self, scope: &str, name: &str) -> (String, String) {
        self.token_of(json!({"name": name, "scope": scope})).await
    }

    /// The same for who is shown the arguments of command lines.
    pub(crate) async fn token_with_arguments(&mut self, scope: &str, name: &str) -> (String, String) {
        self.token_of(json!({"name": name, "scope": scope, "arguments": true})).await
    }

    async fn token_of(&mut self, params: Value) -> (String, String) {
        let made = self.ask("viewers.add", params).await;
        let token = made["token"].as_str().expect("a token").to_owned();
        let (id, _) = token.split_once('.').expect("an id and a secret");
        (id.to_owned(), token.clone())
    }

    /// Ids of those who are paired, oldest first.
    pub(crate) async fn viewers(&mut self) -> Vec<String> {
        let list = self.ask("viewers.list", Value::Null).await;
        let ids =
            list.as_array().expect("a list").iter().map(|it| it["id"].as_str().expect("an id").to_owned());
        ids.collect()
    }

    pub(crate) async fn revoke(&mut self, id: &str) {
        self.ask("viewers.revoke", json!({ "id": id })).await;
    }

    /// Shares on the network this machine is on, with `encryption`: where it is open. `None` where the
    /// machine is on no network, and then the test is skipped.
    pub(crate) async fn open_to_network(&mut self, encryption: &str) -> Option<SocketAddr> {
        let sharing = self.ask("sharing.read", Value::Null).await;
        let networks = sharing["networks"].as_array().expect("networks");
        let Some(network) =
            networks.iter().find(|it| it["address"].as_str().is_some_and(|it| it.contains('.')))
        else {
            testing::skip("a network with IPv4");
            return None;
        };
        let interfaces = json!([network["interface"]]);
        let change = json!({"reach": "lan", "interfaces": interfaces, "encryption": {"mode": encryption}});
        let sharing = self.ask("sharing.set", change).await;
        let address: IpAddr = network["address"].as_str()?.parse().expect("an address");
        let port = self.at.port();
        let open = SocketAddr::new(address, port).to_string();
        let listening = sharing["listening"].as_array().expect("a list");
        assert!(listening.contains(&json!(open)), "{sharing}");
        Some(SocketAddr::new(address, port))
    }
}

/// Asks on any open stream.
pub(crate) async fn request(
    raw: &mut Raw,
    asked: &mut u64,
    method: &str,
    params: Value,
) -> Result<Value, Value> {
    *asked += 1;
    let id = *asked;
    raw.send_json(&json!({"type": "request", "id": id, "method": method, "params": params})).await;
    let answer = raw.recv(|message| message["type"] == "response" && message["id"] == id).await;
    match answer.get("error") {
        Some(error) if !error.is_null() => Err(error.clone()),
        _ => Ok(answer["result"].clone()),
    }
}

/// Opens a WebSocket, which has to be given.
pub(crate) async fn stream(ask: &Ask, at: SocketAddr) -> Raw {
    let link: TcpStream = connect(ask.source(), at).await.expect("a connection");
    let (answer, raw) = Raw::ask(link, &ask.bytes(at)).await.expect("an answer");
    assert_eq!(answer.status(), 101, "{ask:?}: {answer:?}");
    raw
}

/// The address to ask for, where `path` has parts to fill in or needs parameters.
pub(crate) fn example(path: &str, machine_id: &str) -> String {
    let filled = path.replace("{uuid}", machine_id).replace("{metric}", "cpu");
    if path == "/api/v1/history" { filled + "?series=cpu.busy" } else { filled }
}

/// What the description of the interface names: methods and paths, and the paths of WebSockets, as they are asked
/// for.
pub(crate) async fn described(at: SocketAddr, token: &str) -> (Vec<(String, String)>, Vec<String>) {
    let document = Ask::get("/api/openapi.json").bearer(token).send(at).await.json();
    let devices = Ask::get("/api/v1/devices").bearer(token).send(at).await.json();
    let machine_id = devices["devices"][0]["uuid"].as_str().expect("an id").to_owned();
    let mut routes = Vec::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for method in operations.as_object().expect("operations").keys() {
            routes.push((method.to_uppercase(), example(path, &machine_id)));
        }
    }
    let sockets = document["x-websockets"].as_array().expect("sockets").iter();
    let sockets: Vec<_> =
        sockets.map(|it| example(it["path"].as_str().expect("a path"), &machine_id)).collect();
    assert!(routes.len() > 10 && sockets.len() >= 6, "{routes:?} {sockets:?}");
    (routes, sockets)
}

/// What `route` gets that has to be asked with a body.
pub(crate) fn to(method: &str, path: &str) -> Ask {
    if method == "POST" { Ask::post(path, &json!({})) } else { Ask::new(method, path) }
}

/// Nobody's page may read it, whatever it says.
pub(crate) fn is_unreadable(answer: &Answer) -> bool {
    !answer.head().to_ascii_lowercase().contains("access-control-")
}
