//! The `Origin` check: whether a request comes from no page, our own, another Sightline's window, a page that the owner
//! added, or any other.

use axum::http::HeaderMap;
use axum::http::header::ORIGIN;
use wire::sharing::AddedOrigin;

/// Origins of a Tauri window: macOS and Linux, then Windows. They come from another Sightline, always with a token.
const APPS: [&str; 3] = ["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];
/// Longest origin: a scheme, a host name, a port.
const CHARS: usize = 300;

/// Where a request comes from, by its headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// From no page: a program, or a person who typed the address.
    None,
    /// From the page this server served.
    Own,
    /// From another Sightline's window.
    App(String),
    /// From a page that was added by hand.
    Added(AddedOrigin),
}

impl Origin {
    /// Where a request to `host` comes from; `None` where it comes from a foreign page. `encrypted`: by TLS.
    pub(crate) fn of(
        headers: &HeaderMap,
        host: &str,
        encrypted: bool,
        added: &[AddedOrigin],
    ) -> Option<Self> {
        let mut origins = headers.get_all(ORIGIN).iter();
        let origin = match (origins.next(), origins.next()) {
            (None, _) => return (!is_foreign_subresource(headers)).then_some(Self::None),
            (Some(origin), None) => origin.to_str().ok()?,
            _ => return None,
        };
        let scheme = if encrypted { "https://" } else { "http://" };
        if origin.strip_prefix(scheme).is_some_and(|origin| origin.eq_ignore_ascii_case(host)) {
            return Some(Self::Own);
        }
        if APPS.contains(&origin) {
            return Some(Self::App(origin.to_owned()));
        }
        // Of one that was written twice by hand, the one that gives less.
        let found = added.iter().filter(|known| known.origin == origin);
        found.max_by_key(|known| known.token.is_some()).cloned().map(Self::Added)
    }

    /// The origin that may read the answer, where it is not our own.
    pub(crate) fn reader(&self) -> Option<&str> {
        match self {
            Self::None | Self::Own => None,
            Self::App(origin) | Self::Added(AddedOrigin { origin, .. }) => Some(origin),
        }
    }

    /// The one token that its page has to show, where it was tied to one.
    pub(crate) fn tied(&self) -> Option<&str> {
        match self {
            Self::Added(AddedOrigin { token, .. }) => token.as_deref(),
            _ => None,
        }
    }

    /// An origin as browsers write it: `scheme://host`, with a port where it is not the scheme's own. `None` where
    /// the text is none.
    pub(crate) fn added(text: &str) -> Option<String> {
        let text = text.trim().trim_end_matches('/').to_ascii_lowercase();
        let uri: axum::http::Uri = text.parse().ok().filter(|_| text.len() <= CHARS)?;
        let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
        let usual = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let plain = uri.path() == "/" && uri.query().is_none() && !authority.as_str().contains('@');
        let host = authority.host();
        let fits = plain && !host.is_empty() && !host.contains('*');
        let port = authority.port_u16().filter(|port| *port != usual);
        fits.then(|| port.map_or(format!("{scheme}://{host}"), |port| format!("{scheme}://{host}:{port}")))
    }
}

/// Whether it is a subresource that another site's page loads without an `Origin`: an image, a script, a style sheet.
/// Nothing here is meant to be loaded so; following a link is allowed.
fn is_foreign_subresource(headers: &HeaderMap) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    matches!(header("sec-fetch-site"), Some("cross-site" | "same-site"))
        && header("sec-fetch-mode") != Some("navigate")
}

/// Whether a request that changes something may have been made by another page: browsers say where it comes from.
pub(crate) fn is_foreign_write(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(|value| value.as_bytes());
    site.is_some_and(|site| site != b"same-origin" && site != b"none")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn pages_are_told_apart_to_the_letter() {
        let added = [AddedOrigin { origin: "https://dash.example".to_owned(), token: None }];
        let of = |origin, encrypted| {
            Origin::of(&headers(&[("origin", origin)]), "127.0.0.1:7444", encrypted, &added)
        };
        assert_eq!(of("http://127.0.0.1:7444", false), Some(Origin::Own));
        assert_eq!(of("https://127.0.0.1:7444", true), Some(Origin::Own));
        assert_eq!(of("https://dash.example", false), Some(Origin::Added(added[0].clone())));
        assert_eq!(of("tauri://localhost", false), Some(Origin::App("tauri://localhost".to_owned())));
        let foreign = [
            "http://127.0.0.1:7445",
            "http://127.0.0.1:7444.evil.test",
            "https://127.0.0.1:7444",
            "http://dash.example",
            "https://dash.example.evil.test",
            "https://dash.example:8443",
            "https://DASH.example/",
            "http://evil.test",
            "null",
            "",
        ];
        for origin in foreign {
            assert_eq!(of(origin, false), None, "{origin}");
        }
        assert_eq!(of("http://127.0.0.1:7444", true), None, "the page of a plain link is another page");
        let twice = headers(&[("origin", "http://127.0.0.1:7444"), ("origin", "http://127.0.0.1:7444")]);
        assert_eq!(Origin::of(&twice, "127.0.0.1:7444", false, &added), None);
    }

    #[test]
    fn what_another_page_loads_silently_is_foreign_and_a_link_is_not() {
        let cases = [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")], true),
            (&[("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")], true),
            (&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")], true),
            (&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")], false),
            (&[("sec-fetch-site", "same-site"), ("sec-fetch-mode", "no-cors")], false),
        ];
        for (pairs, expected) in cases {
            let origin = Origin::of(&headers(pairs), "127.0.0.1:7444", false, &[]);
            assert_eq!(origin.is_some(), expected, "{pairs:?}");
        }
    }

    #[test]
    fn added_origins_are_written_as_browsers_do() {
        let cases = [
            ("https://dash.example.org", Some("https://dash.example.org")),
            (" HTTPS://Dash.example.org/ ", Some("https://dash.example.org")),
            ("https://dash.example.org:443", Some("https://dash.example.org")),
            ("http://192.168.1.5:3000", Some("http://192.168.1.5:3000")),
            ("http://[fd00::1]:3000", Some("http://[fd00::1]:3000")),
            ("https://dash.example.org/page", None),
            ("https://user@dash.example.org", None),
            ("dash.example.org", None),
            ("https://*.example.org", None),
            ("file:///tmp", None),
            ("null", None),
            ("*", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Origin::added(text).as_deref(), expected, "{text}");
        }
    }
}
