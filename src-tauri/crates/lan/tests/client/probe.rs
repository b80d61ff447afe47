//! Each reason why a machine cannot be watched, reproduced for real: it has a diagnosis of its own, and a remedy.

use std::net::SocketAddr;

use client::address::Address;
use client::probe::probe;
use client::secrets::{Known, Token};
use client::stream::enter;
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use wire::fleet::{Probe, ProbeKind};
use wire::proof::Secret;
use wire::sharing::Encryption;

use crate::owned::Owned;
use crate::secure::{Brought, pin_of};
use crate::stand_in::StandIn;

/// What a machine that refuses WebSockets, and all else, answers.
const FULL: &str = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n";
const SUBPROTOCOL: Option<&str> = Some("sightline.v1");

/// The probe of `address`, checked: it is of this kind, says all of `words`, and what to do.
async fn check(
    address: &Address,
    secure: bool,
    known: Option<&Known>,
    kind: ProbeKind,
    words: &[&str],
) -> Probe {
    let probing = tokio::time::timeout(crate::DEADLINE, probe(address, secure, known));
    let probe = probing.await.expect("an answer in time");
    assert_eq!(probe.kind, kind, "{probe:?}");
    let (message, remedy) = (probe.message(), probe.remedy());
    for word in words {
        assert!(message.contains(word) || remedy.contains(word), "{word}: {probe:?}");
    }
    assert_eq!(remedy.is_empty(), kind == ProbeKind::Ok, "{probe:?}");
    assert!(message.ends_with('.'), "{probe:?}");
    probe
}

/// A token that no machine knows.
fn unknown(machine_id: &str) -> Known {
    let token = Token { id: "nobody".to_owned(), secret: Secret::new([7; 32]), pin: None };
    Known { machine_id: machine_id.to_owned(), token }
}

