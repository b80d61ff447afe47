//! Untrusted text made fit to show: names and command lines come from any program that runs here.

use wire::limits::TEXT_CHARS;
use wire::text::is_invisible;

/// `bytes` as text: what is no UTF-8 and what would move the cursor or turn the line around is replaced, and it
/// is cut at [`TEXT_CHARS`].
pub(crate) fn clean(bytes: &[u8]) -> String {
    let lossy = String::from_utf8_lossy(&bytes[..bytes.len().min(TEXT_CHARS * 4)]);
    let mut text: String =
        lossy.chars().take(TEXT_CHARS).map(|c| if is_invisible(c) { '\u{fffd}' } else { c }).collect();
    if lossy.chars().nth(TEXT_CHARS).is_some() || bytes.len() > TEXT_CHARS * 4 {
        if text.chars().count() == TEXT_CHARS {
            text.pop();
        }
        text.push('…');
    }
    text
}

/// [`clean`] of what a file in `/sys` or `/proc` says, without the space around it; `None` if nothing is left.
pub(crate) fn trimmed(bytes: &[u8]) -> Option<String> {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    let bytes = bytes[..end].trim_ascii();
    (!bytes.is_empty()).then(|| clean(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_valid_short_and_cannot_turn_the_line_around() {
        assert_eq!(clean(b"nginx"), "nginx");
        assert_eq!(clean(b"a\x1b[2Jb\nc"), "a\u{fffd}[2Jb\u{fffd}c");
        assert_eq!(clean(b"\xff\xfe"), "\u{fffd}\u{fffd}");
        assert_eq!(clean("gpj\u{202e}exe".as_bytes()), "gpj\u{fffd}exe");
        assert_eq!(clean("ss\u{200b}hd".as_bytes()), "ss\u{fffd}hd");
        let long = clean("ä".repeat(TEXT_CHARS * 3).as_bytes());
        assert_eq!(long.chars().count(), TEXT_CHARS);
        assert!(long.ends_with('…'));
        assert_eq!(clean("x".repeat(TEXT_CHARS).as_bytes()).chars().count(), TEXT_CHARS);
        assert_eq!(trimmed(b" WDC WD40 \n"), Some("WDC WD40".to_owned()));
        assert_eq!(trimmed(b"\n"), None);
    }
}
