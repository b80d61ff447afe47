//! Sharing as its owner sees and changes it: methods `sharing.*`, `pairing.*` and `viewers.*` of the stream and the
//! window. What is told of it is a [`report`].

mod report;

use std::net::IpAddr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use station::{Doorkeeper, Visitor, WorkKind};
use wire::endpoint::OWNER;
use wire::limits::{ACCESS_LOG, ADDED_NAMES};
use wire::message::ErrorBody;
use wire::sharing::{
    AccessEvent, AccessLog, AccessWhat, Encryption, InviteParams, NetworkAnswer, PairingDecision, Reach,
    Sharing, SharingChange, TokenParams, ViewerChange, ViewerRef,
};
use wire::{Carrier, ErrorCode, Method, Reason, Scope};

use self::report::id_of;
use crate::access::about;
use crate::access::book::Book;
use crate::door::Shared;
use crate::origin::Origin;
use crate::tls::TlsError;
use crate::{announce, host, reach};

impl Doorkeeper for Shared {
    fn kind_of(&self, method: Method) -> WorkKind {
        match method {
            Method::SharingRead | Method::SharingLog | Method::ViewersList => WorkKind::Query,
            _ => WorkKind::Change,
        }
    }

    fn answer(&self, visitor: &Visitor, method: Method, params: &Value) -> Result<Value, ErrorBody> {
        self.answer_owner(visitor, method, params)
    }

    fn epoch(&self) -> u64 {
        let attendance = *self.station.attendance().borrow();
        // Each of the three only rises, so their sum is another number whenever one of them is.
        let left = attendance.total - attendance.active;
        self.access.changes() + attendance.total + left
    }

    fn report(&self, visitor: &Visitor) -> Sharing {
        self.sharing(visitor)
    }
}

impl Shared {
    fn answer_owner(&self, visitor: &Visitor, method: Method, params: &Value) -> Result<Value, ErrorBody> {
        if visitor.scope < method.scope() {
            return Err(Reason::OwnerOnly.into());
        }
        let access = &self.access;
        match method {
            // Nobody follows the networks while they are not listened on; who asks means those of now.
            Method::SharingRead if self.opening.reach(&access.state().book) != Reach::Lan => {
                self.opening.look();
            }
            Method::SharingRead => {}
            Method::SharingLog => {
                return Ok(json(&AccessLog { events: access.state().events.newest(ACCESS_LOG) }));
            }
            Method::SharingSet => self.set(visitor, parse(params)?)?,
            Method::SharingNetwork => self.answer_network(visitor, &parse(params)?)?,
            Method::PairingInvite => access.invite(parse::<InviteParams>(params)?.scope)?,
            Method::PairingCancel => access.withdraw_code(),
            Method::PairingAnswer => access.answer(&parse::<PairingDecision>(params)?)?,
            Method::ViewersList => return Ok(json(&self.sharing(visitor).viewers)),
            Method::ViewersChange => access.change_viewer(parse::<ViewerChange>(params)?)?,
            Method::ViewersRevoke => access.revoke(&parse::<ViewerRef>(params)?.id)?,
            Method::ViewersAdd => {
                at_the_machine(visitor)?;
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
                let message = format!("{} is no question of access", method.name());
                return Err(ErrorBody::new(ErrorCode::UnknownMethod, message));
            }
        }
        Ok(json(&self.sharing(visitor)))
    }

    fn set(&self, visitor: &Visitor, change: SharingChange) -> Result<(), ErrorBody> {
        at_the_machine(visitor)?;
        let change = self.checked(change)?;
        let before = self.access.state().book.clone();
        let reach_before = self.opening.reach(&before);
        if change.reach == Some(Reach::Lan) {
            self.opening.look();
        }
        let here = self.opening.networks();
        self.access.change(|book| {
            apply(book, &change);
            if change.reach == Some(Reach::Lan) && reach_before != Reach::Lan {
                // Flipping the switch is the answer for the networks that are here, and for no others.
                let chosen: Vec<_> = here.iter().filter(|network| reach::is_chosen(book, network)).collect();
                chosen.into_iter().for_each(|network| book.remember(network.key(), true));
            }
            Ok(())
        })?;
        let after = self.access.state().book.clone();
        for what in happened(&before, reach_before, &after, self.opening.reach(&after)) {
            self.access.note(about(what, None));
        }
        // What fails now is the report's problem, and tried again.
        drop(self.open_as_wanted());
        // With a first name added, nobody is known by coming from this computer any more.
        let proxied = after.host_names.is_empty() != before.host_names.is_empty();
        if after.open != before.open || after.origins != before.origins || proxied {
            // A page that was added may be open in a browser of this computer: it has `view` there, too.
            let gone = |visitor: &Visitor| {
                let comes_so = |it: IpAddr| proxied || !it.is_loopback() || visitor.scope == Scope::View;
                visitor.token.is_none() && visitor.address.is_some_and(comes_so)
            };
            self.station.dismiss(gone, wire::Goodbye::Changed);
        }
        self.access.changed();
        Ok(())
    }

