//! Words without an option, by the forms in the row of their program: `add_user _ !`.

use super::place::{Found, behind, is_windows_option};
use crate::redact::hidden::Hidden;
use crate::redact::table::{MOST_FORMS, Program};

/// How far each of a program's forms is.
#[derive(Debug, Default)]
pub(super) struct Forms {
    progress: [u8; MOST_FORMS],
}

impl Forms {
    /// What the forms say about the next word.
    pub(super) fn word(&mut self, program: &Program, word: &str, hidden: &mut Hidden) -> Found {
        let is_switch = word.starts_with(['-', '+']);
        let mut best = Found::Nothing;
        for (form, progress) in program.forms.iter().zip(&mut self.progress) {
            let place = form.split(' ').nth(usize::from(*progress));
            let Some(place) = place else { continue };
            let is_last_for_all = place.len() > 1 && place.ends_with('*');
            let place = if is_last_for_all { &place[..place.len() - 1] } else { place };
            match place {
                _ if is_switch => {
                    if place.split('|').all(|known| known != word) {
                        continue;
                    }
                    best = Found::Known;
                }
                // An option of Windows, wherever it stands.
                "_" | "?" if form.contains('?') && is_windows_option(word) => {
                    best = best.max(Found::Known);
                    continue;
                }
                "_" => best = best.max(Found::Known),
                "?" if word.starts_with("\\\\") => best = best.max(Found::Known),
                "!" | "?" => {
                    hidden.add(0..word.len());
                    best = Found::Secret;
                }
                "=" | ":" | "," | "%" | "/" => {
                    behind(word, 0, place.chars().next().unwrap_or('='), hidden);
                }
                _ if is_one_of(place, word) => {
                    best = best.max(Found::Known);
                }
                _ => {
                    // The form may begin later, or here.
                    *progress = u8::from(form.split(' ').next().is_some_and(|verb| is_one_of(verb, word)));
                    continue;
                }
            }
            if !is_last_for_all {
                *progress += 1;
            }
            // What begins with a verb may come again.
            if form.split(' ').nth(usize::from(*progress)).is_none()
                && form.starts_with(|c: char| c.is_ascii_alphanumeric())
            {
                *progress = 0;
            }
        }
        best
    }
}

fn is_one_of(verbs: &str, word: &str) -> bool {
    verbs.split('|').any(|verb| word.eq_ignore_ascii_case(verb))
}
