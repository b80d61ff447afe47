//! Rust source as tokens: as much of its grammar as is needed to find names in it, and no more. Comments are left
//! out; a literal is one token.
//!
//! It is written here because a parser would be the largest dependency of the chores, and they are built before all else.

/// A token, and the line it stands on, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) line: usize,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a keyword, without `r#`.
    Name(String),
    /// The text between the quotes, escapes as written.
    Text(String),
    /// `::`
    Path,
    /// Any other sign, one character each.
    Sign(char),
    /// A number, a character, a lifetime: no names in it that matter here.
    Other,
}

/// The tokens of `source`.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    Lexer { rest: source, line: 1, found: Vec::new() }.run()
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    found: Vec<Token>,
}

impl<'a> Lexer<'a> {
    fn run(mut self) -> Vec<Token> {
        while let Some(first) = self.rest.chars().next() {
            let line = self.line;
            let kind = self.next(first);
            self.found.extend(kind.map(|kind| Token { kind, line }));
        }
        self.found
    }

    /// Takes what `self.rest`, which begins with `first`, begins with; nothing where that is no token.
    fn next(&mut self, first: char) -> Option<Kind> {
        if first.is_whitespace() {
            self.take(first.len_utf8());
            return None;
        }
        if self.rest.starts_with("//") {
            self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
            return None;
        }
        if self.rest.starts_with("/*") {
            self.take(block_comment(self.rest));
            return None;
        }
        if let Some((before, hashes)) = raw_text(self.rest) {
            let end = format!("\"{}", "#".repeat(hashes));
            self.take(before);
            let length = self.rest.find(&end).unwrap_or(self.rest.len());
            let text = self.take(length).to_owned();
            self.take(end.len().min(self.rest.len()));
            return Some(Kind::Text(text));
        }
        if first == '"' {
            return Some(Kind::Text(self.quoted()));
        }
        if first == '\'' {
            self.take(character(self.rest));
            return Some(Kind::Other);
        }
        if first.is_alphabetic() || first == '_' {
            return self.name();
        }
        if first.is_ascii_digit() {
            let number = |c: char| c.is_alphanumeric() || c == '_';
            self.take(self.rest.find(|c| !number(c)).unwrap_or(self.rest.len()));
            return Some(Kind::Other);
        }
        if self.rest.starts_with("::") {
            self.take(2);
            return Some(Kind::Path);
        }
        self.take(first.len_utf8());
        Some(Kind::Sign(first))
    }

    /// A name; or the rest of a literal whose prefix looks like one (`b"…"`, `b'…'`).
    fn name(&mut self) -> Option<Kind> {
        self.rest = self.rest.strip_prefix("r#").unwrap_or(self.rest);
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let name = self.take(end);
        match (name, self.rest.chars().next()) {
            ("b" | "c", Some('"')) => Some(Kind::Text(self.quoted())),
            ("b", Some('\'')) => {
                self.take(character(self.rest));
                Some(Kind::Other)
            }
            _ => Some(Kind::Name(name.to_owned())),
        }
    }

    fn quoted(&mut self) -> String {
        let mut escaped = false;
        let inner = self.rest[1..].char_indices().find(|(_, c)| {
            let end = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            end
        });
        let length = inner.map_or(self.rest.len() - 1, |(at, _)| at);
        self.take(1);
        let text = self.take(length).to_owned();
        self.take(1.min(self.rest.len()));
        text
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }
}

/// Length of the block comment that `text` begins with; they nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// Length of what stands before the text of a raw literal, quote included, and the number of its hashes.
fn raw_text(text: &str) -> Option<(usize, usize)> {
    let rest = text.strip_prefix(['b', 'c']).unwrap_or(text).strip_prefix('r')?;
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    rest[hashes..].starts_with('"').then(|| (text.len() - rest.len() + hashes + 1, hashes))
}

/// Length of the character or the lifetime that `text` begins with.
fn character(text: &str) -> usize {
    let mut inner = text.char_indices().skip(1);
    match (inner.next(), inner.next()) {
        (Some((_, '\\')), Some((at, escaped))) => {
            let from = at + escaped.len_utf8();
            text[from..].find('\'').map_or(text.len(), |end| from + end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => {
            let end = text[1..].find(|c: char| !c.is_alphanumeric() && c != '_');
            end.map_or(text.len(), |end| end + 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &str) -> Vec<String> {
        let name = |token: Token| match token.kind {
            Kind::Name(name) => Some(name),
            _ => None,
        };
        tokens(source).into_iter().filter_map(name).collect()
    }

    #[test]
    fn names_within_comments_and_literals_are_none() {
        let source = r##"
            // crate::a
            /* crate::b /* nested */ crate::c */
            let x = "crate::d \" e"; let y = r#"crate::f " g"#; let z = b"h"; let c = '"'; let d = '\'';
            fn i<'j>(r#type: &'j str) -> u32 { 0x1f }
        "##;
        assert_eq!(
            names(source),
            ["let", "x", "let", "y", "let", "z", "let", "c", "let", "d", "fn", "i", "type", "str", "u32"]
        );
    }

    #[test]
    fn lines_are_counted_through_texts_and_comments() {
        let found = tokens("a\n/*\n*/ \"\n\" b");
        assert_eq!(found.last(), Some(&Token { kind: Kind::Name("b".to_owned()), line: 4 }));
        assert_eq!(tokens("a::b")[1].kind, Kind::Path);
    }
}
