//! Validates a MessagePack message before it is decoded: whether its lengths are true, and how deep it is.
//!
//! A list tells its length before its items come, and who decodes it sets memory aside on its word. So all that is
//! claimed must fit into the bytes that are there, an item taking one at least. Which byte begins what is laid down
//! in <https://github.com/msgpack/msgpack/blob/master/spec.md>. Nothing is decoded here.

use thiserror::Error;

use crate::limits::MESSAGE_DEPTH;

/// Why a message is not decoded.
#[derive(Debug, PartialEq, Eq, Error)]
pub(crate) enum Flaw {
    #[error("the message ends before all that it announces")]
    Cut,
    #[error("lists and maps are nested more than {MESSAGE_DEPTH} deep")]
    Deep,
    #[error("{0} bytes follow the message")]
    Followed(usize),
}

/// Whether `bytes` are one message that can be decoded in memory of its own size.
pub(crate) fn validate(bytes: &[u8]) -> Result<(), Flaw> {
    let mut rest = bytes;
    // How many items each list that is open still waits for, outermost first; the message itself is one item.
    let mut open = vec![1u64];
    let mut awaited = 1;
    while let Some(waits_for) = open.last_mut() {
        if *waits_for == 0 {
            open.pop();
            continue;
        }
        *waits_for -= 1;
        let (size, items) = head(rest).ok_or(Flaw::Cut)?;
        rest = usize::try_from(size).ok().and_then(|size| rest.get(size..)).ok_or(Flaw::Cut)?;
        awaited = awaited - 1 + items;
        if awaited > rest.len() as u64 {
            return Err(Flaw::Cut);
        }
        if items > 0 {
            if open.len() > MESSAGE_DEPTH {
                return Err(Flaw::Deep);
            }
            open.push(items);
        }
    }
    if rest.is_empty() { Ok(()) } else { Err(Flaw::Followed(rest.len())) }
}

/// The first item of `rest`: its bytes, less those of the items in it, and how many these are; a map's keys and
/// values are counted each. `None` where its length is cut off.
fn head(rest: &[u8]) -> Option<(u64, u64)> {
    let length = |bytes: usize| {
        let digits = rest.get(1..=bytes)?;
        Some(digits.iter().fold(0, |length, digit| length << 8 | u64::from(*digit)))
    };
    let first = *rest.first()?;
    Some(match first {
        0x80..=0x8f => (1, 2 * u64::from(first & 0x0f)),
        0x90..=0x9f => (1, u64::from(first & 0x0f)),
        0xa0..=0xbf => (1 + u64::from(first & 0x1f), 0),
        // Bytes and texts.
        0xc4 | 0xd9 => (2 + length(1)?, 0),
        0xc5 | 0xda => (3 + length(2)?, 0),
        0xc6 | 0xdb => (5 + length(4)?, 0),
        // Extensions: a byte for their kind stands before their own.
        0xc7 => (3 + length(1)?, 0),
        0xc8 => (4 + length(2)?, 0),
        0xc9 => (6 + length(4)?, 0),
        0xd4..=0xd8 => (2 + (1 << (first - 0xd4)), 0),
        // Numbers.
        0xcc | 0xd0 => (2, 0),
        0xcd | 0xd1 => (3, 0),
        0xca | 0xce | 0xd2 => (5, 0),
        0xcb | 0xcf | 0xd3 => (9, 0),
        // Lists and maps.
        0xdc => (3, length(2)?),
        0xdd => (5, length(4)?),
        0xde => (3, 2 * length(2)?),
        0xdf => (5, 2 * length(4)?),
        // Small numbers, true, false, nothing; and 0xc1, which the decoder refuses.
        _ => (1, 0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_announced_has_to_be_there() {
        let cases: [(&[u8], Result<(), Flaw>); 24] = [
            (&[], Err(Flaw::Cut)),
            (&[0x07], Ok(())),
            (&[0x07, 0x07], Err(Flaw::Followed(1))),
            (&[0xcb, 0, 0, 0, 0, 0, 0, 0, 0], Ok(())),
            (&[0xcb, 0, 0, 0, 0, 0, 0, 0], Err(Flaw::Cut)),
            (&[0xa2, b'o', b'k'], Ok(())),
            (&[0xa3, b'o', b'k'], Err(Flaw::Cut)),
            (&[0xd9, 2, b'o', b'k'], Ok(())),
            (&[0xda, 0, 3, b'o', b'k'], Err(Flaw::Cut)),
            (&[0xc6, 0, 0, 0, 1, 9], Ok(())),
            (&[0xdb, 0xff, 0xff, 0xff, 0xff, 9], Err(Flaw::Cut)),
            (&[0xd6, 1, 2, 3, 4, 5], Ok(())),
            (&[0xd8, 1, 2, 3, 4, 5], Err(Flaw::Cut)),
            (&[0xc7, 1, 2, 3], Ok(())),
            (&[0xc9, 0, 0, 0, 1, 2], Err(Flaw::Cut)),
            (&[0x80], Ok(())),
            (&[0x81, 1, 2], Ok(())),
            (&[0x82, 1, 2, 3], Err(Flaw::Cut)),
            (&[0xdc, 0, 2, 1, 2], Ok(())),
            (&[0xdd, 0xff, 0xff, 0xff, 0xff, 1], Err(Flaw::Cut)),
            (&[0xdf, 0xff, 0xff, 0xff, 0xff, 1], Err(Flaw::Cut)),
            (&[0xde, 0], Err(Flaw::Cut)),
            // Each list by itself could be true, both cannot.
            (&[0x92, 0x92, 1, 2], Err(Flaw::Cut)),
            (&[0x92, 0x92, 1, 2, 0x81, 3, 0x90], Ok(())),
        ];
        for (bytes, expected) in cases {
            assert_eq!(validate(bytes), expected, "{bytes:x?}");
        }
    }

    #[test]
    fn lists_may_be_nested_so_deep_and_no_deeper() {
        let nested = |lists: usize| [vec![0x91; lists], vec![0]].concat();
        assert_eq!(validate(&nested(MESSAGE_DEPTH)), Ok(()));
        assert_eq!(validate(&nested(MESSAGE_DEPTH + 1)), Err(Flaw::Deep));
        // A list beside another is no deeper.
        let beside = [vec![0xdc, 0, 100], [0x91, 0].repeat(100)].concat();
        assert_eq!(validate(&beside), Ok(()));
    }
}
