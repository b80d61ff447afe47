//! Sharing at one moment, as its owner sees it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use network::Network;
use qrcode::{Color, QrCode};
use station::Peer;
use wire::endpoint::OWNER;
use wire::limits::{ACCESS_RECENT, CODE_LASTS};
use wire::message::ErrorBody;
use wire::sharing::{Invitation, NetworkInfo, PairingRequest, Sharing, ViewerInfo};
use wire::{Carrier, Reason};

use crate::access::approvals::Asking;
use crate::access::codes::Shown;
use crate::access::store::{Store, Viewer};
use crate::state::ServerState;
use crate::transport::local_user::are_untold;

/// The problem where the agent shares the machine of a window, or the other way round.
const SHARED_BY: &str =
    "Another Sightline of this machine, the agent or a window, shares it already. Change it there.";

/// All of it, as far as `peer` may see it.
pub(super) fn report(server: &ServerState, peer: &Peer) -> Sharing {
    let (viewing, connected) = connected_viewers(server);
    let problem = server.exposure.problem();
    let elsewhere = server.access.held_elsewhere() || server.exposure.is_taken_by_ours();
    let shared_by = elsewhere.then(|| SHARED_BY.to_owned());
    let now = Instant::now();
    // Copied out, so that authentication does not wait for what is made of it here.
    let (store, requests, shown, pause, recent, not_kept) = {
        let mut state = server.access.state();
        let requests: Vec<_> = state.codes.asking(now).map(request).collect();
        let shown = state.codes.shown(now).cloned();
        let not_kept = state.withheld.detail().map(str::to_owned);
        let pause = state.codes.digits_pause(now).unwrap_or_default();
        (state.store.clone(), requests, shown, pause, state.events.recent(ACCESS_RECENT), not_kept)
    };
    let store = &store;
    let opens_to_this_computer = server.station.settings().loopback.scope().is_some() && !store.is_guarded();
    let listening = server.exposure.addresses();
    let links = links(server, store, &listening);
    let invitation = shown.map(|shown| invitation(&shown, links.first(), pause, now));
    Sharing {
        reach: server.exposure.reach(store),
        open: store.open,
        port: server.exposure.port(store),
        listening: listening.iter().map(ToString::to_string).collect(),
        links,
        problem: problem.as_ref().map(ToString::to_string),
        problem_reason: problem.map(Box::new),
        shared_by,
        not_kept,
        users_untold: are_untold() && opens_to_this_computer,
        may_change: at_the_machine(peer).is_ok(),
        interfaces: store.interfaces.clone(),
        networks: networks(&server.exposure.networks(), store, &listening),
        encryption: store.encryption.clone(),
        certificate: server.tls.certificate(),
        host_names: store.host_names.clone(),
        origins: store.origins.clone(),
        invitation,
        requests,
        viewers: store.viewers.iter().map(|viewer| info(viewer, &connected)).collect(),
        viewing,
        recent,
    }
}

/// Sessions that are not the window's, and how many each token has.
fn connected_viewers(server: &ServerState) -> (u32, Vec<(Arc<str>, u32)>) {
    let (mut viewing, mut connected) = (0, Vec::<(Arc<str>, u32)>::new());
    server.station.for_each_peer(|peer| {
        viewing += u32::from(peer.carrier != Carrier::Window);
        if let Some(token) = &peer.token {
            match connected.iter_mut().find(|(known, _)| known == token) {
                Some((_, count)) => *count += 1,
                None => connected.push((token.clone(), 1)),
            }
        }
    });
    (viewing, connected)
}

/// What another device opens to get here: added names first, then addresses.
fn links(server: &ServerState, store: &Store, listening: &[SocketAddr]) -> Vec<String> {
    let scheme = if server.tls.certificate().is_some() { "https" } else { "http" };
    let outside: Vec<_> = listening.iter().filter(|address| !address.ip().is_loopback()).collect();
    let Some(first) = outside.first() else { return Vec::new() };
    let named = store.host_names.iter().map(|name| format!("{scheme}://{name}:{}", first.port()));
    let every = outside.iter().flat_map(|address| match address.ip() {
        any if any.is_unspecified() => own_addresses(server, address.port()),
        _ => vec![**address],
    });
    named.chain(every.map(|address| format!("{scheme}://{address}"))).collect()
}

