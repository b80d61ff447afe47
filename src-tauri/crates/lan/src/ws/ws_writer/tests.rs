//! A writer over real sockets, plain and encrypted, and the headers it writes.

use std::future::poll_fn;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::*;
use crate::transport::tls::Tls;
use crate::transport::write_timeout::WriteTimeout;
use wire::sharing::Encryption;

/// What each socket holds; the kernel doubles it.
const BUFFER_BYTES: u32 = 16 * 1024;
/// More than all sockets and TLS together hold.
const LARGE: usize = 1024 * 1024;

trait Stream: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send {}
impl<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send> Stream for S {}

/// A writer and the other end of its connection, below the WebSocket.
async fn line(encrypted: bool) -> (WsWriter, Box<dyn Stream>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let there = TcpSocket::new_v4().unwrap();
    there.set_recv_buffer_size(BUFFER_BYTES).unwrap();
    let there = there.connect(listener.local_addr().unwrap());
    let (there, here) = tokio::join!(there, listener.accept());
    let (there, here) = (there.unwrap(), here.unwrap().0);
    socket2::SockRef::from(&here).set_send_buffer_size(BUFFER_BYTES as usize).unwrap();
    let (transport, there) = if encrypted { encrypt(here, there).await } else { plain(here, there) };
    let mut line = WsWriter::new(WebSocketStream::from_raw_socket(transport, Role::Server, None).await);
    poll_fn(|cx| line.poll_send(cx)).await.unwrap();
    (line, there)
}

fn plain(here: TcpStream, there: TcpStream) -> (Transport, Box<dyn Stream>) {
    (Transport::Plain(WriteTimeout::new(here)), Box::new(there))
}

async fn encrypt(here: TcpStream, there: TcpStream) -> (Transport, Box<dyn Stream>) {
    let data = tempfile::tempdir().unwrap();
    let tls = Tls::new(data.path());
    tls.set(&Encryption::SelfSigned).unwrap();
    let connector = TlsConnector::from(crate::transport::tls::trusting(&data.path().join("certificate.pem")));
    let offer = tls.offer().unwrap();
    let accepted = offer.accept(WriteTimeout::new(here));
    let connected = connector.connect("localhost".try_into().unwrap(), there);
    let (here, there) = tokio::join!(accepted, connected);
    (Transport::encrypted(here.unwrap().0), Box::new(there.unwrap()))
}

fn payload(fill: u8, size: usize) -> Payload {
    Payload { bytes: vec![fill; size].into(), encoding: Encoding::Msgpack }
}

#[tokio::test]
async fn frames_of_any_size_go_out_whole_and_in_order() {
    let sizes = [1, 125, 70_000, 16_384, LARGE, 0, 3, 65_536, 5];
    for encrypted in [false, true] {
        let (mut line, there) = line(encrypted).await;
        let mut there = WebSocketStream::from_raw_socket(there, Role::Client, None).await;
        line.push(sizes.iter().zip(b'a'..).map(|(size, fill)| payload(fill, *size)).collect());
        let sends = async {
            poll_fn(|cx| line.poll_send(cx)).await.unwrap();
            assert!(line.is_idle() && line.stuck_since().is_none());
        };
        let hears = async {
            for (size, fill) in sizes.iter().zip(b'a'..) {
                let heard = there.next().await.unwrap().unwrap();
                assert!(heard == Message::binary(vec![fill; *size]), "{size} bytes, encrypted: {encrypted}");
            }
        };
        tokio::join!(sends, hears);
    }
}

