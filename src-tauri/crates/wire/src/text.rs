//! Cleans names from untrusted sources so that they can be shown: the name of another machine or of a device need not be
//! one line, short, or visible.

use crate::limits::NAME_CHARS;

/// Signs that a terminal obeys, and those without a shape that change how others look: direction marks, separators,
/// tags, and those of no width, by which one name passes for another (Unicode categories Cc and Cf). The joiner
/// within emoji is one of them.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// `name` as it may be shown: one line, without signs that hide or turn what stands beside them, of 64 characters
/// at most. `None` where nothing is left.
#[must_use]
pub fn shown(name: &str) -> Option<String> {
    let words: Vec<_> = name.split_whitespace().collect();
    let name: String = words.join(" ").chars().filter(|c| !is_invisible(*c)).take(NAME_CHARS).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

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
