//! The middleware that authenticates and checks each request before its route: the Host header must name this machine,
//! the Origin must be allowed, and a request that changes something must not be forged by another site. It also
//! determines what its sender may see; routes take that as a [`HttpViewer`], or check the [`HttpPeer`] themselves.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Extension;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION,
    HeaderName, HeaderValue, VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use station::cpu_budget::{Account, Payer};
use station::{Work, WorkKind};
use wire::auth_header::{self, PROOF, Parameters};
use wire::endpoint::OWNER;
use wire::limits::CPU_WAIT_HTTP;
use wire::pin::ChannelBinding;
use wire::{HttpReason, Scope};

use super::origin::{Origin, is_foreign_write};
use super::{cookie, host, http_proof};
use crate::access::rights::Rights;
use crate::access::{Claim, Link, Sent};
use crate::error_response::ErrorResponse;
use crate::state::ServerState;
use crate::transport::local_user::LocalUser;
use crate::transport::serve::ByOwnerSocket;

/// Headers that a proxy adds: such a request comes from another machine, whatever its address is. Of some only the
/// beginning, since their makers add new ones.
const FORWARDED: [&str; 7] = [
    "forwarded",
    "via",
    "x-real-ip",
    "true-client-ip",
    "x-client-ip",
    "x-original-host",
    "x-cluster-client-ip",
];
const FORWARDED_FAMILIES: [&str; 6] =
    ["x-forwarded-", "cf-", "tailscale-", "x-envoy-", "x-appengine-", "fly-"];

/// Who sent the request, authenticated or not.
#[derive(Debug, Clone)]
pub(crate) struct HttpPeer {
    /// From where, and how.
    pub(crate) link: Link,
    /// It is a program on this computer, or our own page in a browser of it: not behind a proxy, and no other page.
    pub(crate) local: bool,
    /// Id of the only token that it may have, where it is a page whose origin was tied to one.
    pub(crate) tied: Option<Arc<str>>,
    /// The port that it asked, as it sees it.
    pub(crate) port: u16,
    /// What it may see; `None` without authentication.
    pub(crate) rights: Option<Rights>,
    /// Id of the token that grants it, if one does.
    pub(crate) token: Option<Arc<str>>,
    /// Why it may see nothing, where it may not: what its cookie was, if it sent one.
    pub(crate) refused: HttpReason,
}

/// A peer that may see something. As an extractor of a route it refuses all others.
#[derive(Debug, Clone)]
pub(crate) struct HttpViewer {
    /// From where, and how.
    pub(crate) link: Link,
    /// It is a program on this computer, or our own page in a browser of it: nobody behind a proxy, and no other page.
    pub(crate) local: bool,
    /// What it may see.
    pub(crate) rights: Rights,
    /// Id of the token that grants it, if one does.
    pub(crate) token: Option<Arc<str>>,
}

impl HttpViewer {
    /// A program on this computer.
    #[cfg(test)]
    pub(crate) fn here(scope: Scope) -> Self {
        let address = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
        Self {
            link: Link { address, binding: ChannelBinding::Plain, user: Some(LocalUser::Own) },
            local: true,
            rights: Rights::whole(scope),
            token: None,
        }
    }

    /// Work of this kind, asked for by this viewer.
    pub(crate) fn asks(&self, kind: WorkKind) -> Work {
        let payer = Payer::of(self.token.as_ref(), Some(self.link.address));
        Work::from(self.link.address, kind).paid_by(payer)
    }

    /// Whether it is this machine's owner, or a program on it.
    pub(crate) fn is_owner_or_local(&self) -> bool {
        self.rights.scope >= Scope::Control || self.local
    }
}

impl HttpPeer {
    /// Work of this kind, asked for by this peer.
    pub(crate) fn asks(&self, kind: WorkKind) -> Work {
        Work::from(self.link.address, kind).paid_by(self.payer())
    }

    /// Who pays for what is done for it; `None` for the owner.
    fn payer(&self) -> Option<Payer> {
        Payer::of(self.token.as_ref(), Some(self.link.address))
    }

    /// The peer as a viewer, if it is one.
    pub(crate) fn viewer(&self) -> Option<HttpViewer> {
        let HttpPeer { link, local, token, .. } = self;
        self.rights.map(|rights| HttpViewer { link: *link, local: *local, rights, token: token.clone() })
    }
}

impl<S: Sync> FromRequestParts<S> for HttpViewer {
    type Rejection = ErrorResponse;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ErrorResponse> {
        let peer: &HttpPeer = parts.extensions.get().expect("the guard stands before every route");
        peer.viewer().ok_or_else(|| peer.refused.clone().into())
    }
}

