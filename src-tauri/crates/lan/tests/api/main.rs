//! The HTTP API from outside: what each scope gets, the answers, and that the OpenAPI document describes all of it.

#[path = "../fixture/mod.rs"]
mod fixture;

mod access;
mod answers;

use std::net::SocketAddr;

use fixture::{DEADLINE, Fixture};
use serde_json::Value;
use station::{Loopback, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::Scope;
use wire::sharing::TokenParams;

/// A fixture with tokens for it.
pub(crate) struct Home {
    fixture: Fixture,
    pub(crate) view: String,
    pub(crate) processes: String,
    pub(crate) owner: String,
}

impl Home {
    pub(crate) async fn open() -> Self {
        let fixture = Fixture::start().await;
        let token = |name: &str, scope| {
            let params = TokenParams { name: name.to_owned(), scope, arguments: false };
            fixture.server.make_token(&params).expect("a token")
        };
        let (view, processes) = (token("kitchen", Scope::View), token("study", Scope::Processes));
        let station = fixture.station.handle();
        let owner =
            std::fs::read_to_string(station.data_dir().join("owner.token")).expect("the owner's token");
        Self { fixture, view, processes, owner: owner.trim().to_owned() }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.fixture.server.addresses()[0]
    }

    pub(crate) fn machine_id(&self) -> String {
        self.fixture.station.handle().machine().id.clone()
    }

    /// From now on programs on this computer get this much without a token.
    pub(crate) fn give_loopback(&self, loopback: Loopback) {
        let station = self.fixture.station.handle();
        station.set_settings(Settings { loopback, ..station.settings() }).expect("written settings");
    }

    /// A token of `view` whose access was revoked.
    pub(crate) async fn view_taken_back(&self) -> String {
        let params = TokenParams { name: "gone".to_owned(), scope: Scope::View, arguments: false };
        let token = self.fixture.server.make_token(&params).expect("a token");
        let gone = self.ask("DELETE", "/api/v1/session", Some(&token), "").await;
        assert_eq!(gone.status(), 204, "{gone:?}");
        token
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None, "").await
    }

    /// Asks with a token, or without; a body goes as JSON.
    pub(crate) async fn ask(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> Answer {
        let address = self.address();
        let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{token}\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        let exchange = async {
            let mut socket = TcpStream::connect(address).await?;
            socket.write_all(request.as_bytes()).await?;
            let mut answer = Vec::new();
            socket.read_to_end(&mut answer).await?;
            Ok::<_, std::io::Error>(Answer(String::from_utf8_lossy(&answer).into_owned()))
        };
        tokio::time::timeout(DEADLINE, exchange).await.expect("an answer in time").expect("an answer")
    }
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer(String);

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.0.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.0.split("\r\n\r\n").next()?.lines().skip(1);
        lines.find_map(|line| {
            line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        })
    }

    pub(crate) fn body(&self) -> &str {
        self.0.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.body()).unwrap_or_else(|err| panic!("{err}: {}", self.0))
    }
}
