//! A real machine, and the viewers that its owner pairs.

use client::address::Address;
use client::control::{Control, RequestError};
use client::secrets::{Known, Token};
use serde_json::{Value, json};
use station::{Loopback, Settings};
use wire::Method;
use wire::proof::Secret;
use wire::sharing::{Encryption, Sharing};

use crate::Fixture;

/// A machine that knows nobody by where they come from.
pub(crate) struct Owned {
    pub(crate) fixture: Fixture,
    control: Control,
}

impl Owned {
    pub(crate) async fn open() -> Self {
        let fixture = Fixture::start().await;
        let station = fixture.station.handle();
        let settings = Settings { loopback: Loopback::Off, ..station.settings() };
        station.set_settings(settings).expect("kept");
        let control = Control::connect(Some(fixture.address().port()), station.data_dir()).await;
        Self { control: control.expect("its owner's session"), fixture }
    }

    /// The same, with links that can be encrypted by a key made there.
    pub(crate) async fn encrypted() -> Self {
        let owned = Self::open().await;
        owned.fixture.server.tls().set(&Encryption::SelfSigned).expect("a certificate");
        owned
    }

    pub(crate) fn address(&self) -> Address {
        self.fixture.address().to_string().parse().expect("an address")
    }

    pub(crate) fn machine_id(&self) -> String {
        self.fixture.station.handle().machine().id.clone()
    }

    /// A program that has access.
    pub(crate) async fn lets_in(&mut self) -> Known {
        let params = json!({"name": "Laptop", "scope": "processes"});
        let made: Value = self.control.request(Method::ViewersAdd, &params).await.expect("a token");
        let (id, secret) = made["token"].as_str().and_then(|text| text.split_once('.')).expect("a token");
        let secret = Secret::from_hex(secret).expect("a secret");
        let token = Token { id: id.to_owned(), secret, pin: None };
        Known { machine_id: self.machine_id(), token }
    }

    /// Changes a viewer.
    pub(crate) async fn changes(&mut self, change: &Value) -> Result<Sharing, RequestError> {
        self.control.request(Method::ViewersChange, change).await
    }

    /// Takes its access back.
    pub(crate) async fn revokes(&mut self, known: &Known) {
        let params = json!({"id": known.token.id});
        let _: Sharing = self.control.request(Method::ViewersRevoke, &params).await.expect("revoked");
    }

    /// The code of a link, as it stands in one; nothing where the machine is on no network: then there is none, and the
    /// test is skipped.
    pub(crate) async fn code(&mut self, encryption: &str) -> Option<String> {
        let sharing: Value = self.control.request(Method::SharingRead, &()).await.expect("how it is shared");
        let networks = sharing["networks"].as_array().expect("networks");
        let v4 = |network: &&Value| network["address"].as_str().is_some_and(|it| it.contains('.'));
        let Some(network) = networks.iter().find(v4) else {
            testing::skip("a network with IPv4");
            return None;
        };
        let interfaces = json!([network["interface"]]);
        let change = json!({"reach": "lan", "interfaces": interfaces, "encryption": {"mode": encryption}});
        let _: Value = self.control.request(Method::SharingSet, &change).await.expect("shared");
        let invited: Value =
            self.control.request(Method::PairingInvite, &json!({"scope": "view"})).await.expect("invited");
        let link = invited["invitation"]["link"].as_str().expect("a link");
        Some(link.split_once("#p=").expect("a code").1.to_owned())
    }

    /// How it is shared.
    pub(crate) async fn shared(&mut self) -> Sharing {
        self.control.read().await.expect("how it is shared")
    }

    /// How many are paired.
    pub(crate) async fn paired(&mut self) -> usize {
        self.shared().await.viewers.len()
    }
}
