//! The addresses of a machine: those that worked, the last of them first, and those that were announced by DNS-SD.

use wire::limits::ADDRESSES;

use crate::address::Address;

/// The addresses of one machine.
#[derive(Debug, Clone)]
pub(super) struct AddressBook {
    known: Vec<Address>,
    /// Announced lately and never proven; replaced by the next announcement.
    announced: Vec<Address>,
}

impl AddressBook {
    pub(super) fn new(mut known: Vec<Address>) -> Self {
        known.truncate(ADDRESSES);
        Self { known, announced: Vec::new() }
    }

    /// Each once, in the order in which to try them: where it has proven itself first, and of these where it was announced
    /// a moment ago; where it is only announced last, since anybody can announce it anywhere.
    pub(super) fn round(&self) -> Vec<Address> {
        let alive = self.known.iter().filter(|address| self.announced.contains(address));
        let announced = self.announced.iter().filter(|address| !self.known.contains(address));
        let others = self.known.iter().filter(|address| !self.announced.contains(address));
        alive.chain(others).chain(announced).cloned().collect()
    }

    /// Whether it has authenticated there, or a person named it.
    pub(super) fn knows(&self, address: &Address) -> bool {
        self.known.contains(address)
    }

    /// It has authenticated there.
    pub(super) fn worked(&mut self, address: &Address) {
        self.known.retain(|other| other != address);
        self.known.insert(0, address.clone());
        self.known.truncate(ADDRESSES);
    }

    /// It is announced there, unproven.
    pub(super) fn announced(&mut self, mut addresses: Vec<Address>) {
        if !addresses.is_empty() {
            addresses.truncate(ADDRESSES);
            self.announced = addresses;
        }
    }
}
