//! How a device is paired: by the code of a link, by typed digits and approval, or by an app's proof of the code. Pairing
//! by comparison is in [`super::short_auth_string`].

use std::net::IpAddr;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use wire::limits::PAIRING_REQUESTS;
use wire::message::ErrorBody;
use wire::proof::{Identity, Pairing, Secret, hex, is_nonce};
use wire::sharing::{AccessEvent, AccessWhat, PairingDecision, ViewerKind};
use wire::text::shown;
use wire::{Reason, Scope, StreamReason};

use super::Access;
use super::approvals::{Asking, Device, Paired};
use super::codes::{Attempt, Code, Refusal};
use super::commitments::Machine;
use super::events::about;
use super::grant::Link;
use super::rights::Rights;
use super::viewers::{NewViewer, new_id};
use crate::random::random;

/// What an app needs to make its token.
#[derive(Debug)]
pub(crate) struct Proven {
    pub(crate) paired: Paired,
    pub(crate) nonce: String,
    pub(crate) proof: String,
}

/// A device that waits for approval.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) ticket: String,
    pub(crate) left: Duration,
}

/// A device that was paired after approval.
#[derive(Debug)]
pub(crate) enum Admitted {
    /// A browser, which is to be given its cookie.
    Browser(Paired),
    /// An app, which has its token: what it may see, and the proof of it.
    App(Scope, String),
}

/// Why a device is not paired.
#[derive(Debug)]
pub(crate) enum NotPaired {
    /// For its code.
    Code(Refusal),
    /// It revealed another key than it committed to.
    Broken,
    /// Digits are compared with devices of the network only, and this machine is not shared there.
    NotShared,
    /// The owner denied it.
    Refused,
    /// No answer in time, or a ticket that is not known.
    NotWaiting,
    /// For a reason of ours.
    Error(ErrorBody),
}

impl From<ErrorBody> for NotPaired {
    fn from(error: ErrorBody) -> Self {
        Self::Error(error)
    }
}

impl Access {
    /// Shows a new code for a device that will have `rights`.
    pub(crate) fn invite(&self, rights: Rights) -> Result<(), ErrorBody> {
        let code = Code { secret: random()?, digits: digits()? };
        self.state().codes.show(code, rights, Instant::now());
        self.changed();
        Ok(())
    }

    /// Cancels the code that is shown.
    pub(crate) fn withdraw_code(&self) {
        self.state().codes.withdraw();
        self.changed();
    }

    /// Pairs a browser that followed the link, and gets its cookie on `port`.
    pub(crate) fn pair_by_code(
        &self,
        code: &[u8],
        device: Device,
        link: Link,
        port: u16,
    ) -> Result<Paired, NotPaired> {
        let shown = self.redeem(Attempt::Secret(code), link.address)?;
        // Its cookie crosses this link.
        self.admit(device, port, link.carries(shown.rights), link.address)
    }

    /// Adds a browser that typed the digits, and waits for approval.
    pub(crate) fn pair_by_digits(
        &self,
        digits: &str,
        device: Device,
        address: IpAddr,
    ) -> Result<Waiting, NotPaired> {
        let digits: String = digits.chars().filter(|c| !c.is_whitespace()).collect();
        let shown = self.redeem(Attempt::Digits(&digits), address)?;
        let device = named(device, address);
        let (ticket, now) = (hex(&random::<16>()?), Instant::now());
        let asking = Asking::new(&random()?, ticket, device, address, shown.rights, now);
        let asker = self.state().codes.ask(asking, now).ok_or_else(busy)?;
        self.changed();
        Ok(Waiting { ticket: asker.ticket, left: asker.left })
    }

    /// Waits for the answer to the browser with this ticket.
    pub(crate) fn follow(
        &self,
        ticket: &str,
    ) -> Result<(watch::Receiver<Option<bool>>, Duration), NotPaired> {
        self.state().codes.follow(ticket, Instant::now()).ok_or(NotPaired::NotWaiting)
    }

    /// Pairs the device with this ticket, or refuses it, as it was answered.
    /// The cookie of a browser crosses `link`, and is given on `port`.
    pub(crate) fn pair_by_answer(
        &self,
        ticket: &str,
        allowed: bool,
        link: Link,
        port: u16,
    ) -> Result<Admitted, NotPaired> {
        let (device, address, rights, compared, paired) = {
            let mut state = self.state();
            let asking = state.codes.with_ticket(ticket).ok_or(NotPaired::NotWaiting)?;
            if !allowed {
                return Err(NotPaired::Refused);
            }
            let device = Device { name: asking.name.clone(), client: asking.client.clone() };
            (device, asking.address, asking.rights, asking.compared.clone(), asking.paired.clone())
        };
        let paired = match (paired, &compared) {
            (Some(paired), _) => paired,
            (None, None) => self.admit(device, port, link.carries(rights), address)?,
            (None, Some(compared)) => {
                let paired = Paired { id: compared.token_id.clone(), rights, secret: compared.token.clone() };
                self.enter(&paired, device, None, AccessWhat::Compared, address)?;
                paired
            }
        };
        if let Some(asking) = self.state().codes.with_ticket(ticket) {
            asking.paired = Some(paired.clone());
        }
        Ok(match compared {
            Some(compared) => Admitted::App(rights.scope, compared.machine_proof(rights.scope)),
            None => Admitted::Browser(paired),
        })
    }

