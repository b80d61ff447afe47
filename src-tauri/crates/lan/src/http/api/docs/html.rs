//! Writes HTML: only literals of this program are markup, everything else is escaped as text.

/// A page that is being written.
#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Markup. Only literals are accepted, so that no other text can become markup.
    pub(super) fn markup(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text, also within the quotes of an attribute.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
        self
    }

    /// Paragraphs and lists as Markdown has them, without headings.
    pub(super) fn prose(&mut self, markdown: &str) -> &mut Self {
        for block in markdown.split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
            if !block.starts_with("- ") {
                self.markup("<p>").line(block).markup("</p>");
                continue;
            }
            self.markup("<ul>");
            for item in block.split("\n- ") {
                self.markup("<li>").line(item.trim_start_matches("- ")).markup("</li>");
            }
            self.markup("</ul>");
        }
        self
    }

    /// Text with `code` and [links](/to this machine) in it.
    pub(super) fn line(&mut self, markdown: &str) -> &mut Self {
        for (index, part) in markdown.split('`').enumerate() {
            if index % 2 == 1 {
                self.markup("<code>").text(part).markup("</code>");
                continue;
            }
            let mut rest = part;
            while let Some((before, words, target, after)) = link(rest) {
                self.text(before).markup("<a href=\"").text(target).markup("\">").text(words).markup("</a>");
                rest = after;
            }
            self.text(rest);
        }
        self
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// The first `[words](/target)` of a text: what is before it, its two parts, and what is after it. A target is on
/// this machine.
fn link(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (before, rest) = text.split_once('[')?;
    let (words, rest) = rest.split_once("](")?;
    let (target, after) = rest.split_once(')')?;
    let here = target.starts_with('#') || (target.starts_with('/') && !target.starts_with("//"));
    here.then_some((before, words, target, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prose(markdown: &str) -> String {
        let mut html = Html::default();
        html.prose(markdown);
        html.into_string()
    }

    #[test]
    fn prose_is_paragraphs_lists_code_and_links_to_this_machine() {
        let cases = [
            ("One.\n\nTwo\nlines.", "<p>One.</p><p>Two\nlines.</p>"),
            ("- a\n- b\n  c", "<ul><li>a</li><li>b\n  c</li></ul>"),
            ("A `b` c.", "<p>A <code>b</code> c.</p>"),
            ("The [console](/console).", "<p>The <a href=\"/console\">console</a>.</p>"),
            ("[x](https://evil.test)", "<p>[x](https://evil.test)</p>"),
            ("[x](//evil.test)", "<p>[x](//evil.test)</p>"),
        ];
        for (markdown, expected) in cases {
            assert_eq!(prose(markdown), expected);
        }
    }

    #[test]
    fn text_is_never_markup() {
        assert_eq!(prose("<script>\"&'`<b>`"), "<p>&lt;script&gt;&quot;&amp;&#39;<code>&lt;b&gt;</code></p>");
    }
}