/// Refuses foreign hosts, pages and tokens; passes other requests on with what they may see. Those of somebody who has used
/// up its CPU time wait for a while before that: see [`station::cpu_budget`].
pub(crate) async fn check(
    State(server): State<Arc<ServerState>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Extension(binding): Extension<ChannelBinding>,
    Extension(user): Extension<Option<LocalUser>>,
    Extension(account): Extension<Account>,
    request: Request,
    next: Next,
) -> Response {
    server.requests.fetch_add(1, Ordering::Relaxed);
    let user = user.filter(|_| !is_forwarded(&request));
    let link = Link { address: address.ip().to_canonical(), binding, user };
    // One connection of a proxy carries the requests of many, so each is paid for anew: by the host that it comes from
    // until it shows a token.
    let by_owner = request.extensions().get::<ByOwnerSocket>().is_some();
    account.set(Payer::of(None, Some(link.address)).filter(|_| !by_owner));
    let mut reader = None;
    let checked = checked(&server, request, link, &mut reader).await;
    if let Ok(Some(passed)) = &checked {
        account.set(passed.peer.payer());
    }
    tokio::select! {
        () = tokio::time::sleep(account.wait().min(CPU_WAIT_HTTP)) => {}
        () = server.closing.cancelled() => {}
    }
    let answer = match checked {
        Ok(Some(Passed { mut request, peer, proof })) => {
            request.extensions_mut().insert(peer);
            proven(proof, next.run(request).await)
        }
        Ok(None) => preflight(),
        Err(problem) => problem.into_response(),
    };
    match reader {
        Some(reader) => readable_by(reader, answer),
        None => answer,
    }
}

/// A request that goes to its route.
struct Passed {
    request: Request,
    peer: HttpPeer,
    /// Our own, for a peer that gave one.
    proof: Option<String>,
}

/// Checks `request`; `None` where a browser only asks whether a page may read. `reader` becomes the origin of another page that
/// may read the answer, whatever that is.
async fn checked(
    server: &ServerState,
    mut request: Request,
    link: Link,
    reader: &mut Option<HeaderValue>,
) -> Result<Option<Passed>, ErrorResponse> {
    let headers = request.headers();
    let host = host::asked_for(headers, request.uri())?;
    if !host::is_ours(host, server) {
        return Err(ErrorResponse::because(StatusCode::MISDIRECTED_REQUEST, HttpReason::NotOurName));
    }
    let port = host::port(host, link.is_encrypted());
    let origins = server.access.state().store.origins.clone();
    let origin = Origin::of(headers, host, link.is_encrypted(), &origins).ok_or(HttpReason::ForeignPage)?;
    let asks_first =
        request.method() == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let body = http_proof::body_digest(&mut request).await?;
    if let Some(origin) = origin.reader() {
        *reader = Some(HeaderValue::from_str(origin).map_err(|_| HttpReason::ForeignPage)?);
        if asks_first {
            return Ok(None);
        }
    }
    let (peer, proof) = authenticate(server, &request, body, (link, port), &origin)?;
    Ok(Some(Passed { request, peer, proof }))
}

/// Whether a proxy passed `request` on, as far as it shows.
fn is_forwarded(request: &Request) -> bool {
    let of_proxy = |name: &str| {
        FORWARDED.contains(&name) || FORWARDED_FAMILIES.iter().any(|family| name.starts_with(family))
    };
    // No browser and no program of today speaks HTTP/1.0; nginx does where nothing else is configured.
    request.version() < Version::HTTP_11 || request.headers().keys().any(|name| of_proxy(name.as_str()))
}

/// `answer` with our own `proof`, for a peer that gave one.
fn proven(proof: Option<String>, mut answer: Response) -> Response {
    let header = proof.map(|proof| auth_header::written(&[(PROOF, &proof)]));
    if let Some(header) = header.and_then(|text| HeaderValue::try_from(text).ok()) {
        answer.headers_mut().insert(HeaderName::from_static("authentication-info"), header);
    }
    answer
}

