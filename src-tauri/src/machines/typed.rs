//! Parses what a person typed as the address of a machine, with errors as sentences.

use client::address::Address;
use wire::ErrorCode;
use wire::message::ErrorBody;

/// What a person typed, as an address.
pub(super) fn typed(address: &str) -> Result<Address, ErrorBody> {
    let address = Address::typed(address);
    address.map_err(|error| ErrorBody::new(ErrorCode::BadParams, sentence(&error.to_string())))
}

/// `text` with a capital letter and an end.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    first + chars.as_str() + end
}
