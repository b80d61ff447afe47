//! Options by the row of their program: with the secret as the next word, joined to it, or within a bundle of letters.

use super::place::{Found, Next, behind};
use crate::redact::hidden::Hidden;
use crate::redact::table::Program;

/// An option by the row of the program.
pub(super) fn find(program: &Program, word: &str, next: &mut Next, hidden: &mut Hidden) -> Found {
    for option in program.secret_options() {
        let Some(rest) = strip_prefix_in_any_case(word, option.name) else { continue };
        if option.is_letter() {
            continue;
        }
        let from = word.len() - rest.len();
        if rest.is_empty() && !option.name.ends_with(':') {
            *next = option.sign.map_or(Next::Secret, Next::SecretBehind);
            return Found::Known;
        } else if rest.starts_with('=') && option.name.starts_with('-') {
            return secret(word, from + 1, option.sign, hidden);
        } else if option.is_attached() && !rest.is_empty() {
            return secret(word, from, option.sign, hidden);
        }
    }
    if !word.starts_with('-') || word.starts_with("--") {
        return Found::Nothing;
    }
    // Letters, one behind the other, of which the first with a value takes the rest.
    for (at, letter) in word.char_indices().skip(1) {
        let end = at + letter.len_utf8();
        if let Some(option) = program.secret_options().find(|option| option.is_letter_of(letter)) {
            if end == word.len() {
                *next = option.sign.map_or(Next::Secret, Next::SecretBehind);
                return Found::Known;
            }
            let from = if word[end..].starts_with('=') { end + 1 } else { end };
            return secret(word, from, option.sign, hidden);
        }
        if program.is_script(letter) && end == word.len() {
            *next = Next::Script;
            return Found::Known;
        }
        if program.takes_value(letter) {
            if end == word.len() {
                *next = Next::Value;
            }
            break;
        }
        if !letter.is_ascii_alphanumeric() || program.has_no_bundles() {
            break;
        }
    }
    Found::Nothing
}

/// Hides the value of an option, or what is behind a sign in it.
fn secret(word: &str, from: usize, sign: Option<char>, hidden: &mut Hidden) -> Found {
    let Some(sign) = sign else {
        hidden.add(from..word.len());
        return Found::Secret;
    };
    behind(word, from, sign, hidden);
    Found::Known
}

fn strip_prefix_in_any_case<'a>(word: &'a str, prefix: &str) -> Option<&'a str> {
    if !prefix.starts_with('/') {
        return word.strip_prefix(prefix);
    }
    let head = word.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &word[prefix.len()..])
}
