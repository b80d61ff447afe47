//! Numbers and words out of bytes, without making a `String`.

/// The decimal number `bytes` is; `None` if it is anything else.
pub(crate) fn unsigned(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() {
        return None;
    }
    bytes.iter().try_fold(0u64, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// Like [`unsigned`], with a minus before it or not.
pub(crate) fn signed(bytes: &[u8]) -> Option<i64> {
    match bytes.strip_prefix(b"-") {
        Some(rest) => i64::try_from(unsigned(rest)?).ok().map(|n| -n),
        None => i64::try_from(unsigned(bytes)?).ok(),
    }
}

/// A decimal fraction such as `12.34`.
pub(crate) fn fraction(bytes: &[u8]) -> Option<f64> {
    let dot = bytes.iter().position(|b| *b == b'.').unwrap_or(bytes.len());
    let whole = unsigned(&bytes[..dot])? as f64;
    match bytes.get(dot + 1..) {
        None | Some([]) => Some(whole),
        Some(digits) => {
            Some(whole + unsigned(digits)? as f64 / 10f64.powi(i32::try_from(digits.len()).ok()?))
        }
    }
}

/// The words of a line, however many spaces and tabs there are between them.
pub(crate) fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|b| matches!(b, b' ' | b'\t')).filter(|word| !word.is_empty())
}

/// The lines of a file, without their ends.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty())
}

/// The value of `key` in a file of `key value` or `key: value` lines.
pub(crate) fn value_of<'b>(bytes: &'b [u8], key: &str) -> Option<&'b [u8]> {
    lines(bytes).find_map(|line| {
        let rest = line.strip_prefix(key.as_bytes())?;
        let value = rest.trim_ascii_start();
        let ended = rest.len() != value.len() || value.first() == Some(&b':');
        ended.then(|| value.strip_prefix(b":").unwrap_or(value).trim_ascii())
    })
}

/// Bytes out of a line such as `MemTotal:  16315392 kB`.
pub(crate) fn kibibytes_of(bytes: &[u8], key: &str) -> Option<u64> {
    unsigned(words(value_of(bytes, key)?).next()?)?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_whole_or_not_at_all() {
        assert_eq!(unsigned(b"4294967296"), Some(1 << 32));
        assert_eq!(unsigned(b"18446744073709551616"), None);
        assert_eq!(unsigned(b""), None);
        assert_eq!(unsigned(b"1a"), None);
        assert_eq!(signed(b"-5"), Some(-5));
        assert_eq!(fraction(b"12.34"), Some(12.34));
        assert_eq!(fraction(b"7"), Some(7.0));
        assert_eq!(fraction(b"x"), None);
    }

    #[test]
    fn keys_are_found_whole() {
        let file = b"MemTotal:       16 kB\nMemFree:  8 kB\nnr_periods 12\n";
        assert_eq!(kibibytes_of(file, "MemFree"), Some(8192));
        assert_eq!(kibibytes_of(file, "Mem"), None);
        assert_eq!(value_of(file, "nr_periods"), Some(&b"12"[..]));
        assert_eq!(value_of(b"model name\t: Foo CPU\n", "model name"), Some(&b"Foo CPU"[..]));
    }
}
