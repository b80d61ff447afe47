//! Messages for people: all sentences that commands print.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use wire::Scope;
use wire::sharing::{AccessEvent, AccessWhat, AddedOrigin, CertificateInfo, Encryption, Sharing};

/// Name of a scope, as the command line has it.
pub(crate) const fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::View => "view",
        Scope::Processes => "processes",
        Scope::Control => "control",
    }
}

/// What a scope shows, with the arguments of command lines or without them.
pub(crate) const fn sees(scope: Scope, arguments: bool) -> &'static str {
    match (scope, arguments) {
        (Scope::View, _) => "numbers and process names",
        (Scope::Processes, true) => "numbers, and processes with their owners and command lines",
        (Scope::Processes, false) => "numbers, and processes with their owners and programs",
        (Scope::Control, true) => "all of it, and may change who has access",
        (Scope::Control, false) => "all but the arguments of processes, and may change who has access",
    }
}

/// A scope in a list, likewise.
pub(crate) const fn scope_in_list(given: Scope, arguments: bool) -> &'static str {
    match (given, arguments) {
        (Scope::Processes, true) => "processes, with arguments",
        (Scope::Control, true) => "control, with arguments",
        (other, _) => scope(other),
    }
}

/// What stands above the list of origins.
pub(crate) const fn origins(none: bool) -> &'static str {
    match none {
        true => "No web page of another origin may view this machine.",
        false => "Web pages of these origins may read what this machine answers:",
    }
}

/// What an origin gives that was added.
pub(crate) fn origin_gives(added: &AddedOrigin, sharing: &Sharing) -> String {
    let Some(id) = &added.token else {
        return "everyone who sends this origin sees what scope view shows, without a token".to_owned();
    };
    match sharing.viewers.iter().find(|viewer| viewer.id == *id) {
        Some(viewer) => format!(
            "nothing by itself; its pages need the token {} ({id}), sent as Authorization: Bearer, and see {}",
            viewer.name,
            sees(viewer.scope, viewer.arguments)
        ),
        None => format!("nothing; the token {id} that its pages need was revoked"),
    }
}

/// What stands above the list of further names.
pub(crate) const fn host_names(none: bool) -> &'static str {
    match none {
        true => "This machine is reached by its own names and addresses only.",
        false => {
            "This machine is reached by these names, too. Programs of this computer need a token while there are any:"
        }
    }
}

/// What is to be known about links of this encryption.
pub(crate) const fn privacy(encryption: &Encryption) -> Option<&'static str> {
    match encryption {
        Encryption::Off => {
            Some("Apps connect encrypted. Browsers get http, which others on this network can read.")
        }
        Encryption::SelfSigned => {
            Some("Browsers get https, and warn once about the self-signed certificate: accept it.")
        }
        Encryption::Own { .. } => None,
    }
}

/// Why this machine is not shared as it should be: made of the code, where the agent says one that is known here.
pub(crate) fn sharing_problem(sharing: &Sharing) -> Option<String> {
    sharing.problem_reason.as_ref().map(ToString::to_string).or_else(|| sharing.problem.clone())
}

/// What was taken away and is not in the file yet, as a sentence with a line of its own; empty where all is.
pub(crate) fn not_kept(sharing: &Sharing) -> String {
    let told = sharing.not_kept.as_ref().map(|why| {
        format!(
            "Warning: this is so now, and comes back with a restart: it could not be written to access.json ({why}). It is \
             tried again each minute.\n"
        )
    });
    told.unwrap_or_default()
}

/// What follows where the system does not say whose programs connect, as a sentence with a line of its own; empty where it
/// does.
pub(crate) const fn users_untold(sharing: &Sharing) -> &'static str {
    if sharing.users_untold {
        "This system does not tell whose programs connect from this computer: all of them see numbers and process names, \
         and so does who comes through a proxy that does not say it is one.\n"
    } else {
        ""
    }
}

/// What is wrong with the certificate in use, or with newer files; likewise.
pub(crate) fn certificate_problem(certificate: &CertificateInfo) -> Option<String> {
    certificate.problem_reason.as_ref().map(ToString::to_string).or_else(|| certificate.problem.clone())
}

