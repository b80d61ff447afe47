//! Numbers over HTTP: the token is proven and never sent, and what was recorded opens nothing.

use std::net::SocketAddr;

use client::address::Address;
use client::poll::poll;
use client::secrets::{Known, Token};
use client::stream::OpenError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::message::SnapshotBody;
use wire::pin::ChannelBinding;
use wire::proof::{Challenge, Purpose, Secret, body_digest};

use crate::owned::Owned;
use crate::stand_in::StandIn;

/// What a machine answers to `request`, which ends the connection.
async fn raw(at: SocketAddr, request: &str) -> String {
    let mut socket = TcpStream::connect(at).await.expect("a connection");
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    let read = tokio::time::timeout(crate::DEADLINE, socket.read_to_string(&mut answer));
    read.await.expect("an answer in time").expect("an answer");
    answer
}

fn get(at: SocketAddr, path: &str, authorization: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {at}\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n"
    )
}

/// The random text that the machine at `at` gives out.
async fn nonce(at: SocketAddr) -> String {
    let asked = raw(at, &get(at, "/api/v1/snapshot", "Sightline")).await;
    assert!(asked.starts_with("HTTP/1.1 401"), "{asked}");
    let (_, rest) = asked.split_once("nonce=\"").expect("a nonce");
    rest.split('"').next().expect("its end").to_owned()
}

/// The header of a proof about `GET {path}`.
fn proof(known: &Known, path: &str, nonce: &str) -> String {
    let (id, client_nonce) = (&known.token.id, "c0".repeat(32));
    let challenge = Challenge {
        purpose: Purpose::Http { method: "GET", target: path, body: &body_digest(b"") },
        binding: ChannelBinding::Plain,
        machine_id: &known.machine_id,
        token_id: id,
        server_nonce: nonce,
        client_nonce: &client_nonce,
    };
    let proof = known.token.secret.prove(&challenge).expect("two nonces");
    format!("Sightline token=\"{id}\", nonce=\"{nonce}\", client=\"{client_nonce}\", proof=\"{proof}\"")
}

#[tokio::test]
async fn numbers_come_and_the_token_stays() {
    let mut owned = Owned::open().await;
    let known = owned.lets_in().await;
    let tap = StandIn::tapped(owned.fixture.address()).await;
    let body = poll(&tap.address(), false, Some(&known)).await.expect("numbers");
    let snapshot: SnapshotBody = serde_json::from_slice(&body).expect("a snapshot");
    assert_eq!(snapshot.machine.id, known.machine_id);
    assert!(!snapshot.overview.values.is_empty());
    let said = tap.heard();
    assert!(said.contains("Sightline token=") && !said.contains(&known.token.secret.to_hex()), "{said}");

    let refused = poll(&owned.address(), false, None).await.expect_err("without a token");
    let OpenError::ToPair { machine_id, .. } = &refused else { panic!("{refused:?}") };
    assert_eq!(*machine_id, owned.machine_id());
    owned.revokes(&known).await;
    let revoked = poll(&owned.address(), false, Some(&known)).await.expect_err("revoked");
    assert!(matches!(revoked, OpenError::Revoked(_)), "{revoked:?}");
}