    /// Approves or denies a device that waits.
    pub(crate) fn answer(&self, decision: &PairingDecision) -> Result<(), ErrorBody> {
        let PairingDecision { id, allow, .. } = decision;
        let now = Instant::now();
        let mut state = self.state();
        let asking = state.codes.asking(now).find(|asking| asking.id == *id);
        let asked = asking.map(|asking| (asking.name.clone(), asking.address));
        let Some((name, address)) = asked.filter(|_| state.codes.answer(decision, now)) else {
            return Err(Reason::RequestGone.into());
        };
        drop(state);
        match allow {
            // It is logged when the device has its token.
            true => self.changed(),
            false => {
                let event = about(AccessWhat::PairingRefused, Some(address));
                self.note(AccessEvent { who: Some(name), ..event });
            }
        }
        Ok(())
    }

    /// Pairs an app that knows the code, with `machine`, as which the app gets to know this one. Neither the code nor the
    /// token is sent.
    pub(crate) fn pair_by_proof(
        &self,
        app_nonce: &str,
        proof: &str,
        device: Device,
        machine: &Machine,
        link: Link,
    ) -> Result<Proven, NotPaired> {
        if !is_nonce(app_nonce) {
            let detail = "nonce is 32 random bytes in 64 hexadecimal digits".to_owned();
            return Err(ErrorBody::from(StreamReason::BadParameters { detail }).into());
        }
        let Link { address, binding, .. } = link;
        let attempt = Attempt::Proof { nonce: app_nonce, binding, name: &device.name, proof };
        let shown = self.redeem(attempt, address)?;
        let (id, nonce) = (new_id()?, hex(&random::<32>()?));
        let pairing = Pairing {
            code: &shown.code.secret,
            binding,
            app_nonce,
            machine_nonce: &nonce,
            machine_id: &machine.id,
            token_id: &id,
            machine: Identity { name: &machine.name, scope: shown.rights.scope },
        };
        let (secret, proof) = (pairing.token(), pairing.machine_proof());
        let paired = Paired { id, rights: shown.rights, secret };
        self.enter(&paired, named(device, address), None, AccessWhat::Paired, address)?;
        Ok(Proven { paired, nonce, proof })
    }

    fn redeem(&self, attempt: Attempt<'_>, address: IpAddr) -> Result<super::codes::Shown, NotPaired> {
        let mut state = self.state();
        let redeemed = state.codes.redeem(attempt, address, Instant::now());
        if let Err(refusal) = &redeemed {
            let what = match refusal {
                Refusal::Waits(_) | Refusal::Paused(_) => Some(AccessWhat::Blocked),
                Refusal::Wrong(_) | Refusal::WrongLink | Refusal::Used | Refusal::Ended => {
                    Some(AccessWhat::WrongCode)
                }
                Refusal::NoCode => None,
            };
            what.into_iter().for_each(|what| state.events.push(about(what, Some(address))));
        }
        drop(state);
        self.changed();
        redeemed.map_err(NotPaired::Code)
    }

    /// A browser.
    fn admit(&self, device: Device, port: u16, rights: Rights, address: IpAddr) -> Result<Paired, NotPaired> {
        let paired = Paired { id: new_id()?, rights, secret: Secret::new(random()?) };
        self.enter(&paired, named(device, address), Some(port), AccessWhat::Paired, address)?;
        Ok(paired)
    }

    /// An app, or a browser where its cookie is given on a `port`.
    fn enter(
        &self,
        paired: &Paired,
        device: Device,
        port: Option<u16>,
        what: AccessWhat,
        address: IpAddr,
    ) -> Result<(), ErrorBody> {
        let Device { name, client } = device;
        let kind = if port.is_some() { ViewerKind::Browser } else { ViewerKind::App };
        let viewer = NewViewer { id: &paired.id, name: name.clone(), client, kind, port };
        self.change(|store| viewer.enter(store, paired.rights, paired.secret.verifier()))?;
        let event = about(what, Some(address));
        self.note(AccessEvent { who: Some(name), scope: Some(paired.rights.scope), ..event });
        Ok(())
    }
}

/// The device with a name that may be shown; its address where it has none.
pub(super) fn named(device: Device, address: IpAddr) -> Device {
    Device { name: shown(&device.name).unwrap_or_else(|| address.to_string()), ..device }
}

/// As many wait for an answer as may.
pub(super) fn busy() -> NotPaired {
    ErrorBody::from(Reason::PairingBusy { most: PAIRING_REQUESTS }).into()
}

/// Six random digits, each number as likely as any other.
fn digits() -> Result<String, ErrorBody> {
    // Of 2^32 numbers those above the last whole million would make low ones likelier.
    const WHOLE: u32 = u32::MAX - u32::MAX % 1_000_000;
    loop {
        let number = u32::from_le_bytes(random()?);
        if number < WHOLE {
            return Ok(format!("{:06}", number % 1_000_000));
        }
    }
}