/// `count` of something: "1 device", "2 devices".
pub(crate) fn count(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// How long ago `then` was, to be read at a glance.
pub(crate) fn ago(then_ms: u64, now_ms: u64) -> String {
    let minutes = now_ms.saturating_sub(then_ms) / 60_000;
    match minutes {
        0..2 => "just now".to_owned(),
        2..120 => format!("{minutes} min ago"),
        120..2880 => format!("{} h ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1440),
    }
}

/// A moment, by the clock of this place.
pub(crate) fn moment(at_ms: u64) -> String {
    local(at_ms, "%Y-%m-%d %H:%M:%S")
}

/// The time of a moment, by the clock of this place.
pub(crate) fn time(at_ms: u64) -> String {
    local(at_ms, "%H:%M:%S")
}

fn local(at_ms: u64, format: &str) -> String {
    let at = i64::try_from(at_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    at.map_or_else(String::new, |at| at.to_zoned(TimeZone::system()).strftime(format).to_string())
}

/// An entry of the access log.
pub(crate) fn event(event: &AccessEvent) -> String {
    let who = event.who.as_deref().unwrap_or("somebody");
    let scope = event.scope.map(|given| format!(" ({})", scope(given))).unwrap_or_default();
    match event.what {
        AccessWhat::SharedOff => "Sharing was turned off".to_owned(),
        AccessWhat::SharedLocal => "Sharing was limited to this computer".to_owned(),
        AccessWhat::SharedLan => "Sharing was turned on for the network".to_owned(),
        AccessWhat::Opened => "Anyone on the network may view".to_owned(),
        AccessWhat::OpenEnded => "Paired devices only".to_owned(),
        AccessWhat::NetworkNew => format!("New network: {who}"),
        AccessWhat::NetworkAllowed => format!("Network allowed: {who}"),
        AccessWhat::NetworkRefused => format!("Network refused: {who}"),
        AccessWhat::Paired => format!("{who} was paired{scope}"),
        AccessWhat::Compared => format!("{who} was paired by comparing digits{scope}"),
        AccessWhat::PairingUnanswered => format!("{who} asked to pair, and nobody answered"),
        AccessWhat::PairingRefused => format!("{who} was refused"),
        AccessWhat::WrongCode => "Wrong code".to_owned(),
        AccessWhat::Blocked => "Too many wrong codes".to_owned(),
        AccessWhat::WrongToken => "Wrong token".to_owned(),
        AccessWhat::SentInClear => "Sent a control token in clear, and has no control any more".to_owned(),
        AccessWhat::Came => format!("{who} connected{scope}"),
        AccessWhat::ScopeChanged => format!("{who} sees something else now{scope}"),
        AccessWhat::Renamed => format!("A device is called {who} now"),
        AccessWhat::Revoked => format!("{who} was revoked"),
        AccessWhat::Left => format!("{who} removed its own access"),
        AccessWhat::Changed => "Sharing settings were changed".to_owned(),
    }
}

/// The digits in two groups, as they are read out.
pub(crate) fn spaced(digits: &str) -> String {
    digits.split_at_checked(3).map_or_else(|| digits.to_owned(), |(left, right)| format!("{left} {right}"))
}

/// `text` with a full stop, where it has no end of its own.
pub(crate) fn sentence(text: &str) -> String {
    if text.ends_with(['.', '?', '!', '\n']) { text.trim_end().to_owned() } else { format!("{text}.") }
}

/// `text` in at most `columns` of a terminal, in which some signs take two; cut with an ellipsis.
pub(crate) fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let mut left = columns.saturating_sub(1);
    let fits = |c: &char| match left.checked_sub(c.width().unwrap_or(0)) {
        Some(after) => {
            left = after;
            true
        }
        None => false,
    };
    let mut kept: String = text.chars().take_while(fits).collect();
    kept.push('…');
    Cow::Owned(kept)
}

/// Lines of columns as wide as they need to be, two spaces apart.
pub(crate) fn table(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column| lines.iter().filter_map(|line| line.get(column)).map(|cell: &String| cell.width()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for line in lines {
        // Padded by columns, where the formatter counts signs.
        let cells = line
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.width())));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_at_a_glance() {
        const MINUTE: u64 = 60_000;
        let now = 100 * 24 * 60 * MINUTE;
        let cases = [
            (0, "just now"),
            (MINUTE, "just now"),
            (5 * MINUTE, "5 min ago"),
            (3 * 60 * MINUTE, "3 h ago"),
            (3 * 24 * 60 * MINUTE, "3 days ago"),
        ];
        for (since, expected) in cases {
            assert_eq!(ago(now - since, now), expected);
        }
        assert_eq!(ago(now + MINUTE, now), "just now", "a clock that was set back");
    }

    #[test]
    fn columns_stand_below_each_other() {
        let line = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let text = table(&[line(&["NAME", "SEES"]), line(&["Küche", "view"]), line(&["a", ""])]);
        assert_eq!(text, "NAME   SEES\nKüche  view\na\n");
        let wide = table(&[line(&["NAME", "SEES"]), line(&["東京", "view"]), line(&["a\u{301}", "view"])]);
        assert_eq!(wide, "NAME  SEES\n東京  view\na\u{301}     view\n");
    }

    #[test]
    fn a_text_is_cut_by_columns() {
        for (text, columns, expected) in [
            ("nas", 3, "nas"),
            ("nas2", 3, "na…"),
            ("東京都", 6, "東京都"),
            ("東京都", 5, "東京…"),
            ("東京都", 4, "東…"),
        ] {
            assert_eq!(cut(text, columns), expected);
        }
    }

    #[test]
    fn errors_end_once() {
        let cases = [
            ("no agent", "no agent."),
            ("use sudo.", "use sudo."),
            ("is it on?", "is it on?"),
            ("a\nb\n", "a\nb"),
        ];
        for (text, expected) in cases {
            assert_eq!(sentence(text), expected);
        }
    }
}
