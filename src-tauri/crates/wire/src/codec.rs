//! Bytes to messages and back, as JSON or MessagePack. Decoding refuses what is too large before it looks at it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::limits::{CLIENT_MESSAGE_BYTES, FRAME_BYTES};
use crate::message::{Encoding, ErrorBody, ErrorCode};
use crate::{ClientMessage, ServerMessage, msgpack};

/// Reads what a client said.
///
/// # Errors
/// `tooLarge` past 64 KiB, `badMessage` for what cannot be read or is of no known type; the text says what was
/// expected.
pub fn decode_client(encoding: Encoding, bytes: &[u8]) -> Result<ClientMessage, ErrorBody> {
    if bytes.len() > CLIENT_MESSAGE_BYTES {
        let message = format!("{} bytes sent; a message holds {CLIENT_MESSAGE_BYTES} at most", bytes.len());
        return Err(ErrorBody::new(ErrorCode::TooLarge, message));
    }
    decode(encoding, bytes).map_err(|why| {
        let expected = "expected {\"type\": \"subscribe\" | \"unsubscribe\" | \"ping\" | \"request\", …}";
        ErrorBody::new(ErrorCode::BadMessage, format!("{why}; {expected}"))
    })
}

/// Reads what a server said: the client's side of the stream.
///
/// # Errors
/// `tooLarge` past 4 MiB, `badMessage` for what cannot be read or is of no known type.
pub fn decode_server(encoding: Encoding, bytes: &[u8]) -> Result<ServerMessage, ErrorBody> {
    if bytes.len() > FRAME_BYTES {
        let message = format!("{} bytes sent; a frame holds {FRAME_BYTES} at most", bytes.len());
        return Err(ErrorBody::new(ErrorCode::TooLarge, message));
    }
    decode(encoding, bytes).map_err(|why| ErrorBody::new(ErrorCode::BadMessage, why))
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
