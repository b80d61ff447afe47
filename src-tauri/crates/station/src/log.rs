//! How the fields of a log line are written, by window and agent alike: much of what is logged was said by somebody else,
//! from the `Host` of a request to the name of a file. Whatever it is, it stays within its line and moves no cursor.

use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::debug_fn;
use wire::limits::FOREIGN_TEXT_CHARS;
use wire::text::harmless;

/// Writes message and fields with harmless texts, for `tracing_subscriber::fmt().fmt_fields(…)`.
pub fn harmless_fields() -> impl for<'a> FormatFields<'a> + Send + Sync + 'static {
    debug_fn(|writer, field, value| {
        let text = format!("{value:?}");
        let text = harmless(&text, FOREIGN_TEXT_CHARS);
        match field.name() {
            "message" => write!(writer, "{text}"),
            name => write!(writer, "{name}={text}"),
        }
    })
    .delimited(" ")
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_is_logged_stays_within_its_line() {
        let evil = format!("a\u{1b}]0;x\u{7}b\n2026 ERROR forged\u{9b}2J\u{202e}{}", "x".repeat(2_000_000));
        let written = Written::default();
        let to = written.clone();
        let logs = tracing_subscriber::fmt()
            .with_ansi(false)
            .fmt_fields(harmless_fields())
            .with_writer(move || to.clone())
            .finish();
        tracing::subscriber::with_default(logs, || {
            let span = tracing::error_span!("session", peer = %evil);
            let _in_it = span.enter();
            tracing::error!(name = evil, error = %evil, raw = ?evil, "{evil}");
        });
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        assert!(!text.trim_end().chars().any(wire::text::is_invisible), "{text}");
        assert!(text.contains("a]0;xb 2026 ERROR forged2J") && text.contains("error=a]0;xb"), "{text}");
        assert!(text.chars().count() < 6 * FOREIGN_TEXT_CHARS);
    }
}
