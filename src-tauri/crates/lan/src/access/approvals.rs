//! One device that waits for the owner's approval; all of them are in [`super::codes`]. No clock: the time is a
//! parameter.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use subtle::ConstantTimeEq;
use tokio::sync::watch;
use wire::limits::CODE_LASTS;
use wire::proof::comparison::Compared;
use wire::proof::{Secret, hex};

use super::rights::Rights;

/// A device that was paired.
#[derive(Debug, Clone)]
pub(crate) struct Paired {
    pub(crate) id: String,
    pub(crate) rights: Rights,
    /// For a browser's cookie. An app makes it itself.
    pub(crate) secret: Secret,
}

/// A device that typed the digits, or one whose digits are to be compared.
#[derive(Debug)]
pub(crate) struct Asking {
    /// Its id for the owner.
    pub(crate) id: String,
    /// Its id for the device itself; a secret.
    pub(super) ticket: String,
    pub(crate) name: String,
    pub(crate) client: String,
    pub(crate) address: IpAddr,
    pub(crate) rights: Rights,
    pub(super) until: Instant,
    pub(super) answer: watch::Sender<Option<bool>>,
    /// The answer after approval, kept for a device whose connection broke before it arrived.
    pub(super) paired: Option<Paired>,
    /// What an approval grants an app whose digits were compared; `None` for one that typed them.
    pub(crate) compared: Option<Compared>,
}

/// The two ids of a device that waits: for the owner's page, and for the device.
#[derive(Debug)]
pub(super) struct Asker {
    pub(super) ticket: String,
    pub(super) left: Duration,
}

impl Asking {
    /// One that waits from `now` on. `id` and `ticket` are random.
    pub(super) fn new(
        id: &[u8; 8],
        ticket: String,
        device: Device,
        address: IpAddr,
        rights: Rights,
        now: Instant,
    ) -> Self {
        let Device { name, client } = device;
        let (id, until) = (hex(id), now + CODE_LASTS);
        Self {
            id,
            ticket,
            name,
            client,
            address,
            rights,
            until,
            answer: watch::Sender::new(None),
            paired: None,
            compared: None,
        }
    }

    /// The same, of an app that typed nothing: its digits are to be compared.
    pub(super) fn comparing(self, compared: Compared) -> Self {
        Self { compared: Some(compared), ..self }
    }

    /// Whether this is its ticket.
    pub(super) fn has(&self, ticket: &str) -> bool {
        self.ticket.as_bytes().ct_eq(ticket.as_bytes()).into()
    }
}

/// What a device claims about itself.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub(crate) name: String,
    pub(crate) client: String,
}
