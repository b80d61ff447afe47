//! What a server may send, to the client's decoder.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| properties::check(wire::codec::decode_server, bytes));
