//! The `Host` check: a request has to name this machine by one of its names, else a web page could reach it by a name of
//! its own that resolves here (DNS rebinding). An address is always accepted: no page can make one its own.

use std::net::IpAddr;

use axum::http::header::HOST;
use axum::http::{HeaderMap, Uri};
use wire::HttpReason;

use crate::error_response::ErrorResponse;
use crate::state::ServerState;

/// Longest host name (RFC 1035, 2.3.4).
const NAME_CHARS: usize = 253;

/// The host that was asked for, port included. An absolute URI must not contradict the header.
pub(crate) fn asked_for<'a>(headers: &'a HeaderMap, uri: &Uri) -> Result<&'a str, ErrorResponse> {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(HttpReason::NoSingleHost.into());
    };
    let host = host.to_str().map_err(|_| HttpReason::HostNotText)?;
    match uri.authority() {
        Some(authority) if authority.as_str() != host => Err(HttpReason::HostsDiffer.into()),
        _ => Ok(host),
    }
}

/// The port in `host`, or the one that its scheme has: as the browser sees it, a tunnel or a proxy may end on another one.
pub(crate) fn port(host: &str, encrypted: bool) -> u16 {
    let usual = if encrypted { 443 } else { 80 };
    let named = host.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    named.filter(|_| !host.ends_with(']')).unwrap_or(usual)
}

/// Whether `host` names this machine. Any port is accepted: a tunnel ends on another one, and rebinding works by
/// names, not by ports.
pub(crate) fn is_ours(host: &str, server: &ServerState) -> bool {
    let Some(name) = name(host) else { return false };
    if let Ok(address) = name.parse::<IpAddr>() {
        return address.is_loopback() || is_own_address(address, server);
    }
    let machine = server.station.machine();
    let own = |known: &str| name.eq_ignore_ascii_case(known);
    own("localhost")
        || own(&machine.name)
        || own(&format!("{}.local", machine.name))
        || server.advertiser.is_host(name)
        || server.access.state().store.host_names.iter().any(|added| own(added))
}

/// A host name as it is stored: in lower case, and without a port. `None` where it is none.
pub(crate) fn added(text: &str) -> Option<String> {
    let name = text.trim().trim_end_matches('.').to_ascii_lowercase();
    let label = |label: &str| {
        let signs = label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_');
        (1..=63).contains(&label.len()) && signs && !label.starts_with('-') && !label.ends_with('-')
    };
    let fits = name.len() <= NAME_CHARS && name.split('.').all(label) && name.parse::<IpAddr>().is_err();
    fits.then_some(name)
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

fn is_own_address(address: IpAddr, server: &ServerState) -> bool {
    if server.exposure.addresses().iter().any(|open| open.ip() == address) {
        return true;
    }
    let Some(tick) = server.station.latest() else { return false };
    let text = address.to_string();
    tick.snapshot.facts.interfaces.iter().any(|interface| interface.addresses.contains(&text))
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
    fn a_host_without_a_port_has_that_of_its_scheme() {
        let cases = [
            ("nas:7444", false, 7444),
            ("nas", false, 80),
            ("nas", true, 443),
            ("[::1]:7444", true, 7444),
            ("[fd00::7444]", false, 80),
        ];
        for (host, encrypted, expected) in cases {
            assert_eq!(port(host, encrypted), expected, "{host}");
        }
    }

    #[test]
    fn added_names_are_host_names_and_nothing_else() {
        let cases = [
            ("nas.example.org", Some("nas.example.org")),
            (" NAS.Example.org. ", Some("nas.example.org")),
            ("nas", Some("nas")),
            ("192.168.1.5", None),
            ("nas:7444", None),
            ("https://nas", None),
            ("*.example.org", None),
            ("nas..org", None),
            ("-nas", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(added(text).as_deref(), expected, "{text}");
        }
    }
}
