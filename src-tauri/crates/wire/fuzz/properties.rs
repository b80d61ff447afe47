//! What must hold of any bytes whatever: they are read or refused, without a panic and in bounded memory; and
//! what was read can be said again, in both encodings, and means the same.
//!
//! To run it, in `src-tauri/crates/wire`:
//! ```sh
//! cargo install cargo-fuzz --locked
//! cargo run --manifest-path fuzz/Cargo.toml --bin seeds
//! cargo +nightly fuzz run client -- -max_len=4096 -max_total_time=300
//! cargo +nightly fuzz run server -- -max_len=4096 -max_total_time=300
//! ```

use std::fmt::Debug;

use peak_alloc::PeakAlloc;
use wire::codec::encode_as;
use wire::message::{Encoding, ErrorBody};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The decoder of one side.
pub type Decode<T> = fn(Encoding, &[u8]) -> Result<T, ErrorBody>;

/// Memory that reading may take for each byte that is read. A number of one byte becomes a value of 32, held
/// twice while a list of them grows.
const BYTES_A_BYTE: usize = 128;
/// And beside that: what an error says, and the first small list.
const BYTES_BESIDE: usize = 16 * 1024;

/// Puts `bytes` to `decode`, as JSON and as MessagePack.
pub fn check<T: serde::Serialize + PartialEq + Debug>(decode: Decode<T>, bytes: &[u8]) {
    for encoding in [Encoding::Json, Encoding::Msgpack] {
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let read = decode(encoding, bytes);
        let taken = MEMORY.peak_usage().saturating_sub(before);
        assert!(
            taken <= bytes.len() * BYTES_A_BYTE + BYTES_BESIDE,
            "{encoding:?}: {taken} bytes of memory for {} bytes",
            bytes.len()
        );
        let Ok(message) = read else { continue };
        for encoding in [Encoding::Json, Encoding::Msgpack] {
            let said = encode_as(encoding, &message);
            let again = decode(encoding, &said).expect("what we say can be read");
            assert_eq!(again, message, "{encoding:?}");
        }
    }
}
