//! A name in its parts, however it is written: `db-api-key`, `DB_API_KEY`, `dbAPIKey`.

/// A name in lower case, in its parts: `dbAPIKey1` is `db`, `api`, `key`.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// All parts, with nothing between them.
    pub name: String,
    /// Where the first ends, and the last and the one before it begin.
    first_end: usize,
    before: usize,
    last: usize,
}

impl Parts {
    pub(super) fn of(name: &str) -> Self {
        let is_separator = |c: char| matches!(c, '_' | '-' | '.');
        let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || is_separator(c));
        let mut parts = Self { name: String::with_capacity(name.len()), ..Self::default() };
        let mut previous = ' ';
        let mut characters = name.chars().peekable();
        while let Some(c) = characters.next() {
            let is_hump = c.is_uppercase()
                && (previous.is_lowercase()
                    || previous.is_uppercase() && characters.peek().is_some_and(|next| next.is_lowercase()));
            if (is_hump || is_separator(previous)) && parts.name.len() > parts.last {
                (parts.before, parts.last) = (parts.last, parts.name.len());
                parts.first_end =
                    if parts.before == 0 && parts.first_end == 0 { parts.last } else { parts.first_end };
            }
            if !is_separator(c) {
                parts.name.extend(c.to_lowercase());
            }
            previous = c;
        }
        parts
    }

    /// Empty where there is one part only.
    pub(super) fn first(&self) -> &str {
        &self.name[..self.first_end]
    }

    pub(super) fn before(&self) -> &str {
        &self.name[self.before..self.last]
    }

    pub(super) fn last(&self) -> &str {
        &self.name[self.last..]
    }
}
