//! Requests and answers in HTTP, over one connection to a machine.

use std::pin::Pin as Pinned;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{Connection as Connected, SendRequest, handshake};
use hyper::http::header::{HOST, USER_AGENT as USER_AGENT_HEADER};
use hyper::http::request::Builder;
use hyper::http::response::Parts;
use hyper_util::rt::TokioIo;
use wire::pin::ChannelBinding;

use super::address::Address;
use super::constants::{RESPONSE_TIMEOUT, USER_AGENT};
use super::stream::OpenError;
use super::tls::{Carrier, Connection, Privacy, connect};

type Body = Full<Bytes>;
/// The driver of the connection; it has to be polled while an answer is waited for.
type Conversation = Pinned<Box<Connected<TokioIo<Carrier>, Body>>>;

/// An HTTP connection.
pub(crate) struct Exchange {
    address: Address,
    sender: SendRequest<Body>,
    /// `None` once it ended.
    conversation: Option<Conversation>,
    binding: ChannelBinding,
}

impl Exchange {
    /// Connects to `address`.
    ///
    /// # Errors
    /// When it cannot connect, or not with the encryption that is required.
    pub(crate) async fn open(address: &Address, privacy: Privacy) -> Result<Self, OpenError> {
        let connected = connect(address, privacy).await;
        let Connection { carrier, binding } =
            connected.map_err(|error| OpenError::unconnected(address, error))?;
        let (sender, conversation) =
            handshake(TokioIo::new(carrier)).await.map_err(|_| OpenError::NotSightline(address.clone()))?;
        Ok(Self { address: address.clone(), sender, conversation: Some(Box::pin(conversation)), binding })
    }

    /// What tells this connection from one that somebody else opened.
    pub(crate) fn binding(&self) -> ChannelBinding {
        self.binding
    }

    /// The address.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Sends `request`, and reads an answer of at most `most` bytes.
    ///
    /// # Errors
    /// When there is no answer within five seconds, or it is not HTTP.
    pub(crate) async fn ask(
        &mut self,
        request: Builder,
        body: Body,
        most: usize,
    ) -> Result<(Parts, Bytes), OpenError> {
        self.ask_within(RESPONSE_TIMEOUT, request, body, most).await
    }

    /// As [`Self::ask`], for an answer that may take `limit`.
    ///
    /// # Errors
    /// When there is none by then, or it is not HTTP.
    pub(crate) async fn ask_within(
        &mut self,
        limit: Duration,
        request: Builder,
        body: Body,
        most: usize,
    ) -> Result<(Parts, Bytes), OpenError> {
        let Self { address, sender, conversation, .. } = self;
        let not_sightline = || OpenError::NotSightline(address.clone());
        let request = request
            .header(HOST, address.to_string())
            .header(USER_AGENT_HEADER, USER_AGENT)
            .body(body)
            .map_err(|_| not_sightline())?;
        let answer = async {
            sender.ready().await.ok()?;
            let (head, body) = sender.send_request(request).await.ok()?.into_parts();
            let body = Limited::new(body, most).collect().await.ok()?;
            Some((head, body.to_bytes()))
        };
        let mut answer = std::pin::pin!(answer);
        let answered = tokio::time::timeout(limit, async {
            if let Some(carrying) = conversation {
                tokio::select! {
                    answer = &mut answer => return answer,
                    // It may end with the last byte of the answer, which is still to be read.
                    _ = carrying => {}
                }
                *conversation = None;
            }
            answer.await
        });
        answered.await.map_err(|_| OpenError::Silent(address.clone()))?.ok_or_else(not_sightline)
    }
}