#[tokio::test]
async fn what_was_recorded_is_good_for_nothing() {
    let mut owned = Owned::open().await;
    let (at, known) = (owned.fixture.address(), owned.lets_in().await);
    let tap = StandIn::tapped(at).await;
    poll(&tap.address(), false, Some(&known)).await.expect("numbers");
    let said = tap.heard();
    let last = said.rsplit("GET ").next().expect("the second request");
    let replayed = format!("GET {}", last.replacen("\r\n", "\r\nConnection: close\r\n", 1));
    let again = raw(at, &replayed).await;
    assert!(again.starts_with("HTTP/1.1 401") && again.contains("www-authenticate: Sightline"), "{again}");

    // A proof is good for its request, once, and nowhere else.
    let given = nonce(at).await;
    let header = proof(&known, "/api/v1/snapshot", &given);
    let elsewhere = raw(at, &get(at, "/api/v1/processes", &header)).await;
    assert!(elsewhere.starts_with("HTTP/1.1 401"), "{elsewhere}");
    let late = raw(at, &get(at, "/api/v1/snapshot", &header)).await;
    assert!(late.starts_with("HTTP/1.1 401"), "it was used, for the wrong request: {late}");
    let header = proof(&known, "/api/v1/processes?limit=1", &nonce(at).await);
    let right = raw(at, &get(at, "/api/v1/processes?limit=1", &header)).await;
    assert!(right.starts_with("HTTP/1.1 200") && right.contains("authentication-info: proof="), "{right}");
    let made_up = proof(&known, "/api/v1/snapshot", &"0".repeat(64));
    let refused = raw(at, &get(at, "/api/v1/snapshot", &made_up)).await;
    assert!(refused.starts_with("HTTP/1.1 401"), "nobody gave this one out: {refused}");
    // Nor for anybody but whom it was given to.
    #[cfg(target_os = "linux")]
    {
        let header = proof(&known, "/api/v1/snapshot", &nonce(at).await);
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind("127.0.0.9:0".parse().expect("an address")).expect("another address");
        let mut socket = socket.connect(at).await.expect("a connection");
        socket.write_all(get(at, "/api/v1/snapshot", &header).as_bytes()).await.expect("sent");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    }
}

#[tokio::test]
async fn wrong_proofs_count_as_wrong_tokens_do() {
    let mut owned = Owned::open().await;
    let known = owned.lets_in().await;
    let token = Token { secret: Secret::new([9; 32]), ..known.token.clone() };
    let guesser = Known { token, ..known.clone() };
    let mut told_to_wait = None;
    for guess in 1..=12 {
        match poll(&owned.address(), false, Some(&guesser)).await {
            Err(OpenError::Unauthorized(_)) => {}
            Err(OpenError::Refused { status: 429, retry_after: Some(_), .. }) => {
                told_to_wait = Some(guess);
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(told_to_wait, Some(11), "ten are judged, as with tokens");
    assert!(
        poll(&owned.address(), false, Some(&known)).await.is_ok(),
        "a right proof is accepted all the same"
    );
}

#[tokio::test]
async fn a_machine_that_cannot_prove_itself_is_not_believed() {
    let known = Known {
        machine_id: "m".to_owned(),
        token: Token { id: "t".to_owned(), secret: Secret::new([7; 32]), pin: None },
    };
    let asks = |id: &str| {
        format!(
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Sightline machine=\"{id}\", nonce=\"{}\"\r\n\
             Connection: keep-alive\r\nContent-Length: 0\r\n\r\n",
            "00".repeat(32)
        )
    };
    let machine = |id: &'static str, second: &'static str| {
        StandIn::answering(
            move |head: &str| if head.contains("proof=") { second.to_owned() } else { asks(id) },
        )
    };
    let without_proof = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
    let wrong = "HTTP/1.1 200 OK\r\nAuthentication-Info: proof=\"00\"\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
    for second in [without_proof, wrong] {
        let impostor = machine("m", second).await;
        let refused = poll(&impostor.address(), false, Some(&known)).await.expect_err("an impostor");
        assert!(matches!(refused, OpenError::Impostor(_)), "{refused:?}");
        assert!(!impostor.heard().contains(&known.token.secret.to_hex()));
    }
    let another = machine("another", without_proof).await;
    let refused = poll(&another.address(), false, Some(&known)).await.expect_err("another machine");
    assert!(matches!(refused, OpenError::WrongMachine { .. }), "{refused:?}");
    assert!(!another.heard().contains("proof="), "nothing is told to it");
    let open: Address = StandIn::answering(|_| without_proof.to_owned()).await.address();
    assert!(poll(&open, false, Some(&known)).await.is_err());
}
