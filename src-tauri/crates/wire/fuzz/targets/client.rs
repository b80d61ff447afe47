//! What a client may send, to the server's decoder.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| properties::check(wire::codec::decode_client, bytes));