    /// As said → as used, or why it cannot be.
    fn checked(&self, mut change: SharingChange) -> Result<SharingChange, ErrorBody> {
        if change.port.is_some() && self.opening.port_is_fixed() {
            return Err(Reason::PortFixed.into());
        }
        if change.port == Some(0) {
            return Err(Reason::BadPort.into());
        }
        for names in [&change.host_names, &change.origins, &change.interfaces].into_iter().flatten() {
            if names.len() > ADDED_NAMES {
                return Err(Reason::TooManyEntries { count: names.len(), most: ADDED_NAMES }.into());
            }
        }
        if let Some(encryption) = &change.encryption {
            // First of all the certificate, so that nothing is kept that cannot be.
            self.encrypt(encryption).map_err(|err| ErrorBody::new(ErrorCode::BadParams, err.to_string()))?;
        }
        for name in change.host_names.iter_mut().flatten() {
            match host::added(name) {
                Some(used) => *name = used,
                None => return Err(Reason::BadHost { text: short(name) }.into()),
            }
        }
        for origin in change.origins.iter_mut().flatten() {
            match Origin::added(origin) {
                Some(used) => *origin = used,
                None => return Err(Reason::BadOrigin { text: short(origin) }.into()),
            }
        }
        Ok(change)
    }

    /// Encrypts links that way from the next connection on, with a certificate for all names and addresses of this
    /// machine.
    pub(crate) fn encrypt(&self, encryption: &Encryption) -> Result<(), TlsError> {
        self.cover()?;
        self.tls.set(encryption).map(drop)
    }

    /// Has a certificate made here be good for all names and addresses of this machine.
    pub(crate) fn cover(&self) -> Result<(), TlsError> {
        let machine = self.station.machine();
        let announced = announce::host_name(&machine.id);
        let mut names = vec![machine.name.clone(), format!("{}.local", machine.name), announced];
        names.extend(self.access.state().book.host_names.iter().cloned());
        let addresses: Vec<_> = self.opening.networks().iter().map(|network| network.address).collect();
        self.tls.cover(&names, &addresses)
    }

    fn answer_network(&self, visitor: &Visitor, answer: &NetworkAnswer) -> Result<(), ErrorBody> {
        at_the_machine(visitor)?;
        let networks = self.opening.networks();
        let Some(network) = networks.iter().find(|network| id_of(network) == answer.id) else {
            return Err(Reason::NetworkGone.into());
        };
        self.access.change(|book| {
            book.remember(network.key(), answer.allow);
            Ok(())
        })?;
        let what = if answer.allow { AccessWhat::NetworkAllowed } else { AccessWhat::NetworkRefused };
        self.access.note(AccessEvent { who: Some(network.prefix.clone()), ..about(what, None) });
        drop(self.open_as_wanted());
        Ok(())
    }
}

/// The window, or the owner's token on this computer: nobody on the network opens a door wider.
fn at_the_machine(visitor: &Visitor) -> Result<(), ErrorBody> {
    let here = visitor.address.is_none_or(|address| address.is_loopback());
    let owner = visitor.carrier == Carrier::Window || visitor.token.as_deref() == Some(OWNER);
    if here && owner {
        return Ok(());
    }
    Err(Reason::AtTheMachineOnly.into())
}

fn apply(book: &mut Book, change: &SharingChange) {
    let SharingChange { reach, open, port, interfaces, encryption, host_names, origins } = change.clone();
    book.reach = reach.or(book.reach);
    book.open = open.unwrap_or(book.open);
    book.port = port.or(book.port);
    if let Some(interfaces) = interfaces {
        book.interfaces = (!interfaces.is_empty()).then_some(interfaces);
    }
    book.encryption = encryption.unwrap_or_else(|| book.encryption.clone());
    book.host_names = host_names.unwrap_or_else(|| book.host_names.clone());
    book.origins = origins.unwrap_or_else(|| book.origins.clone());
}

/// What the log says of a change.
fn happened(before: &Book, reach_before: Reach, after: &Book, reach: Reach) -> Vec<AccessWhat> {
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
    let rest = |book: &Book| {
        (
            book.port,
            book.interfaces.clone(),
            book.encryption.clone(),
            book.host_names.clone(),
            book.origins.clone(),
        )
    };
    if rest(before) != rest(after) {
        happened.push(AccessWhat::Changed);
    }
    happened
}

fn parse<P: DeserializeOwned>(params: &Value) -> Result<P, ErrorBody> {
    P::deserialize(params).map_err(|err| ErrorBody::new(ErrorCode::BadParams, err.to_string()))
}

fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("our own types have text for keys and no maps that fail")
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}
