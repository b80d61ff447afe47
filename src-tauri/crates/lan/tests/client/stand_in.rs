//! What may answer at an address in a machine's place: a server with given answers, a proxy to a real machine that
//! forwards only what a test wants, and a man in the middle who decrypts and encrypts again.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use client::address::Address;
use futures_util::{SinkExt, StreamExt};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{ClientConfig, DigitallySignedStruct, Error, ServerConfig, SignatureScheme};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use wire::pin::Pin;

/// Longest head of a request.
const HEAD_BYTES: usize = 16 * 1024;

/// Something that listens. Dropping it ends it.
pub(crate) struct StandIn {
    at: SocketAddr,
    heard: Arc<Mutex<Vec<u8>>>,
    _listening: JoinSet<()>,
}

impl StandIn {
    pub(crate) fn address(&self) -> Address {
        self.at.to_string().parse().expect("an address")
    }

    /// All that was sent to it.
    pub(crate) fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// At `at`, serves each connection by `serve`.
    pub(crate) async fn at<F>(
        at: &str,
        serve: impl Fn(TcpStream, Arc<Mutex<Vec<u8>>>) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(at).await.expect("a port to listen on");
        let (at, heard) = (listener.local_addr().expect("an address"), Arc::default());
        let (mut listening, hears) = (JoinSet::new(), Arc::clone(&heard));
        listening.spawn(async move {
            let mut served = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                served.spawn(serve(socket, Arc::clone(&hears)));
            }
        });
        Self { at, heard, _listening: listening }
    }

    /// Answers every request with what `answer` makes of its head, then closes the connection.
    pub(crate) async fn answering(answer: impl Fn(&str) -> String + Clone + Send + 'static) -> Self {
        Self::at("127.0.0.1:0", move |mut socket, heard| {
            let answer = answer.clone();
            async move {
                while let Some(head) = head(&mut socket, &heard).await {
                    let answer = answer(&head);
                    if socket.write_all(answer.as_bytes()).await.is_err() || !answer.contains("keep-alive") {
                        return;
                    }
                }
            }
        })
        .await
    }

    /// Accepts every connection, and sends nothing.
    pub(crate) async fn silent() -> Self {
        Self::at("127.0.0.1:0", |socket, _| async move {
            std::future::pending::<()>().await;
            drop(socket);
        })
        .await
    }

    /// A WebSocket that sends these messages, from the second on after it received something.
    pub(crate) async fn saying(subprotocol: Option<&'static str>, says: Vec<Value>) -> Self {
        Self::at("127.0.0.1:0", move |socket, heard| {
            let says = says.clone();
            async move {
                #[expect(clippy::result_large_err, reason = "the shape is that of the library")]
                let echo = |_: &Request, mut answer: Response| {
                    if let Some(name) = subprotocol {
                        let header = "sec-websocket-protocol";
                        answer.headers_mut().insert(header, HeaderValue::from_static(name));
                    }
                    Ok(answer)
                };
                let Ok(mut socket) = accept_hdr_async(socket, echo).await else { return };
                for message in says {
                    if socket.send(Message::text(message.to_string())).await.is_err() {
                        return;
                    }
                    let Some(Ok(message)) = socket.next().await else { return };
                    heard.lock().unwrap_or_else(PoisonError::into_inner).extend(message.into_data());
                }
            }
        })
        .await
    }

    /// Forwards to `machine` what does not begin with one of these; the rest it answers with `refusal`.
    pub(crate) async fn before(
        machine: SocketAddr,
        at: &str,
        refuses: impl Fn(&[u8]) -> bool + Clone + Send + 'static,
        refusal: &'static str,
    ) -> Self {
        Self::at(at, move |mut viewer, _| {
            let refuses = refuses.clone();
            async move {
                let mut first = vec![0; HEAD_BYTES];
                let Ok(count) = viewer.read(&mut first).await else { return };
                if refuses(&first[..count]) {
                    drop(viewer.write_all(refusal.as_bytes()).await);
                    return;
                }
                let Ok(mut machine) = TcpStream::connect(machine).await else { return };
                if machine.write_all(&first[..count]).await.is_ok() {
                    drop(copy_bidirectional(&mut viewer, &mut machine).await);
                }
            }
        })
        .await
    }

    /// Forwards everything to `machine`, and records what the viewer sends.
    pub(crate) async fn tapped(machine: SocketAddr) -> Self {
        Self::at("127.0.0.1:0", move |mut viewer, heard| async move {
            let Ok(mut machine) = TcpStream::connect(machine).await else { return };
            drop(relay(&mut viewer, &mut machine, &heard).await);
        })
        .await
    }

    /// A man in the middle: decrypts by a key of its own, and encrypts again for `machine`.
    pub(crate) async fn between(machine: SocketAddr) -> Self {
        let (acceptor, _) = identity();
        Self::at("127.0.0.1:0", move |viewer, heard| {
            let acceptor = acceptor.clone();
            async move {
                let Ok(mut viewer) = acceptor.accept(viewer).await else { return };
                let Some(mut machine) = encrypted(machine).await else { return };
                drop(relay(&mut viewer, &mut machine, &heard).await);
            }
        })
        .await
    }

    /// A man in the middle: what comes plain goes on encrypted to `machine`.
    pub(crate) async fn encrypting(machine: SocketAddr) -> Self {
        Self::at("127.0.0.1:0", move |mut viewer, heard| async move {
            let Some(mut machine) = encrypted(machine).await else { return };
            drop(relay(&mut viewer, &mut machine, &heard).await);
        })
        .await
    }
}