#[tokio::test]
async fn what_is_not_with_the_kernel_waits_and_each_step_it_takes_is_seen() {
    for encrypted in [false, true] {
        let (mut line, mut there) = line(encrypted).await;
        let mut posted = 0;
        let stuck = loop {
            while line.is_idle() && line.send_now(&mut vec![payload(b'x', 1000)]).unwrap() {
                posted += 1;
                assert!(posted < LARGE / 1000, "nobody reads, and all is taken; encrypted: {encrypted}");
            }
            let stuck = line.stuck_since().expect("nobody reads");
            // What was under way has arrived by then, and may have made room.
            tokio::time::sleep(Duration::from_millis(50)).await;
            if line.try_send().unwrap() {
                posted += 1;
            } else if line.stuck_since() == Some(stuck) {
                break stuck;
            }
        };
        assert!(!line.is_idle() && !line.is_empty(), "encrypted: {encrypted}");
        line.push(vec![payload(b'y', LARGE)]);
        assert!(!line.try_send().unwrap());
        assert_eq!(line.stuck_since(), Some(stuck), "nothing was taken meanwhile");
        let mut arrived = vec![0; posted * 1004];
        let all = there.read_exact(&mut arrived);
        let all = tokio::time::timeout(Duration::from_secs(5), all).await;
        all.expect("what counts as sent is with the kernel").unwrap();

        // The viewer reads slowly: what is stuck is stuck since the last step only.
        let mut some = vec![0; 32 * 1024];
        let mut since = stuck;
        for _ in 0..6 {
            let reads = async {
                for _ in 0..4 {
                    there.read_exact(&mut some).await.unwrap();
                }
            };
            let sends = poll_fn(|cx| line.poll_send(cx));
            let sends = tokio::time::timeout(Duration::from_millis(100), sends);
            let (sent, ()) = tokio::join!(sends, reads);
            sent.expect_err("there is more than is read");
            let now = line.stuck_since().expect("it is stuck once more");
            assert!(now > since, "the step was not seen; encrypted: {encrypted}");
            since = now;
        }
        let reads = async {
            let mut left = 1004 + LARGE + 10 - 6 * 4 * some.len();
            while left > 0 {
                left -= there.read(&mut some).await.unwrap();
            }
        };
        let both = async { tokio::join!(poll_fn(|cx| line.poll_send(cx)), reads) };
        let (sent, ()) = tokio::time::timeout(Duration::from_secs(5), both).await.expect("all is taken");
        sent.unwrap();
        assert!(line.is_idle() && line.stuck_since().is_none());
    }
}

#[tokio::test]
async fn what_was_read_together_is_heard_one_by_one() {
    for encrypted in [false, true] {
        let (mut line, there) = line(encrypted).await;
        let mut there = WebSocketStream::from_raw_socket(there, Role::Client, None).await;
        for number in 0..5 {
            there.feed(Message::text(number.to_string())).await.unwrap();
        }
        there.flush().await.unwrap();
        for number in 0..5 {
            let heard = poll_fn(|cx| line.poll_next(cx));
            let heard = tokio::time::timeout(Duration::from_secs(5), heard).await.expect("it came");
            assert_eq!(heard.unwrap().unwrap(), Message::text(number.to_string()));
        }
        drop(there);
        assert!(!matches!(poll_fn(|cx| line.poll_next(cx)).await, Some(Ok(_))), "the end is heard");
    }
}

#[tokio::test]
async fn an_encrypted_link_ends_with_a_word() {
    let (line, mut there) = line(true).await;
    drop(line);
    // Without it, this is an error: the connection may have been truncated.
    assert_eq!(there.read(&mut [0; 16]).await.unwrap(), 0);
}

#[test]
fn headers_have_the_shortest_length_that_fits() {
    let cases: [(usize, Encoding, &[u8]); 6] = [
        (0, Encoding::Json, &[0x81, 0]),
        (125, Encoding::Msgpack, &[0x82, 125]),
        (126, Encoding::Json, &[0x81, 126, 0, 126]),
        (255, Encoding::Json, &[0x81, 126, 0, 255]),
        (65_535, Encoding::Json, &[0x81, 126, 255, 255]),
        (65_536, Encoding::Json, &[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
    ];
    for (size, encoding, expected) in cases {
        let payload = Payload { bytes: vec![b' '; size].into(), encoding };
        assert_eq!(Header::of(&payload).as_bytes(), expected, "{size}");
    }
}