fn connected(protocol: u32) -> Value {
    let machine = json!({
        "id": "m", "name": "nas", "os": "", "family": "linux", "kernel": null, "arch": "", "cores": 1,
        "physicalCores": null, "cpuModel": null, "memoryTotalBytes": 0, "bootedAtMs": 0, "virtualization": null,
        "version": "",
    });
    json!({
        "type": "connected", "protocol": protocol, "clientId": "c", "serverTimeMs": 0, "scope": "view",
        "machine": machine, "channels": [],
    })
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

#[tokio::test]
async fn a_machine_that_lets_in_is_fine_and_one_that_does_not_says_why() {
    let mut owned = Owned::open().await;
    let (address, id) = (owned.address(), owned.machine_id());
    let known = owned.lets_in().await;
    let fine = check(&address, false, Some(&known), ProbeKind::Ok, &["answers"]).await;
    assert_eq!(fine.machine_id.as_deref(), Some(id.as_str()));
    let to_pair =
        check(&address, false, None, ProbeKind::ToPair, &["gives access to paired devices only", "share"])
            .await;
    assert_eq!(to_pair.machine_id.as_deref(), Some(id.as_str()));
    check(&address, false, Some(&unknown(&id)), ProbeKind::ToPair, &["does not know this computer"]).await;
    let other = Some(unknown("another machine"));
    let wrong = check(&address, false, other.as_ref(), ProbeKind::WrongMachine, &["Another machine"]).await;
    assert_eq!(wrong.machine_id.as_deref(), Some(id.as_str()));
    owned.revokes(&known).await;
    check(
        &address,
        false,
        Some(&known),
        ProbeKind::Revoked,
        &["revoked this computer's access", "pair this computer again"],
    )
    .await;
}

#[tokio::test]
async fn nobody_at_the_address_is_told_apart_by_how_nobody_is_there() {
    let nobody = Address::new("nobody.invalid", 7444);
    check(&nobody, false, None, ProbeKind::NameNotFound, &["nobody.invalid", "address"]).await;
    // Of this computer's many addresses one where nothing else listens either.
    let closed =
        Address::new(if cfg!(target_os = "linux") { "127.0.0.71" } else { "127.0.0.1" }, free_port());
    check(&closed, false, None, ProbeKind::Refused, &["nothing listens at its port", "share"]).await;
    let silent = StandIn::silent().await;
    let says_nothing = ["says nothing", "firewall"];
    check(&silent.address(), false, None, ProbeKind::NoAnswer, &says_nothing).await;
}

/// A listener whose queue is full answers to nobody, as a machine that is not there.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_address_that_does_not_answer_at_all_is_waited_for_and_no_longer() {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let at = socket.local_addr().expect("an address");
    let listener = socket.listen(0).expect("a listener");
    let mut waiting = Vec::new();
    let full = async {
        loop {
            waiting.push(TcpStream::connect(at).await);
        }
    };
    assert!(tokio::time::timeout(std::time::Duration::from_millis(500), full).await.is_err());
    let address = at.to_string().parse().expect("an address");
    check(&address, false, None, ProbeKind::NoAnswer, &["Nothing answers", "same network"]).await;
    drop(listener);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_sightline_at_the_usual_port_is_pointed_to() {
    let owned = Owned::open().await;
    let nothing = |_: &[u8]| false;
    let usual = StandIn::before(owned.fixture.address(), "127.0.0.72:7444", nothing, "").await;
    for port in [free_port(), StandIn::answering(|_| String::new()).await.address().port()] {
        let wrong = Address::new("127.0.0.72", port);
        let said = ["127.0.0.72:7444"];
        let found = check(&wrong, false, None, ProbeKind::WrongPort, &said).await;
        assert_eq!(found.machine_id, Some(owned.machine_id()));
    }
    let stranger = StandIn::at("127.0.0.72:0", |socket, _| async move { drop(socket) }).await;
    check(&stranger.address(), false, None, ProbeKind::WrongPort, &["Use 127.0.0.72:7444"]).await;
    drop(usual);
}

#[tokio::test]
async fn what_is_no_sightline_is_said_to_be_none() {
    let page = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
    let healthy = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{\"status\":\"ok\"}";
    // Side by side: each is given its five seconds.
    let cases = [page, healthy, "SSH-2.0-OpenSSH_9.2\r\n", ""].map(|answer| async move {
        let stranger = StandIn::answering(move |_| answer.to_owned()).await;
        check(&stranger.address(), false, None, ProbeKind::NotSightline, &["not Sightline", "port"]).await;
    });
    futures_util::future::join_all(cases).await;
}

#[tokio::test]
async fn a_proxy_that_takes_no_websocket_is_told_from_a_machine_that_has_no_room() {
    let mut owned = Owned::open().await;
    let known = owned.lets_in().await;
    let upgrades = |head: &[u8]| String::from_utf8_lossy(head).to_lowercase().contains("upgrade: websocket");
    let refusals = [
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "",
    ];
    for refusal in refusals {
        let proxy = StandIn::before(owned.fixture.address(), "127.0.0.1:0", upgrades, refusal).await;
        let words = ["answers", "blocks its WebSocket", "every 5 s"];
        let blocked = check(&proxy.address(), false, Some(&known), ProbeKind::Blocked, &words).await;
        assert_eq!(blocked.machine_id, Some(owned.machine_id()));
    }
    let full = StandIn::before(owned.fixture.address(), "127.0.0.1:0", upgrades, FULL).await;
    let busy = check(&full.address(), false, Some(&known), ProbeKind::Busy, &["no room"]).await;
    assert_eq!(busy.retry_after_ms, Some(7_000));
}

#[tokio::test]
async fn other_versions_say_which_and_what_to_update() {
    let newer = StandIn::saying(None, vec![connected(1)]).await;
    check(&newer.address(), false, None, ProbeKind::Newer, &["newer", "Update this one"]).await;
    let newer = StandIn::saying(SUBPROTOCOL, vec![connected(2)]).await;
    let words = ["(protocol 2, this is 1)", "Update this one"];
    let said = check(&newer.address(), false, None, ProbeKind::Newer, &words).await;
    assert_eq!(said.protocol, Some(2));
    let older = StandIn::saying(SUBPROTOCOL, vec![connected(0)]).await;
    check(&older.address(), false, None, ProbeKind::Older, &["(protocol 0, this is 1)", "Update it there"])
        .await;
    let older = StandIn::saying(SUBPROTOCOL, vec![connected(1)]).await;
    check(&older.address(), false, Some(&unknown("m")), ProbeKind::Older, &["older"]).await;
}

#[tokio::test]
async fn an_impostor_is_named_as_such() {
    let says = vec![json!({"type": "challenge", "machineId": "m", "nonce": "00".repeat(32)}), connected(1)];
    let impostor = StandIn::saying(SUBPROTOCOL, says).await;
    let words = ["cannot prove it", "poses"];
    check(&impostor.address(), false, Some(&unknown("m")), ProbeKind::WrongMachine, &words).await;
    assert!(!impostor.heard().contains(&Secret::new([7; 32]).to_hex()));
}

#[tokio::test]
async fn encryption_that_is_not_as_it_should_be_says_in_which_way() {
    let mut owned = Owned::open().await;
    let (address, known) = (owned.address(), owned.lets_in().await);
    let encrypted = |first: &[u8]| first.first() == Some(&0x16);
    let older = StandIn::before(owned.fixture.address(), "127.0.0.1:0", encrypted, "").await;
    let off = ["does not encrypt its links", "update it"];
    check(&older.address(), true, Some(&known), ProbeKind::Tls, &off).await;
    let anything = |_: &[u8]| true;
    let page =
        StandIn::before(owned.fixture.address(), "127.0.0.1:0", anything, "HTTP/1.1 400 Bad Request\r\n\r\n")
            .await;
    check(&page.address(), true, None, ProbeKind::Tls, &["does not encrypt"]).await;

    owned.fixture.server.tls().set(&Encryption::SelfSigned).expect("a certificate");
    let pin = pin_of(&address).await;
    let pinned = |pin| {
        let token = Token { pin: Some(pin), ..known.token.clone() };
        Known { token, ..known.clone() }
    };
    check(&address, true, Some(&pinned(pin)), ProbeKind::Ok, &["answers"]).await;
    let between = StandIn::between(owned.fixture.address()).await;
    let other = pin_of(&between.address()).await;
    let words = ["another key than when it was paired", "Nothing was sent to it"];
    check(&address, true, Some(&pinned(other)), ProbeKind::Tls, &words).await;

    let plain = |first: &[u8]| first.first() != Some(&0x16);
    let at: SocketAddr = owned.fixture.address();
    let only = StandIn::before(at, "127.0.0.1:0", plain, "").await;
    check(&only.address(), false, Some(&known), ProbeKind::Tls, &["encrypted only", "Leave http:// out"])
        .await;

    // By the pinned key, whatever a browser would say of the certificate.
    for until in [2021, 2090] {
        let brought = Brought::until(until);
        owned.fixture.server.tls().set(&brought.encryption()).expect("a certificate");
        let pin = pin_of(&address).await;
        check(&address, true, Some(&pinned(pin)), ProbeKind::Ok, &["answers"]).await;
        assert!(enter(&address, true, Some(&pinned(pin))).await.is_ok(), "a known key is no matter of dates");
    }
}
