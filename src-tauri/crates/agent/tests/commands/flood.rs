//! A flood from one network of IPv6, whose single host has as many addresses as it likes. Who is elsewhere is served.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use client::address::Address;
use client::pairing::{Paired, pair};
use client::stream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use wire::limits::{PENDING_AUTH, PENDING_AUTH_PER_ADDRESS};

use crate::DEADLINE;
use crate::agent::Agent;
use crate::network::{NEAR, Network, within};
use crate::sharing::{eventually, invited};

/// The near computer, on the link.
const NEAR_V6: &str = "fd00:0:0:a::1";
/// A viewer on the link.
const VIEWER_V6: &str = "fd00:0:0:a::2";
/// All of this network is one host behind the far computer.
const FLOODING: &str = "fd00:0:0:bad::";
/// Another one there. Of the same /48, so that what is counted by networks does not tell the two apart.
const NEWCOMERS: &str = "fd00:0:0:c::";
/// An address of IPv4 where nobody with access was before.
const NEWCOMER_V4: &str = "192.168.93.3";
/// How many of its addresses flood.
const ADDRESSES: usize = 200;
/// Connections that each of them opens over and over: half of them WebSockets that prove nothing.
const EACH: usize = 6;
/// How often viewers come during the flood.
const TIMES: usize = 10;
/// How long newcomers take, on a slow link: the flood fills every table many times meanwhile.
const SLOW: Duration = Duration::from_secs(1);

/// Gives both computers IPv6, and the far one a network of addresses that are all its own.
fn add_ipv6(network: &Network) {
    network.near_ip(&format!("address add {NEAR_V6}/64 dev cable nodad"));
    network.far_ip(&format!("address add {VIEWER_V6}/64 dev cable nodad"));
    for routed in [FLOODING, NEWCOMERS] {
        network.near_ip(&format!("-6 route add {routed}/64 via {VIEWER_V6}"));
        network.far_ip(&format!("-6 route add local {routed}/64 dev lo"));
    }
    network.far_ip(&format!("address add {NEWCOMER_V4}/24 dev cable"));
}

/// Address `n` of a network.
fn address_of(network: &str, n: usize) -> IpAddr {
    let network: Ipv6Addr = network.parse().expect("an address");
    Ipv6Addr::from_bits(network.to_bits() | n as u128).into()
}

/// How a request for the stream begins.
fn head(at: SocketAddr) -> String {
    format!("GET /api/v1/stream HTTP/1.1\r\nHost: {at}\r\n")
}

/// All of one.
fn upgrade(at: SocketAddr) -> String {
    head(at)
        + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
           Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sightline.v1\r\n\r\n"
}

async fn connect(from: IpAddr, at: SocketAddr) -> io::Result<TcpStream> {
    let socket = if from.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.bind(SocketAddr::new(from, 0))?;
    socket.connect(at).await
}