/// What the peer may see, by its credentials and where it comes from; and our own proof, where it gave one.
fn authenticate(
    server: &ServerState,
    request: &Request,
    body: Option<[u8; 32]>,
    (link, port): (Link, u16),
    origin: &Origin,
) -> Result<(HttpPeer, Option<String>), ErrorResponse> {
    let headers = request.headers();
    if !request.method().is_safe() {
        written_on_purpose(headers, origin)?;
    }
    let own = matches!(origin, Origin::None | Origin::Own);
    let (named, open) = {
        let state = server.access.state();
        (state.store.is_guarded(), state.store.open)
    };
    let here = link.user.filter(|_| own && !named);
    let local = here == Some(LocalUser::Own);
    let tied: Option<Arc<str>> = origin.tied().map(Arc::from);
    let known = |rights, token| HttpPeer {
        link,
        local,
        port,
        tied: tied.clone(),
        rights: Some(link.carries(rights)),
        token,
        refused: HttpReason::Unknown,
    };
    match authorization(headers)? {
        Some(Authorization::Bearer(text)) => {
            let grant = match server.access.claim(text, Sent::ByProgram, link.address) {
                Claim::Granted(grant) => grant,
                other => return Err(http_proof::not_granted(&other)),
            };
            server.access.sent_by(&grant, link);
            let rights = grant.over(link, tied.as_deref()).ok_or(HttpReason::Unknown)?;
            return Ok((known(rights, Some(grant.id)), None));
        }
        Some(Authorization::Proof(parameters)) => {
            let (grant, proof) = http_proof::prove(server, request, body, parameters, link)?;
            let rights = grant.over(link, tied.as_deref()).ok_or(HttpReason::Unknown)?;
            return Ok((known(rights, Some(grant.id)), Some(proof)));
        }
        None => {}
    }
    if link.user.is_some() && *origin == Origin::None && request.extensions().get::<ByOwnerSocket>().is_some()
    {
        return Ok((known(Rights::whole(Scope::Control), Some(OWNER.into())), None));
    }
    let mut refused = HttpReason::Unknown;
    // A cookie is for the page it was given to. Another page of this host has the same one, and another port gets it, too.
    if own && let Some(text) = cookie::read(headers, &server.station.machine().id, link.is_encrypted()) {
        match server.access.claim(text, Sent::Cookie(port), link.address) {
            Claim::Granted(grant) => {
                server.access.sent_by(&grant, link);
                if let Some(rights) = grant.over(link, tied.as_deref()) {
                    return Ok((known(rights, Some(grant.id)), None));
                }
            }
            Claim::Revoked => refused = HttpReason::Revoked,
            Claim::Unclear => refused = HttpReason::AccessUnclear,
            Claim::Misplaced | Claim::Unknown | Claim::TooMany(_) => {}
        }
    }
    let added = matches!(origin, Origin::Added(_)) && origin.tied().is_none();
    let of_anyone = (added || (own && open)).then_some(Rights::programs(Scope::View));
    let of_loopback = || server.station.settings().loopback.scope().map(Rights::whole);
    let without_token = match here {
        Some(LocalUser::Own) => of_loopback(),
        // Another person of this computer gets what a paired viewer of scope `view` gets.
        Some(LocalUser::Person | LocalUser::Unknown) => {
            of_loopback().map(|_| Rights::programs(Scope::View)).or(of_anyone)
        }
        Some(LocalUser::System) | None => of_anyone,
    };
    let peer = match without_token {
        Some(rights) => known(rights, None),
        None => HttpPeer { link, local, port, tied, rights: None, token: None, refused },
    };
    Ok((peer, None))
}

/// Refuses changes that a page of another site makes the browser send (CSRF).
fn written_on_purpose(headers: &HeaderMap, origin: &Origin) -> Result<(), ErrorResponse> {
    if !matches!(origin, Origin::None | Origin::Own) || is_foreign_write(headers) {
        return Err(HttpReason::ForeignPage.into());
    }
    Ok(())
}

/// The credentials of an `Authorization` header.
#[derive(Debug, Clone, Copy)]
enum Authorization<'a> {
    /// A token.
    Bearer(&'a str),
    /// A proof of one, or the request for a nonce to prove it with.
    Proof(Parameters<'a>),
}

/// The credentials of the `Authorization` header, if there is one.
fn authorization(headers: &HeaderMap) -> Result<Option<Authorization<'_>>, ErrorResponse> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let brought = value.to_str().ok().and_then(|text| {
        if let Some(parameters) = Parameters::of(text) {
            return Some(Authorization::Proof(parameters));
        }
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| Authorization::Bearer(token.trim()))
    });
    brought.map(Some).ok_or_else(|| HttpReason::Unknown.into())
}

/// The answer to a CORS preflight for a page of `reader`: it may read, with a token or without.
fn preflight() -> Response {
    let headers = [
        (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD")),
        (ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("authorization")),
        (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600")),
        // A page of the internet needs this, too, to reach a machine of the local network (Private Network Access).
        (HeaderName::from_static("access-control-allow-private-network"), HeaderValue::from_static("true")),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Allows the page of `reader` to read `answer`.
fn readable_by(reader: HeaderValue, mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, reader);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
    headers.append(VARY, HeaderValue::from_static("origin"));
    answer
}
