//! Encrypted links: any key pairs that is proven with the code, and from then on it is this one or none.

use std::path::PathBuf;

use client::address::Address;
use client::pairing::{PairError, Paired, pair};
use client::poll::poll;
use client::raw_socket::{RawSocket, Received, SendError};
use client::secrets::{Known, Secrets, Token};
use client::stream::{OpenError, enter};
use client::tls::TlsTrouble;
use rcgen::{CertificateParams, KeyPair, SanType, date_time_ymd};
use rustls_pki_types::ServerName;
use wire::limits::CLIENT_MESSAGE_BYTES;
use wire::pin::Pin;
use wire::sharing::Encryption;

use crate::owned::Owned;
use crate::stand_in::{StandIn, trusting_all};

/// A certificate of the machine's owner, with its key.
pub(crate) struct Brought(tempfile::TempDir);

impl Brought {
    /// One that is good until the end of `year`.
    pub(crate) fn until(year: i32) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::IpAddress([127, 0, 0, 1].into())];
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(year, 12, 31);
        let certificate = params.self_signed(&key).expect("a certificate");
        std::fs::write(folder.path().join("a.pem"), certificate.pem()).expect("written");
        std::fs::write(folder.path().join("a.key"), key.serialize_pem()).expect("written");
        Self(folder)
    }

    pub(crate) fn encryption(&self) -> Encryption {
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        let folder = self.0.path();
        Encryption::Own { certificate: text(folder.join("a.pem")), key: text(folder.join("a.key")) }
    }
}

/// The key that encrypts what is said to `address`, as a client sees it that trusts anybody.
pub(crate) async fn pin_of(address: &Address) -> Pin {
    let socket = tokio::net::TcpStream::connect(address.to_string()).await.expect("a connection");
    let connector = tokio_rustls::TlsConnector::from(trusting_all());
    let name = ServerName::try_from(address.host().to_owned()).expect("a name");
    let link = connector.connect(name, socket).await.expect("an encrypted link");
    let chain = link.get_ref().1.peer_certificates().expect("a certificate");
    let key = rustls::server::ParsedCertificate::try_from(&chain[0]).expect("a certificate");
    let digest = <sha2::Sha256 as sha2::Digest>::digest(key.subject_public_key_info());
    Pin::from_hex(&wire::proof::hex(&digest)).expect("a pin")
}

#[tokio::test]
async fn who_pairs_by_an_encrypted_link_knows_the_key_from_then_on() {
    let mut owned = Owned::open().await;
    let Some(code) = owned.code("selfSigned").await else { return };
    let address = owned.address();
    let paired = pair(&format!("https://{address}/#p={code}"), "Laptop").await.expect("paired");
    assert_eq!(paired.pin, pin_of(&address).await);
    let known = paired.known();
    let stream = enter(&address, true, Some(&known)).await.expect("a session");
    assert_eq!((stream.pin(), stream.connected().machine.id.clone()), (Some(paired.pin), owned.machine_id()));
    assert!(poll(&address, true, Some(&known)).await.is_ok());

    let data = tempfile::tempdir().expect("a temporary directory");
    Secrets::in_file(data.path()).keep(&known.machine_id, &known.token).expect("kept");
    assert_eq!(Secrets::in_file(data.path()).find(&known.machine_id), Some(known.token.clone()));

    // What browsers get is the owner's choice, and another certificate by the same key is the same machine.
    for browsers in [Brought::until(2090).encryption(), Encryption::Off, Encryption::SelfSigned] {
        owned.fixture.server.tls().set(&browsers).expect("chosen");
        enter(&address, true, Some(&known)).await.expect("the same key");
    }
    owned.fixture.server.tls().cover(&["nas.example".to_owned()], &[]).expect("a certificate of more names");
    enter(&address, true, Some(&known)).await.expect("the same key");
}

#[tokio::test]
async fn who_stands_between_at_the_pairing_is_found_out_though_everything_is_passed_on() {
    let mut owned = Owned::open().await;
    let Some(code) = owned.code("selfSigned").await else { return };
    let between = StandIn::between(owned.fixture.address()).await;
    let paired: Result<Paired, _> = pair(&format!("https://{}/#p={code}", between.address()), "Laptop").await;
    let Err(error @ PairError::NotAccepted { .. }) = &paired else { panic!("{paired:?}") };
    assert!(error.to_string().contains("a proxy, or an attacker"), "{error}");
    assert!(between.heard().contains("POST /api/v1/pair"), "it read along: {}", between.heard());
    assert_eq!(owned.paired().await, 0);
    // The code is still good for the machine itself.
    assert!(pair(&format!("https://{}/#p={code}", owned.address()), "Laptop").await.is_ok());
}

#[tokio::test]
async fn who_stands_between_later_is_told_nothing() {
    let mut owned = Owned::encrypted().await;
    let known = owned.lets_in().await;
    let pin = Some(pin_of(&owned.address()).await);
    let known = Known { token: Token { pin, ..known.token.clone() }, ..known };
    enter(&owned.address(), true, Some(&known)).await.expect("the machine itself");
    let between = StandIn::between(owned.fixture.address()).await;
    let refused = enter(&between.address(), true, Some(&known)).await.expect_err("another key");
    assert!(matches!(refused, OpenError::Tls { trouble: TlsTrouble::OtherKey, .. }), "{refused}");
    let refused = poll(&between.address(), true, Some(&known)).await.expect_err("another key");
    assert!(matches!(refused, OpenError::Tls { trouble: TlsTrouble::OtherKey, .. }), "{refused}");
    assert_eq!(between.heard(), "");
}

#[tokio::test]
async fn a_connection_for_somebody_else_leads_to_the_key_that_was_pinned_and_to_no_other() {
    let mut owned = Owned::open().await;
    let Some(code) = owned.code("selfSigned").await else { return };
    let address = owned.address();
    let paired = pair(&format!("https://{address}/#p={code}"), "Laptop").await.expect("paired");
    let known = paired.known();
    let (mut socket, connected) = RawSocket::open(&address, true, &known).await.expect("a connection");
    assert_eq!((connected.machine.id, socket.pin()), (owned.machine_id(), known.token.pin));
    assert_eq!(socket.send("x".repeat(CLIENT_MESSAGE_BYTES + 1)).await, Err(SendError::TooLarge));
    socket.send("not json".to_owned()).await.expect("said");
    let Received::Text(text) = socket.recv().await else { panic!("the session goes on") };
    assert!(text.contains("badMessage"), "what is said passes unread: {text}");
    owned.fixture.station.close_all_sessions(wire::Goodbye::Shutdown);
    let mut last = socket.recv().await;
    while let Received::Text(_) = last {
        last = socket.recv().await;
    }
    assert_eq!(last, Received::Closed(1001));

    let between = StandIn::between(owned.fixture.address()).await;
    let refused = RawSocket::open(&between.address(), true, &known).await.expect_err("another key");
    assert!(matches!(refused, OpenError::Tls { trouble: TlsTrouble::OtherKey, .. }), "{refused}");
    assert_eq!(between.heard(), "");
}