/// Somebody at `from`, where nobody with access was before, takes long to finish a request, and to prove anything on a
/// socket: neither is closed meanwhile.
async fn comes_slowly(from: IpAddr, at: SocketAddr) {
    let mut request = connect(from, at).await.expect("a connection");
    request.write_all(head(at).as_bytes()).await.expect("sent");
    let mut socket = connect(from, at).await.expect("a connection");
    socket.write_all(upgrade(at).as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    while !String::from_utf8_lossy(&answer).contains("challenge") {
        let read = timeout(DEADLINE / 4, socket.read_buf(&mut answer)).await.expect("in time").expect("open");
        assert!(read > 0, "{from}: {:?}", String::from_utf8_lossy(&answer));
    }
    let closed = timeout(SLOW, socket.read_buf(&mut answer)).await;
    assert!(closed.is_err(), "{from}: {closed:?} {:?}", String::from_utf8_lossy(&answer));
    request.write_all(b"Connection: close\r\n\r\n").await.expect("it is open");
    let mut answer = String::new();
    let read = timeout(DEADLINE / 4, request.read_to_string(&mut answer)).await.expect("in time");
    assert!(read.is_ok() && answer.starts_with("HTTP/1.1 4"), "{from}: {read:?} {answer:?}");
}

/// Opens connections from `from` for as long as it lives: counts those that were, and those that the other end closed.
async fn flood(from: IpAddr, at: SocketAddr, is_socket: bool, seen: Arc<[AtomicUsize; 2]>) {
    let once = async || -> io::Result<()> {
        let mut link = connect(from, at).await?;
        // Without an upgrade the head has no end.
        link.write_all(if is_socket { upgrade(at) } else { head(at) }.as_bytes()).await?;
        seen[0].fetch_add(1, Ordering::Relaxed);
        let mut answer = [0; 1024];
        while link.read(&mut answer).await? > 0 {}
        Ok(())
    };
    loop {
        drop(once().await);
        seen[1].fetch_add(1, Ordering::Relaxed);
        // Who is closed at once would leave no processor to those who are judged here.
        sleep(Duration::from_millis(250)).await;
    }
}

/// A script with `token`, which comes anew; an app that does, and has to prove itself on a socket.
async fn come(at: SocketAddr, token: &str, app: &Paired) {
    let script = async {
        let mut link = TcpStream::connect(at).await?;
        let asks = format!(
            "GET /api/v1/snapshot HTTP/1.1\r\nHost: {at}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        );
        link.write_all(asks.as_bytes()).await?;
        let mut answer = String::new();
        link.read_to_string(&mut answer).await?;
        io::Result::Ok(answer)
    };
    let answer = timeout(DEADLINE / 4, script).await.unwrap_or_else(|_| panic!("{at}: in time"));
    let answer = answer.unwrap_or_else(|err| panic!("{at}: {err}"));
    assert!(answer.starts_with("HTTP/1.1 200"), "{at}: {answer:.300}");
    let here = Address::new(&at.ip().to_string(), at.port());
    let proves = stream::open(&here, &app.token_id, &app.secret, Some(&app.machine_id));
    let opened = timeout(DEADLINE / 4, proves).await.unwrap_or_else(|_| panic!("{at}: in time"));
    assert!(opened.is_ok(), "{at}: {:?}", opened.err());
}

#[test]
fn a_flood_from_one_network_of_ipv6_holds_up_nobody_who_is_elsewhere() {
    let Some(network) = Network::make() else { return };
    add_ipv6(&network);
    let agent = Agent::start_in(Some(&network.near));
    let link = invited(&agent, &[]);
    let made: serde_json::Value =
        serde_json::from_str(&agent.stdout(&["token", "dashboard", "--json"])).expect("JSON");
    let token = made["token"].as_str().expect("a token").to_owned();
    let at = |host: &str| SocketAddr::new(host.parse::<IpAddr>().expect("an address"), agent.port);
    let [v4, v6] = [NEAR, NEAR_V6].map(at);
    let asks = |at: SocketAddr| {
        format!(
            "GET /api/v1/snapshot HTTP/1.1\r\nHost: {at}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        )
    };
    eventually("it has a sample, at both addresses", || {
        [v4, v6].iter().all(|at| network.ask(*at, asks(*at)).is_some_and(|(status, _)| status == 200))
    });
    let app = network.far_away(move || async move { pair(&link, "Laptop").await.expect("paired") });
    let app = app.join().expect("the app");

    let seen = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let floods = within(&network.far, {
        let seen = Arc::clone(&seen);
        move || async move {
            // What is routed to a computer can be used by its programs then, though no interface has the address.
            std::fs::write("/proc/sys/net/ipv6/ip_nonlocal_bind", "1").expect("root may, in this namespace");
            let mut tasks = JoinSet::new();
            for n in 1..=ADDRESSES {
                let from = address_of(FLOODING, n);
                (0..EACH).for_each(|each| {
                    drop(tasks.spawn(flood(from, v6, each % 2 == 0, Arc::clone(&seen))));
                });
            }
            drop(ended.await);
        }
    });
    eventually("the flood is there", || {
        seen[0].load(Ordering::Relaxed) > ADDRESSES && seen[1].load(Ordering::Relaxed) > PENDING_AUTH
    });
    let viewers = network.far_away(move || async move {
        for n in 1..=TIMES {
            come(v4, &token, &app).await;
            come(v6, &token, &app).await;
            let newcomer = address_of(NEWCOMERS, n);
            tokio::join!(
                comes_slowly(newcomer, v6),
                comes_slowly(NEWCOMER_V4.parse().expect("an address"), v4)
            );
        }
    });
    let served = viewers.join();
    drop(end);
    floods.join().expect("the flood breaks down");
    served.expect("viewers are served");
    let closed = seen[1].load(Ordering::Relaxed);
    assert!(closed > 10 * PENDING_AUTH_PER_ADDRESS, "it pushed out its own: {closed}");
}
