//! Plain HTTP as programs meet it: who gets what, what is answered, and that the description tells all of it.

#[path = "../house/mod.rs"]
mod house;

mod access;
mod answers;

use std::net::SocketAddr;

use house::{House, PATIENCE};
use lan::{Door, DoorConfig, Secret, Tokens};
use serde_json::Value;
use station::{Loopback, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::Scope;

/// A house with tokens to it.
pub(crate) struct Home {
    house: House,
    door: Door,
    pub(crate) view: String,
    pub(crate) processes: String,
    pub(crate) owner: String,
}

impl Home {
    pub(crate) async fn open() -> Self {
        let house = House::open().await;
        let tokens = Tokens::default();
        let token = |id: &str, scope| {
            let secret = Secret::random().expect("randomness");
            tokens.insert(id, secret.clone(), scope);
            format!("{id}.{}", secret.to_hex())
        };
        let (view, processes) = (token("kitchen", Scope::View), token("study", Scope::Processes));
        let config = DoorConfig { port: 0, tokens: tokens.clone(), ..DoorConfig::default() };
        let station = house.station.handle();
        let door = Door::open(station.clone(), &config).await.expect("an open door");
        let owner =
            std::fs::read_to_string(station.data_dir().join("owner.token")).expect("the owner's token");
        Self { house, door, view, processes, owner: owner.trim().to_owned() }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.door.addresses()[0]
    }

    pub(crate) fn machine_id(&self) -> String {
        self.house.station.handle().machine().id.clone()
    }

    /// From now on programs on this computer get this much without a token.
    pub(crate) fn give_loopback(&self, loopback: Loopback) {
        let station = self.house.station.handle();
        station.set_settings(Settings { loopback, ..station.settings() }).expect("written settings");
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
        tokio::time::timeout(PATIENCE, exchange).await.expect("an answer in time").expect("an answer")
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