/// A connection to `machine`, by whatever key it has.
async fn encrypted(machine: SocketAddr) -> Option<TlsStream<TcpStream>> {
    let link = TcpStream::connect(machine).await.ok()?;
    TlsConnector::from(trusting_all()).connect(machine.ip().into(), link).await.ok()
}

/// Forwards both ways, and records what the viewer sends.
async fn relay(
    viewer: &mut (impl AsyncRead + AsyncWrite + Unpin),
    machine: &mut (impl AsyncRead + AsyncWrite + Unpin),
    heard: &Mutex<Vec<u8>>,
) -> std::io::Result<()> {
    let (mut up, mut down) = ([0; 4096], [0; 4096]);
    loop {
        tokio::select! {
            count = viewer.read(&mut up) => {
                let said = &up[..count?];
                heard.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(said);
                if said.is_empty() {
                    return Ok(());
                }
                machine.write_all(said).await?;
                machine.flush().await?;
            }
            count = machine.read(&mut down) => {
                let said = &down[..count?];
                if said.is_empty() {
                    return Ok(());
                }
                viewer.write_all(said).await?;
                viewer.flush().await?;
            }
        }
    }
}

/// A certificate of a man in the middle, and its pin.
pub(crate) fn identity() -> (TlsAcceptor, Pin) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let names = vec!["127.0.0.1".to_owned()];
    let certificate = rcgen::CertificateParams::new(names).expect("names").self_signed(&key);
    let certificate = certificate.expect("a certificate").der().clone();
    let pin = network::certificate::pin_of(&certificate).expect("a pin");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    (TlsAcceptor::from(Arc::new(config.expect("a key that fits"))), pin)
}

/// The head of the next request; nothing at the end.
async fn head(socket: &mut TcpStream, heard: &Mutex<Vec<u8>>) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") && bytes.len() < HEAD_BYTES {
        let byte = socket.read_u8().await.ok()?;
        bytes.push(byte);
    }
    heard.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&bytes);
    String::from_utf8(bytes).ok()
}

/// Accepts every certificate, as a man in the middle does.
#[derive(Debug)]
struct Anybody;

pub(crate) fn trusting_all() -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").dangerous().with_custom_certificate_verifier(Arc::new(Anybody));
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![wire::endpoint::ALPN.to_vec()];
    Arc::new(config)
}

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
