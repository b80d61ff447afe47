//! Bytes to messages and back, as JSON or MessagePack. Decoding refuses what is too large before it looks at it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::limits::{CLIENT_MESSAGE_BYTES, FRAME_BYTES};
use crate::message::{Encoding, ErrorBody};
use crate::{ClientMessage, ServerMessage, StreamReason, msgpack};

/// Reads what a client said.
///
/// # Errors
/// `tooLarge` past 64 KiB, `badMessage` for what cannot be read or is of no known type; the text says what was
/// expected.
pub fn decode_client(encoding: Encoding, bytes: &[u8]) -> Result<ClientMessage, ErrorBody> {
    if bytes.len() > CLIENT_MESSAGE_BYTES {
        return Err(too_large(bytes.len(), CLIENT_MESSAGE_BYTES));
    }
    decode(encoding, bytes).map_err(|why| {
        let expected = "expected {\"type\": \"subscribe\" | \"unsubscribe\" | \"ping\" | \"request\", …}";
        StreamReason::BadMessage { detail: format!("{why}; {expected}") }.into()
    })
}

/// Reads what a server said: the client's side of the stream.
///
/// # Errors
/// `tooLarge` past 4 MiB, `badMessage` for what cannot be read or is of no known type.
pub fn decode_server(encoding: Encoding, bytes: &[u8]) -> Result<ServerMessage, ErrorBody> {
    if bytes.len() > FRAME_BYTES {
        return Err(too_large(bytes.len(), FRAME_BYTES));
    }
    decode(encoding, bytes).map_err(|detail| StreamReason::BadMessage { detail }.into())
}

fn too_large(bytes: usize, most: usize) -> ErrorBody {
    StreamReason::MessageTooLarge { bytes, most }.into()
}

fn decode<T: DeserializeOwned>(encoding: Encoding, bytes: &[u8]) -> Result<T, String> {
    match encoding {
        Encoding::Json => serde_json::from_slice(bytes).map_err(|err| err.to_string()),
        Encoding::Msgpack => {
            msgpack::validate(bytes).map_err(|flaw| flaw.to_string())?;
            rmp_serde::from_slice(bytes).map_err(|err| err.to_string())
        }
    }
}

/// Anything we send, as JSON.
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    encode_as(Encoding::Json, message)
}

/// Anything we send. Our types hold no map with other keys than text, so this cannot fail.
pub fn encode_as<T: Serialize>(encoding: Encoding, message: &T) -> Vec<u8> {
    match encoding {
        Encoding::Json => {
            serde_json::to_vec(message).expect("wire types have text keys only, and write to memory")
        }
        Encoding::Msgpack => rmp_serde::to_vec_named(message).expect("wire types write to memory"),
    }
}
