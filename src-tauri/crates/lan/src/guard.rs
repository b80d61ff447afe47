//! Who is let in, before any route is looked at: the Host header must name this machine (else a web page could
//! reach it by a name of its own that resolves here), and an Origin must be the page this door served. What the
//! caller may see is settled here too; routes take it as a [`Viewer`], or look at the [`Caller`] themselves.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::Response;
use wire::{ErrorCode, Scope};

use crate::door::Shared;
use crate::problem::Problem;

/// Who asks, as far as that is known before a route is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    /// From where.
    pub(crate) address: IpAddr,
    /// What it may see; `None` for those who brought no proof.
    pub(crate) scope: Option<Scope>,
}

/// Somebody who may see something. As an argument of a route it keeps all others out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Viewer {
    /// From where.
    pub(crate) address: IpAddr,
    /// What it may see.
    pub(crate) scope: Scope,
}

impl Viewer {
    /// Whether it is this machine's owner, or a program on it.
    pub(crate) fn is_owner_or_local(self) -> bool {
        self.scope >= Scope::Control || self.address.is_loopback()
    }
}

impl<S: Sync> FromRequestParts<S> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller: &Caller = parts.extensions.get().expect("the guard stands before every route");
        let scope = caller.scope.ok_or_else(unauthorized)?;
        Ok(Self { address: caller.address, scope })
    }
}

fn unauthorized() -> Problem {
    let message = "this machine does not know you; pair with it, or send a token";
    Problem::new(StatusCode::UNAUTHORIZED, ErrorCode::Unauthorized, message)
}

/// Refuses foreign hosts, origins and tokens; lets the rest through with what they may see.
pub(crate) async fn check(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    shared.requests.fetch_add(1, Ordering::Relaxed);
    let host = host(request.headers(), request.uri())?;
    if !is_ours(host, &shared) {
        let message = "this name is not one of this machine's; open it by its address or by localhost";
        return Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, ErrorCode::Forbidden, message));
    }
    if !origin_fits(request.headers(), host) {
        let message = "other web pages may not read this machine";
        return Err(Problem::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden, message));
    }
    let address = peer.ip().to_canonical();
    let scope = match bearer(request.headers())? {
        Some(text) => {
            let grant = shared.tokens.bearer(text).ok_or_else(unauthorized)?;
            Some(grant.over_plain_link(address).ok_or_else(unauthorized)?)
        }
        None if address.is_loopback() => shared.station.settings().loopback.scope(),
        None => shared.insecure_open.then_some(Scope::View),
    };
    request.extensions_mut().insert(Caller { address, scope });
    Ok(next.run(request).await)
}

/// The token of the Authorization header, if there is one.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    token.map(Some).ok_or_else(unauthorized)
}

/// The host that was asked for, port included. An absolute URI must not contradict the header.
fn host<'a>(headers: &'a HeaderMap, uri: &Uri) -> Result<&'a str, Problem> {
    let bad = |message: &'static str| Problem::new(StatusCode::BAD_REQUEST, ErrorCode::BadMessage, message);
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(bad("exactly one Host header is needed"));
    };
    let host = host.to_str().map_err(|_| bad("the Host header is not text"))?;
    match uri.authority() {
        Some(authority) if authority.as_str() != host => Err(bad("the address and the Host header differ")),
        _ => Ok(host),
    }
}

/// Whether `host` names this machine. Any port will do: a tunnel ends on another one, and rebinding works by
/// names, not by ports.
fn is_ours(host: &str, shared: &Shared) -> bool {
    let Some(name) = name(host) else { return false };
    if let Ok(address) = name.parse::<IpAddr>() {
        return address.is_loopback() || is_own_address(address, shared);
    }
    let machine = shared.station.machine();
    let own = |known: &str| name.eq_ignore_ascii_case(known);
    own("localhost") || own(&machine.name) || own(&format!("{}.local", machine.name))
}

/// `name` or `[name]`, with or without `:port`; nothing for anything else.
fn name(host: &str) -> Option<&str> {
    let (name, rest) = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']')?,
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let port_fits = rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    (!name.is_empty() && port_fits).then_some(name)
}

fn is_own_address(address: IpAddr, shared: &Shared) -> bool {
    let Some(tick) = shared.station.latest() else { return false };
    let text = address.to_string();
    tick.snapshot.facts.interfaces.iter().any(|interface| interface.addresses.contains(&text))
}

/// Whether the request comes from a page of this door, or from no page at all.
fn origin_fits(headers: &HeaderMap, host: &str) -> bool {
    let mut origins = headers.get_all(ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => origin
            .to_str()
            .ok()
            .and_then(|origin| origin.strip_prefix("http://"))
            .is_some_and(|origin| origin.eq_ignore_ascii_case(host)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_split_from_their_ports() {
        let cases = [
            ("localhost", Some("localhost")),
            ("localhost:7444", Some("localhost")),
            ("127.0.0.1:7444", Some("127.0.0.1")),
            ("[::1]:7444", Some("::1")),
            ("[::1]", Some("::1")),
            ("", None),
            (":7444", None),
            ("localhost:", None),
            ("localhost:port", None),
            ("localhost:99999", None),
            ("[::1", None),
            ("::1", None),
        ];
        for (host, expected) in cases {
            assert_eq!(name(host), expected, "{host}");
        }
    }

    #[test]
    fn only_the_own_origin_fits() {
        let cases = [
            (None, true),
            (Some("http://127.0.0.1:7444"), true),
            (Some("http://127.0.0.1:7445"), false),
            (Some("http://127.0.0.1:7444.evil.test"), false),
            (Some("https://127.0.0.1:7444"), false),
            (Some("http://evil.test"), false),
            (Some("null"), false),
            (Some(""), false),
        ];
        for (origin, expected) in cases {
            let mut headers = HeaderMap::new();
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().unwrap());
            }
            assert_eq!(origin_fits(&headers, "127.0.0.1:7444"), expected, "{origin:?}");
        }
    }
}
