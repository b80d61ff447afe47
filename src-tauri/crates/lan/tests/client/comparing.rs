//! Pairing by digits that both screens show: with a machine that means it, with an owner who does not, and with
//! somebody in the middle.

use std::net::SocketAddr;

use client::address::Address;
use client::control::Control;
use client::pairing::PairError;
use client::short_auth_string::{Comparison, compare};
use client::stream::enter;
use lan::ServerConfig;
use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use ring::rand::SystemRandom;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use wire::pin::ChannelBinding;
use wire::proof::comparison::{self, Compared, thirty_two};
use wire::proof::hex;
use wire::sharing::{AccessWhat, PairingDecision, Reach, Sharing, ViewerKind};
use wire::{ErrorCode, Method, Scope};

use crate::stand_in::identity;
use crate::{DEADLINE, Fixture};

/// A fixture that is shared on the network, as far as it has one; where it is, and its owner.
async fn shared() -> (Fixture, Address, Control) {
    let fixture =
        Fixture::with(&ServerConfig { reach: Reach::Lan, port: Some(0), ..ServerConfig::default() }).await;
    let address = fixture.address();
    let data_dir = fixture.station.handle().data_dir().to_owned();
    let owner = Control::connect(Some(address.port()), &data_dir).await.expect("the owner");
    (fixture, address.to_string().parse().expect("an address"), owner)
}

async fn sharing(owner: &mut Control) -> Sharing {
    owner.request(Method::SharingRead, &()).await.expect("an answer")
}

async fn answer(owner: &mut Control, allow: bool, scope: Option<Scope>) -> Sharing {
    let id = sharing(owner).await.requests[0].id.clone();
    owner
        .request(Method::PairingAnswer, &PairingDecision { id, allow, scope, arguments: None })
        .await
        .expect("an answer")
}

async fn begun(address: &Address) -> Comparison {
    compare(address, "Laptop").await.expect("digits")
}

#[tokio::test]
async fn both_screens_show_the_same_and_two_people_say_so() {
    let (_fixture, address, mut owner) = shared().await;
    for (chosen, given) in [(None, Scope::Processes), (Some(Scope::View), Scope::View)] {
        let comparison = begun(&address).await;
        let told = sharing(&mut owner).await;
        let [request] = told.requests.as_slice() else { panic!("{:?}", told.requests) };
        assert_eq!(request.compare.as_deref(), Some(comparison.comparing.digits.as_str()));
        assert_eq!((request.name.as_str(), request.client.as_str()), ("Laptop", "Sightline"));
        assert_eq!((request.address.as_str(), request.scope), ("127.0.0.1", Scope::Processes));
        assert_eq!(comparison.comparing.machine_name, owner.machine().name);

        let before = told.viewers.len();
        let (paired, after) = tokio::join!(comparison.confirm(), answer(&mut owner, true, chosen));
        let paired = paired.expect("paired");
        assert!(after.requests.is_empty());
        assert_eq!((paired.scope, &paired.machine_id), (given, &owner.machine().id));
        let told = sharing(&mut owner).await;
        assert_eq!(told.viewers.len(), before + 1);
        assert_eq!((told.viewers[before].kind, told.viewers[before].scope), (ViewerKind::App, given));
        let opened = enter(&address, true, Some(&paired.known())).await;
        assert_eq!(opened.expect("a session").connected().scope, given);
        let log = &sharing(&mut owner).await.recent;
        assert!(log.iter().any(|event| event.what == AccessWhat::Compared), "{log:?}");
    }
}

#[tokio::test]
async fn nobody_is_a_viewer_before_both_said_yes() {
    let (_fixture, address, mut owner) = shared().await;
    let comparison = begun(&address).await;
    assert!(answer(&mut owner, true, None).await.viewers.is_empty(), "the other screen was not agreed to");
    comparison.refuse().await;
    assert!(sharing(&mut owner).await.viewers.is_empty());
}

