//! What a device says of itself, made short and safe to show: it comes from strangers.

use sampling::is_invisible;
use wire::limits::NAME_CHARS;

/// Browsers by what their User-Agent holds, the more special first: most claim to be several.
const BROWSERS: &[(&str, &str)] = &[
    ("Sightline/", "Sightline"),
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python", "Python"),
];

/// Systems, in the same way: an Android says Linux, an iPhone says Mac OS X.
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// "Safari on iPhone", of a User-Agent header.
pub(crate) fn client_of(user_agent: &str) -> String {
    let known = |table: &[(&str, &'static str)]| {
        table.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, name)| *name)
    };
    match (known(BROWSERS), known(SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => shown(user_agent).unwrap_or_else(|| "an unknown program".to_owned()),
    }
}

/// `name` as it may be shown: one line, without signs that hide or turn what stands beside them, of 64 characters
/// at most. `None` where nothing is left.
pub(crate) fn shown(name: &str) -> Option<String> {
    let words: Vec<_> = name.split_whitespace().collect();
    let name: String = words.join(" ").chars().filter(|c| !is_invisible(*c)).take(NAME_CHARS).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_as_people_name_them() {
        let cases = [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0", "Firefox on Linux"),
            ("Sightline/0.1.0", "Sightline"),
            ("curl/8.5.0", "curl"),
            ("", "an unknown program"),
            ("\u{202e}lanosrep", "lanosrep"),
        ];
        for (user_agent, expected) in cases {
            assert_eq!(client_of(user_agent), expected, "{user_agent}");
        }
    }

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
