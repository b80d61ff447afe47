//! Bytes to messages and back, as JSON or MessagePack. Decoding refuses what is too large before it looks at it.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::foreign::Foreign;
use crate::limits::{CLIENT_MESSAGE_BYTES, FRAME_BYTES, TEXT_CHARS};
use crate::message::{Encoding, ErrorBody, Frame, Response};
use crate::payload::Payload;
use crate::text::harmless;
use crate::{AlertEvent, Channel, ClientMessage, ServerMessage, StreamReason, msgpack};

/// Reads what a client said.
///
/// # Errors
/// `tooLarge` past 64 KiB, `badMessage` for what cannot be read or is of no known type; the text says what was
/// expected.
pub fn decode_client(encoding: Encoding, bytes: &[u8]) -> Result<ClientMessage, ErrorBody> {
    fits(bytes, CLIENT_MESSAGE_BYTES)?;
    decode(encoding, bytes).map_err(|why| {
        let expected = "expected {\"type\": \"subscribe\" | \"unsubscribe\" | \"ping\" | \"request\", …}";
        bad_message(&format!("{why}; {expected}"))
    })
}

/// Reads what a server said: the client's side of the stream. Its texts are harmless, as [`Foreign`] has them.
///
/// # Errors
/// `tooLarge` past 4 MiB, or past what a message of its kind has; `badMessage` for what cannot be read or is of no
/// known type.
pub fn decode_server(encoding: Encoding, bytes: &[u8]) -> Result<ServerMessage, ErrorBody> {
    fits(bytes, FRAME_BYTES)?;
    match encoding {
        Encoding::Json => server_json(bytes),
        Encoding::Msgpack => match decode(encoding, bytes) {
            Ok(Foreign(message)) => Ok(message),
            Err(why) => Err(bad_message(&why)),
        },
    }
}

/// Reads JSON that another machine sent, with harmless texts.
///
/// # Errors
/// `badMessage`.
pub fn foreign<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ErrorBody> {
    parse::<Foreign<T>>(bytes).map(|Foreign(value)| value)
}

/// The kind of a message, by which the rest of it is read.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

/// A frame whose data nobody has looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FrameParts<'a> {
    channel: Channel,
    seq: u64,
    sampled_at_ms: u64,
    key: bool,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// An answer likewise.
#[derive(Deserialize)]
struct ResponseParts<'a> {
    id: u64,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct AlertParts {
    event: AlertEvent,
}

/// By its kind, so that nothing is kept on the way: data and results stay bytes, and fields that are not known are passed
/// over. Read as an enumeration it would be kept twice, and 4 MiB of empty lists would take a hundred.
fn server_json(bytes: &[u8]) -> Result<ServerMessage, ErrorBody> {
    let Kind { kind } = parse(bytes)?;
    Ok(match &*kind {
        "frame" => {
            let FrameParts { channel, seq, sampled_at_ms, key, data } = parse(bytes)?;
            fits(data.get().as_bytes(), channel.most_bytes())?;
            ServerMessage::Frame(Frame { channel, seq, sampled_at_ms, key, data: Payload::new(data.get()) })
        }
        "response" => {
            let ResponseParts { id, result, error } = parse(bytes)?;
            let error = error.map(|error| short(error.get().as_bytes())).transpose()?;
            ServerMessage::Response(Response { id, result: result.map(|it| Payload::new(it.get())), error })
        }
        "connected" => ServerMessage::Connected(foreign(bytes)?),
        "alert" => {
            let AlertParts { event } = foreign(bytes)?;
            ServerMessage::Alert { event }
        }
        _ => short(bytes)?,
    })
}

/// What has a few hundred bytes, and so may be kept twice.
fn short<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ErrorBody> {
    fits(bytes, CLIENT_MESSAGE_BYTES)?;
    foreign(bytes)
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, ErrorBody> {
    serde_json::from_slice(bytes).map_err(|error| bad_message(&error.to_string()))
}

fn fits(bytes: &[u8], most: usize) -> Result<(), ErrorBody> {
    if bytes.len() > most {
        return Err(StreamReason::MessageTooLarge { bytes: bytes.len(), most }.into());
    }
    Ok(())
}

/// The library quotes what it read.
fn bad_message(detail: &str) -> ErrorBody {
    StreamReason::BadMessage { detail: harmless(detail, TEXT_CHARS).into_owned() }.into()
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::limits::{FOREIGN_TEXT_CHARS, SUMMARY_BYTES};
    use crate::message::Summary;
    use crate::{ErrorCode, Severity};

    fn read(message: &Value) -> Result<ServerMessage, ErrorBody> {
        decode_server(Encoding::Json, &encode(message))
    }

    #[test]
    fn what_a_server_says_has_no_escapes_and_an_end() {
        let evil = format!("\u{1b}]0;x\u{7}\n{}\u{202e}", "x".repeat(300_000));
        let event =
            json!({"id": 1, "atMs": 2, "severity": "info", "title": evil, "message": evil, "source": evil});
        let Ok(ServerMessage::Alert { event }) = read(&json!({"type": "alert", "event": event})) else {
            panic!()
        };
        assert_eq!((event.id, event.severity), (1, Severity::Info));
        for text in [event.title, event.message, event.source] {
            assert!(text.starts_with("]0;x xxx"), "{}", &text[..20]);
            assert_eq!(text.chars().count(), FOREIGN_TEXT_CHARS);
        }
        let error = json!({"code": "internal", "message": "a\u{1b}[2Jb"});
        for said in [
            json!({"type": "response", "id": 1, "error": error}),
            json!({"type": "error", "code": "internal", "message": "a\u{1b}[2Jb"}),
        ] {
            let message = match read(&said) {
                Ok(
                    ServerMessage::Response(Response { error: Some(error), .. })
                    | ServerMessage::Error(error),
                ) => error.message,
                other => panic!("{other:?}"),
            };
            assert_eq!(message, "a[2Jb");
        }
        let Err(error) = read(&json!({"type": "frame", "channel": evil})) else { panic!() };
        assert!(!error.message.contains('\u{1b}') && error.message.chars().count() < 2_000, "{error}");
        let Err(error) = decode_client(Encoding::Json, &encode(&json!({"type": "a\u{202e}b"}))) else {
            panic!()
        };
        assert!(!error.message.contains('\u{202e}'), "{error}");
    }

    #[test]
    fn data_is_read_when_its_type_is_known_and_has_the_size_of_its_channel() {
        let frame = |mount: &str| {
            let data =
                json!({"cpuRatio": 0.5, "fullestDisk": {"mount": mount, "usedRatio": null}, "later": [[]]});
            read(
                &json!({"type": "frame", "channel": "summary", "seq": 1, "sampledAtMs": 2, "key": true, "data": data}),
            )
        };
        let Ok(ServerMessage::Frame(frame_of_summary)) = frame("/\u{9b}a") else { panic!() };
        let summary: Summary = frame_of_summary.data.read().unwrap();
        assert_eq!(summary.fullest_disk.unwrap().mount, "/a");
        let too_large = frame(&"x".repeat(SUMMARY_BYTES)).unwrap_err();
        assert_eq!(too_large.code, ErrorCode::TooLarge);
        let error = json!({"code": "internal", "message": "x".repeat(CLIENT_MESSAGE_BYTES)});
        let too_large = read(&json!({"type": "response", "id": 1, "error": error})).unwrap_err();
        assert_eq!(too_large.code, ErrorCode::TooLarge);
    }
}
