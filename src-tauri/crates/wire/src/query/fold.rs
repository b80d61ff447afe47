//! Text in any case: one letter at a time, so that every letter keeps its place and both languages fold alike.

/// Text that is looked for in other text, in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needle(String);

impl Needle {
    pub(super) fn new(text: &str) -> Self {
        Self(text.chars().map(fold).collect())
    }

    /// Whether it is part of `text`. What is plain ASCII is looked for in place, which is most of what there is.
    pub(super) fn is_in(&self, text: &str) -> bool {
        if !text.is_ascii() {
            return text.chars().map(fold).collect::<String>().contains(&self.0);
        }
        let wanted = self.0.as_bytes();
        match wanted.first() {
            None => true,
            Some(first) => text
                .as_bytes()
                .windows(wanted.len())
                .any(|part| part[0].eq_ignore_ascii_case(first) && part.eq_ignore_ascii_case(wanted)),
        }
    }

    /// Digits only: the beginning of a process id, perhaps.
    pub(super) fn as_digits(&self) -> Option<&str> {
        (!self.0.is_empty() && self.0.bytes().all(|it| it.is_ascii_digit())).then_some(&self.0)
    }
}

/// The small letter of the capital of `letter`, where each is one letter; the dotless ı is a letter of its own.
fn fold(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase();
    }
    if letter == 'ı' {
        return letter;
    }
    let capital = single(letter, letter.to_uppercase());
    single(capital, capital.to_lowercase())
}

fn single(letter: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => letter,
    }
}