#[tokio::test]
async fn who_is_refused_again_and_again_has_to_wait() {
    let (_fixture, address, mut owner) = shared().await;
    for _ in 0..5 {
        let comparison = begun(&address).await;
        let (paired, _) = tokio::join!(comparison.confirm(), answer(&mut owner, false, None));
        let Err(PairError::Refused(error)) = paired else { panic!("{paired:?}") };
        assert_eq!(error.code, ErrorCode::Forbidden);
    }
    let Err(PairError::Refused(error)) = compare(&address, "Laptop").await else { panic!("it has to wait") };
    assert!(error.message.contains("waits 15 min"), "{error:?}");
    let told = sharing(&mut owner).await;
    assert!(told.requests.is_empty(), "nobody is asked");
    assert!(told.recent.iter().any(|event| event.what == AccessWhat::PairingRefused && event.count == 5));
    assert!(told.recent.iter().any(|event| event.what == AccessWhat::Blocked));
}

#[tokio::test]
async fn who_gives_up_is_asked_about_no_longer_and_a_few_are_asked_about_at_once() {
    let (_fixture, address, mut owner) = shared().await;
    begun(&address).await.refuse().await;
    let told = sharing(&mut owner).await;
    assert!(told.requests.is_empty() && told.recent[0].what == AccessWhat::PairingUnanswered);
    let oldest = begun(&address).await;
    let _others = [begun(&address).await, begun(&address).await];
    assert_eq!(sharing(&mut owner).await.requests.len(), 2);
    let Err(PairError::Refused(error)) = oldest.confirm().await else { panic!("it gave way") };
    assert_eq!(error.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn a_machine_that_is_not_shared_on_the_network_compares_with_nobody() {
    let fixture = Fixture::start().await;
    let address = fixture.address().to_string().parse().expect("an address");
    let Err(PairError::Refused(error)) = compare(&address, "Laptop").await else {
        panic!("it is not shared")
    };
    assert_eq!(error.code, ErrorCode::Forbidden);
}

#[tokio::test]
async fn who_reveals_something_else_than_what_was_committed_to_is_sent_away() {
    let (fixture, _, mut owner) = shared().await;
    let ours = || "07".repeat(32);
    let commitment = comparison::Comparison::commitment(&ours(), &ours());
    for (key, nonce, expected) in [
        (ours(), "08".repeat(32), 401),
        ("zz".repeat(32), ours(), 401),
        // A key that has a secret of zeros come of it, whatever the machine's own is.
        ("00".repeat(32), ours(), 401),
        (ours(), ours(), 202),
    ] {
        let zero = key == "00".repeat(32);
        let said = if zero { comparison::Comparison::commitment(&key, &nonce) } else { commitment.clone() };
        let commit = json!({"with": "commit", "commitment": said, "name": "Stranger"});
        let (status, committed) = post(fixture.address(), &commit).await;
        assert_eq!((status, &committed["state"]), (200, &json!("committed")), "{committed}");
        let reveal = json!({"with": "reveal", "request": committed["request"], "key": key, "nonce": nonce});
        let (status, answer) = post(fixture.address(), &reveal).await;
        assert_eq!(status, expected, "{answer}");
        let (again, answer) = post(fixture.address(), &reveal).await;
        assert_eq!(again, 404, "it is revealed once: {answer}");
    }
    let told = sharing(&mut owner).await;
    assert_eq!(told.requests.len(), 1);
    assert!(told.recent.iter().any(|event| event.what == AccessWhat::WrongCode && event.count == 3));
    let (status, _) = post(fixture.address(), &json!({"with": "commit", "commitment": "", "name": ""})).await;
    assert_eq!(status, 400);
}

/// A man in the middle, who takes the place of the machine for an app that connects to `listener`: with a key of his own,
/// and the names of the machine. What comes of it for it, after the app revealed its key; says yes at once.
async fn takes_its_place(
    listener: &TcpListener,
    machine: &wire::Machine,
    scope: &str,
    lies: bool,
) -> Compared {
    let (tls, pin) = identity();
    let (mut app, commit) = asked(listener, &tls).await;
    let secret = EphemeralPrivateKey::generate(&X25519, &SystemRandom::new()).expect("a key");
    let key = hex(secret.compute_public_key().expect("a key").as_ref());
    let nonce = "11".repeat(32);
    let committed = json!({
        "state": "committed", "request": "r", "machineId": machine.id, "machineName": machine.name, "key": key,
        "nonce": nonce,
    });
    tell(&mut app, 200, &committed).await;
    let (mut app, reveal) = asked(listener, &tls).await;
    let text = |value: &Value, key: &str| value[key].as_str().expect("text").to_owned();
    let (app_key, app_nonce, app_name) =
        (text(&reveal, "key"), text(&reveal, "nonce"), text(&commit, "name"));
    let ends = comparison::Comparison {
        app_key: &app_key,
        app_nonce: &app_nonce,
        machine_key: &key,
        machine_nonce: &nonce,
        binding: ChannelBinding::Key(pin),
        app_name: &app_name,
        machine_id: &machine.id,
        machine_name: &machine.name,
    };
    let public = UnparsedPublicKey::new(&X25519, thirty_two(&app_key).expect("a key"));
    let compared = agree_ephemeral(secret, &public, |shared| ends.compare(shared)).expect("a secret");
    tell(&mut app, 202, &json!({"state": "waiting", "request": "r", "leftMs": 300_000})).await;
    let (mut app, _) = asked(listener, &tls).await;
    let proof = if lies { "00".repeat(32) } else { compared.machine_proof(Scope::Processes) };
    tell(&mut app, 200, &json!({"state": "agreed", "scope": scope, "proof": proof})).await;
    compared
}

#[tokio::test]
async fn somebody_in_the_middle_makes_the_two_screens_differ() {
    let (_fixture, address, mut owner) = shared().await;
    let machine = owner.machine().clone();
    let middle = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = middle.local_addr().expect("an address").to_string().parse().expect("an address");
    let app = async {
        let comparison = begun(&at).await;
        (comparison.comparing.digits.clone(), comparison.confirm().await)
    };
    // It pairs with the machine in the app's name, and with the app in the machine's.
    let both =
        async { tokio::join!(takes_its_place(&middle, &machine, "processes", false), begun(&address)) };
    let ((shown, _), (with_app, with_machine)) =
        tokio::time::timeout(DEADLINE, async { tokio::join!(app, both) }).await.expect("an end");
    let asked = sharing(&mut owner).await.requests[0].clone();
    assert_eq!(asked.name, "Laptop");
    assert_eq!(shown, with_app.digits, "it knows what the app shows");
    assert_eq!(asked.compare.as_deref(), Some(with_machine.comparing.digits.as_str()), "and the machine");
    assert_ne!(Some(shown.as_str()), asked.compare.as_deref(), "and cannot make them the same");
}

#[tokio::test]
async fn a_yes_that_does_not_come_from_the_other_end_is_none() {
    let (_fixture, _, owner) = shared().await;
    let machine = owner.machine().clone();
    // One that knows no secret, and one that gives more than was said yes to.
    for (scope, lies) in [("processes", true), ("control", false)] {
        let middle = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = middle.local_addr().expect("an address").to_string().parse().expect("an address");
        let app = async { begun(&at).await.confirm().await };
        let (paired, _) = tokio::join!(app, takes_its_place(&middle, &machine, scope, lies));
        assert!(matches!(paired, Err(PairError::Impostor(_))), "{paired:?}");
    }
}

/// The next request to pair that comes to `listener`, on a connection of its own.
async fn asked(listener: &TcpListener, tls: &TlsAcceptor) -> (TlsStream<TcpStream>, Value) {
    let (socket, _) = listener.accept().await.expect("a connection");
    let mut socket = tls.accept(socket).await.expect("an encrypted one");
    let mut heard = Vec::new();
    loop {
        let read = socket.read_buf(&mut heard).await.expect("a request");
        let text = String::from_utf8_lossy(&heard);
        let body = text.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok());
        if let Some(body) = body {
            return (socket, body);
        }
        assert!(read > 0, "{text}");
    }
}

async fn tell(socket: &mut TlsStream<TcpStream>, status: u16, body: &Value) {
    let body = body.to_string();
    let answer = format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    socket.write_all(answer.as_bytes()).await.expect("told");
    socket.flush().await.expect("told");
}

/// Status and body of a request to pair.
async fn post(address: SocketAddr, body: &Value) -> (u16, Value) {
    let body = body.to_string();
    let request = format!(
        "POST /api/v1/pair HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, serde_json::from_str(body).unwrap_or_else(|err| panic!("{err}: {body}")))
}
