//! Sharing as its owner sees and changes it: methods `sharing.*`, `pairing.*` and `viewers.*` of the stream and the
//! window. The data of channel `sharing` is a [`report`].

mod report;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use station::{AccessControl, Peer, WorkKind};
use wire::limits::ADDED_NAMES;
use wire::message::ErrorBody;
use wire::sharing::{
    AccessEvent, AccessLog, AccessWhat, InviteParams, NetworkAnswer, PairingDecision, Reach, Sharing,
    SharingChange, TokenParams, ViewerChange, ViewerKind, ViewerRef,
};
use wire::{Method, Reason, StreamReason};

use self::report::{at_the_machine, id_of, report};
use crate::access::events::about;
use crate::access::rights::Rights;
use crate::access::store::Store;
use crate::auth::host;
use crate::auth::origin::Origin;
use crate::exposure;
use crate::rebind::Rebinder;
use crate::state::ServerState;

/// The owner's methods and the report of sharing, called by the station.
#[derive(Debug)]
pub(crate) struct Owner {
    rebinder: Rebinder,
}

impl AccessControl for Owner {
    fn kind_of(&self, method: Method) -> WorkKind {
        match method {
            Method::SharingRead | Method::SharingLog | Method::ViewersList => WorkKind::Query,
            _ => WorkKind::Change,
        }
    }

    fn answer(&self, peer: &Peer, method: Method, params: &Value) -> Result<Value, ErrorBody> {
        self.answer_owner(peer, method, params)
    }

    fn epoch(&self) -> u64 {
        let session_counts = *self.server().station.session_counts().borrow();
        // Each of the three only rises, so their sum is another number whenever one of them is.
        let left = session_counts.total - session_counts.active;
        self.server().access.changes() + session_counts.total + left
    }

    fn report(&self, peer: &Peer) -> Sharing {
        report(self.server(), peer)
    }
}

impl Owner {
    /// Changes what `rebinder` serves, and where.
    pub(crate) fn new(rebinder: Rebinder) -> Self {
        Self { rebinder }
    }

    fn server(&self) -> &ServerState {
        &self.rebinder.server
    }

    fn answer_owner(&self, peer: &Peer, method: Method, params: &Value) -> Result<Value, ErrorBody> {
        if peer.scope < method.scope() {
            return Err(Reason::OwnerOnly.into());
        }
        let access = &self.server().access;
        match method {
            // The networks are not followed while they are not listened on, so they are read now.
            Method::SharingRead if self.server().exposure.reach(&access.state().store) != Reach::Lan => {
                self.server().exposure.refresh_networks();
            }
            Method::SharingRead => {}
            Method::SharingLog => {
                return Ok(json(&AccessLog { events: access.state().events.newest() }));
            }
            Method::SharingSet => self.set(peer, parse(params)?)?,
            Method::SharingNetwork => self.answer_network(peer, &parse(params)?)?,
            Method::PairingInvite => {
                let InviteParams { scope, arguments } = parse(params)?;
                access.invite(Rights { scope, arguments })?;
            }
            Method::PairingCancel => access.withdraw_code(),
            Method::PairingAnswer => access.answer(&parse::<PairingDecision>(params)?)?,
            Method::ViewersList => return Ok(json(&report(self.server(), peer).viewers)),
            Method::ViewersChange => access.change_viewer(parse::<ViewerChange>(params)?)?,
            Method::ViewersRevoke => access.revoke(&parse::<ViewerRef>(params)?.id)?,
            Method::ViewersAdd => {
                at_the_machine(peer)?;
                return Ok(json(&access.make_token(&parse::<TokenParams>(params)?)?));
            }
            // Answered from what was sampled, not here.
            Method::Snapshot
            | Method::SeriesList
            | Method::HistoryQuery
            | Method::SummaryHistory
            | Method::Find
            | Method::AlertsList
            | Method::ProcessDetail => {
                let known = Method::ALL.iter().filter(|method| method.is_owners());
                let known = known.map(|method| method.name().to_owned()).collect();
                return Err(StreamReason::UnknownMethod { name: method.name().to_owned(), known }.into());
            }
        }
        Ok(json(&report(self.server(), peer)))
    }

    fn set(&self, peer: &Peer, change: SharingChange) -> Result<(), ErrorBody> {
        at_the_machine(peer)?;
        let change = self.checked(change)?;
        let before = self.server().access.state().store.clone();
        let reach_before = self.server().exposure.reach(&before);
        let port_before = self.server().exposure.port(&before);
        if change.reach == Some(Reach::Lan) {
            self.server().exposure.refresh_networks();
        }
        let here = self.server().exposure.networks();
        self.server().access.change(|store| {
            apply(store, &change);
            if let Some(port) = change.port {
                store.move_cookies(port_before, port);
            }
            if change.reach == Some(Reach::Lan) && reach_before != Reach::Lan {
                // Turning sharing on is the answer for the networks of this moment, and for no others.
                let chosen: Vec<_> =
                    here.iter().filter(|network| exposure::is_chosen(store, network)).collect();
                chosen.into_iter().for_each(|network| store.remember(network.key(), true));
            }
            Ok(())
        })?;
        let after = self.server().access.state().store.clone();
        for what in happened(&before, reach_before, &after, self.server().exposure.reach(&after)) {
            self.server().access.note(about(what, None));
        }
        // What fails now is in the report as a problem, and tried again.
        drop(self.rebinder.bind_as_wanted());
        self.server().access.end_tokenless(&before, &after);
        self.server().access.changed();
        Ok(())
    }

