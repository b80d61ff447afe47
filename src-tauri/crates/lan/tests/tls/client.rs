//! A TLS client: what it trusts, requests over it, and a WebSocket.

#![allow(dead_code, reason = "no suite needs all of it")]

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::{WebSocketStream, client_async};
use wire::sharing::Encryption;

use crate::{DEADLINE, Fixture};

/// The receive buffer of a viewer: small, so that one that does not read is noticed.
const BUFFER_BYTES: u32 = 16 * 1024;

/// A fixture whose server makes its own certificate, and a client that trusts it.
pub(crate) async fn fixture() -> (Fixture, Trust) {
    let fixture = Fixture::start().await;
    fixture.server.tls().set(&Encryption::SelfSigned).expect("a certificate");
    let trust = Trust::of(&fixture.station.handle().data_dir().join("certificate.pem"));
    (fixture, trust)
}

/// A client's trust in one certificate.
#[derive(Clone)]
pub(crate) struct Trust {
    roots: RootCertStore,
}

impl Trust {
    pub(crate) fn of(certificate: &Path) -> Self {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_file(certificate).expect("a certificate");
        roots.add(certificate).expect("one that can be trusted");
        Self { roots }
    }

    /// An encrypted link by one version of TLS.
    pub(crate) async fn connect_by(
        &self,
        version: &'static SupportedProtocolVersion,
        address: SocketAddr,
    ) -> io::Result<TlsStream<TcpStream>> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .expect("a version")
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(BUFFER_BYTES)?;
        let socket = socket.connect(address).await?;
        let link = TlsConnector::from(Arc::new(config)).connect(address.ip().into(), socket);
        timeout(DEADLINE, link).await.expect("a handshake in time")
    }

    pub(crate) async fn connect(&self, address: SocketAddr) -> io::Result<TlsStream<TcpStream>> {
        self.connect_by(&rustls::version::TLS13, address).await
    }

    /// A WebSocket over such a link.
    pub(crate) async fn stream(&self, address: SocketAddr) -> Viewer<TlsStream<TcpStream>> {
        Viewer::over(self.connect(address).await.expect("an encrypted link"), address).await
    }
}

/// Asks for `path`, and reads to the end, which has to be a proper one. The status and the body.
pub(crate) async fn get<S>(mut link: S, address: SocketAddr, path: &str) -> (u16, String)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    link.write_all(request.as_bytes()).await.expect("the server takes it");
    link.flush().await.expect("the server takes it");
    let mut answer = Vec::new();
    let read = timeout(DEADLINE, link.read_to_end(&mut answer)).await.expect("an answer in time");
    read.expect("an end that is said");
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.expect("a status"), body.to_owned())
}

/// A viewer of the native stream.
pub(crate) struct Viewer<S> {
    pub(crate) socket: WebSocketStream<S>,
    seq: Option<u64>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Viewer<S> {
    pub(crate) async fn over(link: S, address: SocketAddr) -> Self {
        let request = format!("ws://{address}/api/v1/stream").into_client_request().expect("a request");
        Self::asking(request, link).await
    }

    pub(crate) async fn asking(request: Request, link: S) -> Self {
        let (socket, _) = client_async(request, link).await.expect("an open stream");
        Self { socket, seq: None }
    }

    pub(crate) async fn send_json(&mut self, message: Value) {
        self.socket.send(Message::text(message.to_string())).await.expect("the stream takes it");
    }

    /// The next message that `wanted` holds for. No frame of `overview` may be missing on the way to it.
    pub(crate) async fn recv(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let heard = async {
            loop {
                let message = self.socket.next().await.expect("an open stream").expect("a message");
                let Message::Text(text) = message else { continue };
                let message: Value = serde_json::from_str(&text).expect("JSON");
                if message["channel"] == "overview" {
                    let seq = message["seq"].as_u64().expect("a number");
                    assert!(self.seq.is_none_or(|last| last + 1 == seq), "{seq} after {:?}", self.seq);
                    self.seq = Some(seq);
                }
                if wanted(&message) {
                    return message;
                }
            }
        };
        timeout(DEADLINE, heard).await.expect("the message in time")
    }
}
