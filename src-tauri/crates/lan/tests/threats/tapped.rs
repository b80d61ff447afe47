//! T8: an eavesdropper who records all that is sent. An app's pairing and its sessions reveal nothing that gives access,
//! now or later.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use wire::pin::ChannelBinding;
use wire::proof::{Challenge, Identity, Pairing, Purpose, Secret, hex};

use crate::ask::{Ask, HERE, connect, exchange};
use crate::fixture::Fixture;
use crate::owner::{Owner, STREAM, stream};
use crate::raw::Raw;

/// Sessions that are recorded.
const SESSIONS: usize = 10;

/// A link that is recorded.
#[derive(Debug)]
struct Tap {
    address: SocketAddr,
    heard: Heard,
    _listening: JoinSet<()>,
}

/// What went over it: of each connection what the viewer sent; and all bytes of both ways.
type Heard = Arc<Mutex<(Vec<Vec<u8>>, Vec<u8>)>>;

impl Tap {
    async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((HERE, 0)).await.expect("a port to listen on");
        let address = listener.local_addr().expect("the address of a listener");
        let heard = Heard::default();
        let (mut listening, hears) = (JoinSet::new(), Arc::clone(&heard));
        listening.spawn(async move {
            let mut links = JoinSet::new();
            while let Ok((viewer, _)) = listener.accept().await {
                let server = TcpStream::connect(server).await.expect("the server is there");
                let number = {
                    let mut heard = hears.lock().unwrap_or_else(PoisonError::into_inner);
                    heard.0.push(Vec::new());
                    heard.0.len() - 1
                };
                let (from_viewer, to_viewer) = viewer.into_split();
                let (from_server, to_server) = server.into_split();
                links.spawn(carry(from_viewer, to_server, Arc::clone(&hears), Some(number)));
                links.spawn(carry(from_server, to_viewer, Arc::clone(&hears), None));
            }
        });
        Self { address, heard, _listening: listening }
    }

    fn heard(&self) -> (Vec<Vec<u8>>, Vec<u8>) {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, heard: Heard, viewer: Option<usize>) {
    let mut some = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut some).await {
        {
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(number) = viewer {
                heard.0[number].extend_from_slice(&some[..count]);
            }
            heard.1.extend_from_slice(&some[..count]);
        }
        if to.write_all(&some[..count]).await.is_err() {
            return;
        }
    }
}

fn text<'a>(message: &'a Value, field: &str) -> &'a str {
    message[field].as_str().unwrap_or_else(|| panic!("{field} of {message}"))
}

/// What is in the recorded bytes as it is, or below the masks of WebSocket frames. Masks are four bytes that the
/// client sends along, so whoever listens takes them off.
fn is_heard(all: &[u8], needle: &[u8]) -> bool {
    let found = |hay: &[u8]| hay.windows(needle.len()).any(|it| it == needle);
    let unmasked = |at: usize| {
        let mask: Vec<u8> = all[at..at + 4].to_vec();
        let rest = &all[at + 4..all.len().min(at + 4 + 1024)];
        found(&rest.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect::<Vec<_>>())
    };
    // A masked text frame of up to 64 KiB: FIN and TEXT, then its length with the bit of the mask.
    let frames = (0..all.len().saturating_sub(12)).filter(|at| all[*at] == 0x81 && all[at + 1] & 0x80 != 0);
    found(all) || frames.into_iter().any(|at| unmasked(at + if all[at + 1] == 0xFE { 4 } else { 2 }))
}

/// Answers the challenge of an open stream.
async fn prove(raw: &mut Raw, id: &str, secret: &Secret, nonce: &str) -> (Value, Value) {
    let challenge = raw.recv(|_| true).await;
    let about = Challenge {
        purpose: Purpose::Stream,
        binding: ChannelBinding::Plain,
        machine_id: text(&challenge, "machineId"),
        token_id: id,
        server_nonce: text(&challenge, "nonce"),
        client_nonce: nonce,
    };
    let auth = json!({"type": "auth", "tokenId": id, "nonce": nonce, "mac": secret.prove(&about)});
    raw.send_json(&auth).await;
    let connected = raw.recv(|_| true).await;
    if connected["type"] == "connected" {
        let scope = serde_json::from_value(connected["scope"].clone()).expect("a scope");
        let machine = Identity { name: text(&connected["machine"], "name"), scope };
        let is_server = secret.verifier().is_server(&about, Some(&machine), text(&connected, "mac"));
        assert!(is_server, "the machine proves itself, too");
    }
    (auth, connected)
}

