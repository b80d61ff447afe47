//! A client of any family, with JSON messages and a timeout on each.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::DEADLINE;

pub(crate) struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    pub(crate) async fn connect(address: SocketAddr, path: &str) -> Self {
        let (socket, _) = connect_async(format!("ws://{address}{path}")).await.expect("an open socket");
        Self(socket)
    }

    /// Status and body of the answer that refuses the socket.
    pub(crate) async fn refused(address: SocketAddr, path: &str) -> (u16, Value) {
        match connect_async(format!("ws://{address}{path}")).await {
            Err(Error::Http(answer)) => {
                let body = answer.body().as_deref().unwrap_or_default();
                (answer.status().as_u16(), serde_json::from_slice(body).expect("JSON"))
            }
            other => panic!("not refused: {other:?}"),
        }
    }

    pub(crate) async fn send_json(&mut self, message: Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub(crate) async fn send(&mut self, message: Message) {
        self.0.send(message).await.expect("the socket takes it");
    }

    /// The next frame, whatever it is.
    pub(crate) async fn frame(&mut self) -> Message {
        let next = tokio::time::timeout(DEADLINE, self.0.next()).await.expect("a message in time");
        next.expect("an open socket").expect("a message")
    }

    /// The next message. A binary one is none of any family.
    pub(crate) async fn recv(&mut self) -> Value {
        loop {
            match self.frame().await {
                Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("no text: {other:?}"),
            }
        }
    }

    /// The next message of this type; others are passed over.
    pub(crate) async fn recv_type(&mut self, kind: &str) -> Value {
        let heard = async {
            loop {
                let message = self.recv().await;
                if message["type"] == kind {
                    return message;
                }
            }
        };
        tokio::time::timeout(DEADLINE, heard).await.expect("the message in time")
    }
}

/// Status and body of a plain request; `headers` are further header lines.
pub(crate) async fn get(address: SocketAddr, path: &str, headers: &str) -> (u16, Value) {
    let exchange = async {
        let mut socket = TcpStream::connect(address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n");
        socket.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = tokio::time::timeout(DEADLINE, exchange).await.expect("in time").expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, serde_json::from_str(body).expect("JSON"))
}
