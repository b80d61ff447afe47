//! Parses what a person typed as the address of a machine, with errors as sentences.

use client::address::Address;
use wire::message::ErrorBody;
use wire::window_reason::WindowReason;

/// What a person typed, as an address.
pub(super) fn typed(address: &str) -> Result<Address, ErrorBody> {
    Address::typed(address).map_err(|_| WindowReason::BadAddress { text: address.to_owned() }.into())
}

/// `text` with a capital letter and an end.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    first + chars.as_str() + end
}