#[tokio::test]
async fn who_records_a_pairing_and_its_sessions_can_open_nothing() {
    let fixture = Fixture::start().await;
    // Nobody is known here by where they come from: the recorder is on the same computer.
    let station = fixture.station.handle();
    let settings = station::Settings { loopback: station::Loopback::Off, ..station.settings() };
    station.set_settings(settings).expect("kept");
    let mut owner = Owner::of(fixture.address(), &fixture.owner_token()).await;
    // Only a machine that is on a network has a link to show, and with it a code.
    if owner.open_to_network("off").await.is_none() {
        return;
    }
    let sharing = owner.ask("pairing.invite", json!({"scope": "processes"})).await;
    let link = text(&sharing["invitation"], "link").to_owned();
    let (_, code_text) = link.split_once("#p=").expect("a code");
    let code: [u8; 16] = URL_SAFE_NO_PAD.decode(code_text).expect("base64").try_into().expect("16 bytes");

    let tap = Tap::before(fixture.address()).await;
    let app_nonce = hex(&[7; 32]);
    let proof = Pairing::app_proof(&code, &app_nonce, ChannelBinding::Plain, "Desk");
    let asks = json!({"with": "proof", "nonce": app_nonce, "proof": proof, "name": "Desk"});
    let proven = Ask::post("/api/v1/pair", &asks)
        .header("Host", fixture.address().to_string())
        .send(tap.address)
        .await;
    assert_eq!(proven.status(), 200, "{proven:?}");
    let proven = proven.json();
    let (id, machine_nonce) = (text(&proven, "tokenId").to_owned(), text(&proven, "nonce").to_owned());
    let pairing = Pairing {
        code: &code,
        binding: ChannelBinding::Plain,
        app_nonce: &app_nonce,
        machine_nonce: &machine_nonce,
        machine_id: text(&proven, "machineId"),
        token_id: &id,
        machine: Identity { name: text(&proven, "machineName"), scope: wire::Scope::Processes },
    };
    assert!(pairing.is_machine(text(&proven, "proof")));
    let secret = pairing.token();

    let upgrade = Ask::get(STREAM).upgrade().header("Host", fixture.address().to_string());
    let mut said = Vec::new();
    for n in 0..SESSIONS {
        let mut raw = stream(&upgrade, tap.address).await;
        let (auth, connected) = prove(&mut raw, &id, &secret, &hex(&[n as u8; 32])).await;
        assert_eq!(connected["scope"], "processes", "{connected}");
        raw.send_json(&json!({"type": "subscribe", "channels": ["overview"]})).await;
        raw.recv_type("frame").await;
        said.push(auth);
    }
    let (sent, all) = tap.heard();
    assert!(
        is_heard(&all, id.as_bytes()) && is_heard(&all, text(&said[3], "mac").as_bytes()),
        "it is listened to"
    );
    let verifier = secret.verifier().to_hex();
    let (stored, server) = verifier.split_at(64);
    let mut secrets =
        vec![code_text.to_owned(), hex(&code), secret.to_hex(), stored.to_owned(), server.to_owned()];
    secrets.push(URL_SAFE_NO_PAD.encode((0..32).map(|at| byte(&secret.to_hex(), at)).collect::<Vec<u8>>()));
    for known in secrets {
        assert!(!is_heard(&all, known.as_bytes()), "{known} went over the wire");
    }
    for raw_bytes in [code.to_vec(), (0..32).map(|at| byte(&secret.to_hex(), at)).collect()] {
        assert!(!is_heard(&all, &raw_bytes), "the bytes of a secret went over the wire");
    }

    // Each connection once more, byte by byte: the code is used, and the challenge another one.
    let viewers = owner.viewers().await;
    assert_eq!(sent.len(), SESSIONS + 1);
    let again = exchange(HERE, fixture.address(), &sent[0]).await.expect("an answer");
    assert_eq!(again.status(), 410, "the pairing once more: {again:?}");
    for bytes in &sent[1..] {
        let link = connect(HERE, fixture.address()).await.expect("a connection");
        let (answer, mut raw) = Raw::ask(link, bytes).await.expect("an answer");
        assert_eq!(answer.status(), 101);
        assert_eq!(raw.recv(|_| true).await["type"], "challenge");
        assert_eq!(raw.recv(|_| true).await["reason"], "unauthorized", "a session once more");
    }
    // Every proof that was heard, in answer to a challenge of now; and as if it were the token, or a code.
    let mut proofs: Vec<String> = said.iter().map(|auth| text(auth, "mac").to_owned()).collect();
    proofs.extend([proof.clone(), text(&proven, "proof").to_owned(), machine_nonce, app_nonce]);
    for mac in &proofs {
        let mut raw = stream(&Ask::get(STREAM).upgrade(), fixture.address()).await;
        raw.recv_type("challenge").await;
        raw.send_json(&json!({"type": "auth", "tokenId": id, "nonce": hex(&[3; 32]), "mac": mac})).await;
        assert_eq!(raw.recv(|_| true).await["reason"], "unauthorized", "{mac}");
        let as_token =
            Ask::get("/api/v1/snapshot").bearer(&format!("{id}.{mac}")).send(fixture.address()).await;
        assert!([401, 429].contains(&as_token.status()), "{mac}: {as_token:?}");
        let thief = Secret::from_hex(mac).expect("64 digits");
        let mut raw = stream(&Ask::get(STREAM).upgrade(), fixture.address()).await;
        assert_eq!(prove(&mut raw, &id, &thief, &hex(&[9; 32])).await.1["reason"], "unauthorized", "{mac}");
    }
    assert_eq!(owner.viewers().await, viewers, "nobody else was paired");
    let mut own = stream(&Ask::get(STREAM).upgrade(), fixture.address()).await;
    assert_eq!(
        prove(&mut own, &id, &secret, &hex(&[9; 32])).await.1["type"],
        "connected",
        "who has the token gets in"
    );
}

/// Byte `at` of what is written in hexadecimal digits.
fn byte(digits: &str, at: usize) -> u8 {
    u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).expect("two digits")
}
