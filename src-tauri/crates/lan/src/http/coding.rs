//! Which content coding a client wants most: RFC 9110, 12.5.3.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;

/// How an answer is coded; the shortest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Brotli,
    Gzip,
    /// As it is.
    Identity,
}

impl Coding {
    /// Its name in headers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Coding::Brotli => "br",
            Coding::Gzip => "gzip",
            Coding::Identity => "identity",
        }
    }
}

/// The one of those that are `there` that the client wants most, the shortest among equals. Where it wants none of them,
/// it gets the answer as it is: that says more than no answer.
pub(crate) fn chosen(headers: &HeaderMap, there: impl Fn(Coding) -> bool) -> Coding {
    let said: Vec<(&str, f64)> = headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(weighted)
        .filter(|(name, _)| !name.is_empty())
        .collect();
    let of = |wanted: &str| said.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, q)| *q);
    let weight = |coding: Coding| {
        let named = of(coding.name()).or_else(|| of("x-gzip").filter(|_| coding == Coding::Gzip));
        // What is not named is not wanted, but for the answer as it is: that is good enough.
        named.or_else(|| of("*")).unwrap_or(if coding == Coding::Identity { f64::MIN_POSITIVE } else { 0.0 })
    };
    let mut best = (Coding::Identity, 0.0);
    for coding in [Coding::Brotli, Coding::Gzip, Coding::Identity].into_iter().filter(|it| there(*it)) {
        if weight(coding) > best.1 {
            best = (coding, weight(coding));
        }
    }
    best.0
}

/// `gzip;q=0.5`. A quality that is none counts as 0, so that nothing is sent by mistake.
fn weighted(text: &str) -> (&str, f64) {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let mut quality = 1.0;
    for (key, value) in parts.filter_map(|part| part.split_once('=')) {
        if key.trim().eq_ignore_ascii_case("q") {
            quality = value.trim().parse().ok().filter(|q| (0.0..=1.0).contains(q)).unwrap_or(0.0);
        }
    }
    (name, quality)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_coding_is_what_the_client_wants_most() {
        use Coding::{Brotli, Gzip, Identity};
        // What it says, and what it gets of all three, of gzip and identity, and of identity alone.
        let cases: [(Option<&str>, [Coding; 3]); 17] = [
            (None, [Identity; 3]),
            (Some(""), [Identity; 3]),
            (Some("gzip, deflate, br, zstd"), [Brotli, Gzip, Identity]),
            (Some("gzip"), [Gzip, Gzip, Identity]),
            (Some("x-gzip"), [Gzip, Gzip, Identity]),
            (Some("GZip;Q=0.5"), [Gzip, Gzip, Identity]),
            (Some("br;q=0.5, gzip;q=0.8"), [Gzip, Gzip, Identity]),
            (Some("br;q=0, gzip"), [Gzip, Gzip, Identity]),
            (Some("br;q=0.0, gzip;q=0.000"), [Identity; 3]),
            (Some("*"), [Brotli, Gzip, Identity]),
            (Some("*;q=0"), [Identity; 3]),
            (Some("*;q=0, gzip"), [Gzip, Gzip, Identity]),
            (Some("gzip;q=0, *"), [Brotli, Identity, Identity]),
            (Some("identity;q=0"), [Identity; 3]),
            (Some("identity;q=0, gzip;q=0.1"), [Gzip, Gzip, Identity]),
            (Some("identity, gzip;q=0.5"), [Identity; 3]),
            (Some("gzip;q=much, br;q=7"), [Identity; 3]),
        ];
        for (said, expected) in cases {
            let mut headers = HeaderMap::new();
            said.map(|said| headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(said)));
            let sets: [&[Coding]; 3] = [&[Brotli, Gzip, Identity], &[Gzip, Identity], &[Identity]];
            assert_eq!(sets.map(|set| chosen(&headers, |it| set.contains(&it))), expected, "{said:?}");
        }
        let mut lines = HeaderMap::new();
        lines.append(ACCEPT_ENCODING, HeaderValue::from_static("deflate"));
        lines.append(ACCEPT_ENCODING, HeaderValue::from_static("br"));
        assert_eq!(chosen(&lines, |_| true), Brotli);
    }
}
