//! Makes texts of untrusted sources harmless, so that they can be shown: what another machine, a device or a file says
//! need not be one line, short, or visible. [`crate::foreign`] applies it to all that another machine sends.
//!
//! The page has the same rules (`ui/src/wire/foreign.ts`); `golden/texts.json` has cases that both are tested with.

use std::borrow::Cow;

use crate::limits::{ID_CHARS, NAME_CHARS};

/// Whether `id` may be the id of a machine: ours are letters, digits and hyphens.
#[must_use]
pub fn is_id(id: &str) -> bool {
    let is_sign = |c: char| c.is_ascii_alphanumeric() || c == '-';
    !id.is_empty() && id.len() <= ID_CHARS && id.chars().all(is_sign)
}

/// Signs that a terminal obeys, and those without a shape that change how others look: direction marks, separators,
/// tags, fillers, and those of no width, by which one name passes for another (Unicode's control characters, line and
/// paragraph separator, interlinear annotation, and `Default_Ignorable_Code_Point`). The joiner within emoji is one of
/// them.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// `text` on one line, without invisible signs, of `most` characters at most; cut with an ellipsis. What breaks a line
/// becomes a space. Text of ours, which its own machine has made harmless, stays as it is.
#[must_use]
pub fn harmless(text: &str, most: usize) -> Cow<'_, str> {
    // A character has a byte at least, so that most texts need not be counted.
    let fits = text.len() <= most || text.chars().nth(most).is_none();
    if fits && !text.chars().any(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut clean = text.chars().filter_map(|c| match c {
        c if !is_invisible(c) => Some(c),
        c => c.is_whitespace().then_some(' '),
    });
    let mut kept: String = clean.by_ref().take(most).collect();
    if clean.next().is_some() {
        kept.pop();
        kept.push('…');
    }
    Cow::Owned(kept)
}

/// `text` on one line, without signs that hide or turn what stands beside them, and without needless space.
#[must_use]
pub fn one_line(text: &str) -> String {
    harmless(text, usize::MAX).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `name` as it may be shown: as [`one_line`] has it, of 64 characters at most. `None` where nothing is left.
#[must_use]
pub fn shown(name: &str) -> Option<String> {
    let name: String = one_line(name).chars().take(NAME_CHARS).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::limits::FOREIGN_TEXT_CHARS;

    #[derive(Deserialize)]
    struct Case {
        text: String,
        harmless: String,
    }

    #[test]
    fn texts_of_strangers_are_one_line_that_hides_nothing() {
        let cases: Vec<Case> = serde_json::from_str(include_str!("../golden/texts.json")).unwrap();
        for Case { text, harmless: expected } in cases {
            let clean = harmless(&text, FOREIGN_TEXT_CHARS);
            assert_eq!(clean, expected, "{text:?}");
            assert_eq!(harmless(&clean, FOREIGN_TEXT_CHARS), clean, "once is enough");
        }
        let long = harmless("é\n", 2);
        assert_eq!(long, "é ");
        let long = "é\u{1b}".repeat(10_000);
        let long = harmless(&long, 9);
        assert_eq!((long.chars().count(), long.chars().last()), (9, Some('…')));
    }

    #[test]
    fn ids_are_short_and_plain() {
        assert!(is_id("1f0a22c4-d5e6") && is_id(&"a".repeat(ID_CHARS)));
        for id in ["", "a b", "<a>", "../a", "ä", "a\u{202e}", &"a".repeat(ID_CHARS + 1)] {
            assert!(!is_id(id), "{id:?}");
        }
    }

    #[test]
    fn names_of_strangers_are_one_short_line() {
        let cases = [
            ("Phone", Some("Phone")),
            ("  my \n phone\t", Some("my phone")),
            ("<img src=x onerror=alert(1)>", Some("<img src=x onerror=alert(1)>")),
            ("a\u{202e}b\u{200b}c\u{feff}\0d\u{1b}[31m", Some("abcd[31m")),
            ("\u{200b}\n", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(shown(name).as_deref(), expected, "{name:?}");
        }
        assert_eq!(shown(&"é".repeat(10_000)).map(|name| name.chars().count()), Some(NAME_CHARS));
    }
}