    /// As sent → as used, or why it is invalid.
    fn checked(&self, mut change: SharingChange) -> Result<SharingChange, ErrorBody> {
        if change.port.is_some() && self.server().exposure.port_is_fixed() {
            return Err(Reason::PortFixed.into());
        }
        if change.port == Some(0) {
            return Err(Reason::BadPort.into());
        }
        let lists = [&change.host_names, &change.interfaces].map(|list| list.as_ref().map(Vec::len));
        for count in lists.into_iter().chain([change.origins.as_ref().map(Vec::len)]).flatten() {
            if count > ADDED_NAMES {
                return Err(Reason::TooManyEntries { count, most: ADDED_NAMES }.into());
            }
        }
        if let Some(encryption) = &change.encryption {
            // The certificate comes first, so that nothing is stored that cannot be applied.
            self.rebinder.encrypt(encryption).map_err(|problem| Reason::Certificate { problem })?;
        }
        for name in change.host_names.iter_mut().flatten() {
            match host::added(name) {
                Some(used) => *name = used,
                None => return Err(Reason::BadHost { text: short(name) }.into()),
            }
        }
        for added in change.origins.iter_mut().flatten() {
            match Origin::added(&added.origin) {
                Some(used) => added.origin = used,
                None => return Err(Reason::BadOrigin { text: short(&added.origin) }.into()),
            }
            // A browser's token is in its cookie: no page of another origin has it.
            let state = self.server().access.state();
            let of_program =
                |id: &String| state.store.viewer(id).is_some_and(|it| it.kind == ViewerKind::App);
            if added.token.as_ref().is_some_and(|id| !of_program(id)) {
                return Err(Reason::ViewerUnknown.into());
            }
        }
        // Of an origin that is there twice the last one counts: what it gives is said once.
        if let Some(origins) = &mut change.origins {
            let all = std::mem::take(origins);
            for added in all {
                origins.retain(|known| known.origin != added.origin);
                origins.push(added);
            }
        }
        Ok(change)
    }

    fn answer_network(&self, peer: &Peer, answer: &NetworkAnswer) -> Result<(), ErrorBody> {
        at_the_machine(peer)?;
        let networks = self.server().exposure.networks();
        let Some(network) = networks.iter().find(|network| id_of(network) == answer.id) else {
            return Err(Reason::NetworkGone.into());
        };
        self.server().access.change(|store| {
            store.remember(network.key(), answer.allow);
            Ok(())
        })?;
        let what = if answer.allow { AccessWhat::NetworkAllowed } else { AccessWhat::NetworkRefused };
        self.server().access.note(AccessEvent { who: Some(network.prefix.clone()), ..about(what, None) });
        drop(self.rebinder.bind_as_wanted());
        Ok(())
    }
}

fn apply(store: &mut Store, change: &SharingChange) {
    let SharingChange { reach, open, port, interfaces, encryption, host_names, origins } = change.clone();
    store.reach = reach.or(store.reach);
    store.open = open.unwrap_or(store.open);
    store.port = port.or(store.port);
    if let Some(interfaces) = interfaces {
        store.interfaces = (!interfaces.is_empty()).then_some(interfaces);
    }
    store.encryption = encryption.unwrap_or_else(|| store.encryption.clone());
    store.guarded &= host_names.is_none();
    store.host_names = host_names.unwrap_or_else(|| store.host_names.clone());
    store.origins = origins.unwrap_or_else(|| store.origins.clone());
}

/// The text of a change in the log.
fn happened(before: &Store, reach_before: Reach, after: &Store, reach: Reach) -> Vec<AccessWhat> {
    let mut happened = Vec::new();
    if reach != reach_before {
        happened.push(match reach {
            Reach::Off => AccessWhat::SharedOff,
            Reach::Local => AccessWhat::SharedLocal,
            Reach::Lan => AccessWhat::SharedLan,
        });
    }
    if after.open != before.open {
        happened.push(if after.open { AccessWhat::Opened } else { AccessWhat::OpenEnded });
    }
    let rest = |store: &Store| {
        (
            store.port,
            store.interfaces.clone(),
            store.encryption.clone(),
            store.host_names.clone(),
            store.origins.clone(),
        )
    };
    if rest(before) != rest(after) {
        happened.push(AccessWhat::Changed);
    }
    happened
}

fn parse<P: DeserializeOwned>(params: &Value) -> Result<P, ErrorBody> {
    P::deserialize(params).map_err(|err| StreamReason::BadParameters { detail: err.to_string() }.into())
}

fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("our own types have text for keys and no maps that fail")
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}