fn own_addresses(server: &ServerState, port: u16) -> Vec<SocketAddr> {
    server.exposure.networks().iter().map(|network| SocketAddr::new(network.address, port)).collect()
}

fn request(asking: &Asking) -> PairingRequest {
    PairingRequest {
        id: asking.id.clone(),
        name: asking.name.clone(),
        client: asking.client.clone(),
        address: asking.address.to_string(),
        scope: asking.rights.scope,
        arguments: asking.rights.arguments,
        compare: asking.compared.as_ref().map(|compared| compared.digits.clone()),
    }
}

fn networks(networks: &[Network], store: &Store, listening: &[SocketAddr]) -> Vec<NetworkInfo> {
    let listens = |address: IpAddr| {
        listening.iter().any(|open| {
            open.ip() == address || (open.ip().is_unspecified() && open.is_ipv4() == address.is_ipv4())
        })
    };
    let info = |network: &Network| NetworkInfo {
        id: id_of(network),
        interface: network.interface.clone(),
        address: network.address.to_string(),
        prefix: network.prefix.clone(),
        local: network.local,
        allowed: store.allowed(&network.key()),
        listening: listens(network.address),
    };
    networks.iter().map(info).collect()
}

/// Names a network to its owner.
pub(super) fn id_of(network: &Network) -> String {
    format!("{} {} {}", network.interface, network.prefix, network.gateway_mac.as_deref().unwrap_or("-"))
}

fn invitation(shown: &Shown, link: Option<&String>, pause: Duration, now: Instant) -> Invitation {
    let code = URL_SAFE_NO_PAD.encode(shown.code.secret);
    let link = link.map(|link| format!("{link}/#p={code}"));
    Invitation {
        qr: link.as_deref().map(qr).unwrap_or_default(),
        link,
        digits: shown.code.digits.clone(),
        digits_paused_ms: pause.as_millis() as u64,
        scope: shown.rights.scope,
        arguments: shown.rights.arguments,
        lasts_ms: CODE_LASTS.as_millis() as u64,
        left_ms: shown.left(now).as_millis() as u64,
    }
}

/// The rows of a QR code; none for a text that does not fit into one, which no link of ours is.
fn qr(text: &str) -> Vec<String> {
    let Ok(code) = QrCode::new(text) else { return Vec::new() };
    let dark = |color: &Color| if *color == Color::Dark { '1' } else { '0' };
    code.to_colors().chunks(code.width()).map(|row| row.iter().map(dark).collect()).collect()
}

fn info(viewer: &Viewer, connected: &[(Arc<str>, u32)]) -> ViewerInfo {
    ViewerInfo {
        id: viewer.id.clone(),
        name: viewer.name.clone(),
        kind: viewer.kind,
        client: viewer.client.clone(),
        address: viewer.address.clone(),
        scope: viewer.scope,
        arguments: viewer.arguments,
        paired_at_ms: viewer.paired_at_ms,
        last_seen_at_ms: viewer.last_seen_at_ms,
        connected: connected.iter().find(|(id, _)| **id == *viewer.id).map_or(0, |(_, count)| *count),
    }
}

/// The window, or the owner's token on this computer: no device on the network may widen the exposure.
pub(super) fn at_the_machine(peer: &Peer) -> Result<(), ErrorBody> {
    let here = peer.address.is_none_or(|address| address.is_loopback());
    let owner = peer.carrier == Carrier::Window || peer.token.as_deref() == Some(OWNER);
    if here && owner {
        return Ok(());
    }
    Err(Reason::AtTheMachineOnly.into())
}
