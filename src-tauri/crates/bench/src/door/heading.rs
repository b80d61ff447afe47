//! What stands before the data of our frames, in JSON and in MessagePack, without decoding the rest.

use anyhow::{Context, Result};

/// How a frame is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Encoding {
    Json,
    Msgpack,
}

/// The channels that are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Channel {
    Overview,
    Processes,
}

/// What a frame says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Heading {
    pub(crate) encoding: Encoding,
    pub(crate) channel: Channel,
    pub(crate) seq: u64,
    /// Unix milliseconds.
    pub(crate) sampled_at_ms: u64,
    pub(crate) key: bool,
}

/// What a message is, by its first bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    Frame(Heading),
    /// The server ends the session, for this reason.
    Goodbye(String),
    /// The server refuses something.
    Error,
    /// Of no interest here: greeting, pong, alert.
    Other,
}

/// Reads the first bytes of a message.
///
/// # Errors
/// For a frame that does not say what it must, or says it later than `head` goes: it could not be counted.
pub(crate) fn read(head: &[u8]) -> Result<Message> {
    let encoding = if head.starts_with(b"{") { Encoding::Json } else { Encoding::Msgpack };
    let fields = Fields { head, encoding };
    Ok(match fields.text("type").unwrap_or_default() {
        "frame" => {
            let unread = || format!("reading a frame that begins {}", String::from_utf8_lossy(head));
            Message::Frame(fields.heading().with_context(unread)?)
        }
        "goodbye" => Message::Goodbye(fields.text("reason").unwrap_or("no reason given").to_owned()),
        "error" => Message::Error,
        _ => Message::Other,
    })
}

/// The fields of a message that begin within its first bytes.
struct Fields<'a> {
    head: &'a [u8],
    encoding: Encoding,
}

impl<'a> Fields<'a> {
    fn heading(&self) -> Option<Heading> {
        let channel = match self.text("channel")? {
            "overview" => Channel::Overview,
            "processes" => Channel::Processes,
            _ => return None,
        };
        Some(Heading {
            encoding: self.encoding,
            channel,
            seq: self.number("seq")?,
            sampled_at_ms: self.number("sampledAtMs")?,
            key: self.flag("key")?,
        })
    }

    /// What follows the name of a field.
    fn value(&self, name: &str) -> Option<&'a [u8]> {
        let marked = match self.encoding {
            Encoding::Json => format!("\"{name}\":").into_bytes(),
            Encoding::Msgpack => [&[0xa0 | name.len() as u8], name.as_bytes()].concat(),
        };
        let at = self.head.windows(marked.len()).position(|here| here == marked)?;
        Some(&self.head[at + marked.len()..])
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        let value = self.value(name)?;
        let text = match (self.encoding, value.split_first()?) {
            (Encoding::Json, (b'"', rest)) => rest.split(|byte| *byte == b'"').next()?,
            // A short text: its length is in its mark. Ours here are all short.
            (Encoding::Msgpack, (mark @ 0xa0..=0xbf, rest)) => rest.get(..usize::from(mark & 0x1f))?,
            _ => return None,
        };
        std::str::from_utf8(text).ok()
    }

    fn number(&self, name: &str) -> Option<u64> {
        let value = self.value(name)?;
        match self.encoding {
            Encoding::Json => {
                let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
                // One that reaches the end of what was kept may be cut.
                let whole = digits > 0 && digits < value.len();
                whole.then(|| std::str::from_utf8(&value[..digits]).ok()?.parse().ok())?
            }
            Encoding::Msgpack => {
                let (mark, rest) = value.split_first()?;
                let bytes = match mark {
                    0..=0x7f => return Some(u64::from(*mark)),
                    0xcc => 1,
                    0xcd => 2,
                    0xce => 4,
                    0xcf => 8,
                    _ => return None,
                };
                Some(rest.get(..bytes)?.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
            }
        }
    }

    fn flag(&self, name: &str) -> Option<bool> {
        let value = self.value(name)?;
        match self.encoding {
            Encoding::Json if value.starts_with(b"true") => Some(true),
            Encoding::Json if value.starts_with(b"false") => Some(false),
            Encoding::Msgpack => match value.first()? {
                0xc2 => Some(false),
                0xc3 => Some(true),
                _ => None,
            },
            Encoding::Json => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_says_the_same_of_itself_in_both_encodings() {
        let json =
            br#"{"type":"frame","channel":"overview","seq":300,"sampledAtMs":1790000000123,"key":false,"data":{"#;
        let mut msgpack = vec![0x86];
        for part in [
            b"\xa4type\xa5frame\xa7channel\xa8overview\xa3seq\xcd\x01\x2c".as_slice(),
            b"\xabsampledAtMs\xcf",
            &1_790_000_000_123_u64.to_be_bytes(),
            b"\xa3key\xc2\xa4data\x82",
        ] {
            msgpack.extend(part);
        }
        let expected = |encoding| {
            Message::Frame(Heading {
                encoding,
                channel: Channel::Overview,
                seq: 300,
                sampled_at_ms: 1_790_000_000_123,
                key: false,
            })
        };
        assert_eq!(read(json).unwrap(), expected(Encoding::Json));
        assert_eq!(read(&msgpack).unwrap(), expected(Encoding::Msgpack));
    }

    #[test]
    fn other_messages_are_told_apart() {
        for (head, expected) in [
            (r#"{"type":"goodbye","reason":"slow"}"#, Message::Goodbye("slow".to_owned())),
            (r#"{"type":"error","code":"tooMany","message":"…"}"#, Message::Error),
            (r#"{"type":"connected","protocol":1}"#, Message::Other),
            ("", Message::Other),
        ] {
            assert_eq!(read(head.as_bytes()).unwrap(), expected, "{head}");
        }
    }

    #[test]
    fn a_frame_that_is_cut_before_it_says_all_is_an_error() {
        let head = br#"{"type":"frame","channel":"overview","seq":300,"sampledAtMs":17900000"#;
        assert!(read(head).is_err());
        assert!(read(&head[..44]).is_err());
    }
}
