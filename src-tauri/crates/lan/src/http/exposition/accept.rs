//! Which format a client asks for: RFC 9110, 12.5.1.

use super::text::Format;

const OPEN_METRICS: (&str, &str) = ("application", "openmetrics-text");
const PROMETHEUS: (&str, &str) = ("text", "plain");

/// OpenMetrics where it is asked for by name and nothing else is wanted more; the text format otherwise, also
/// for those who name neither.
pub(super) fn format<'h>(headers: impl Iterator<Item = &'h str>) -> Format {
    let ranges: Vec<Range<'h>> =
        headers.flat_map(|header| header.split(',')).filter_map(Range::parse).collect();
    let open_metrics = ranges.iter().filter(|range| range.is_open_metrics()).map(|range| range.quality);
    let wanted = open_metrics.fold(0.0, f64::max);
    if wanted > 0.0 && wanted >= quality_of_text(&ranges) { Format::OpenMetrics } else { Format::Prometheus }
}

/// How much the text format is wanted: what names it closest counts.
fn quality_of_text(ranges: &[Range<'_>]) -> f64 {
    let (kind, subtype) = PROMETHEUS;
    [(kind, subtype), (kind, "*"), ("*", "*")]
        .into_iter()
        .find_map(|name| {
            ranges.iter().filter(|range| range.is(name)).map(|range| range.quality).reduce(f64::max)
        })
        .unwrap_or(0.0)
}

/// One range of an Accept header: `application/openmetrics-text;version=1.0.0;q=0.7`.
#[derive(Debug)]
struct Range<'h> {
    kind: &'h str,
    subtype: &'h str,
    version: Option<&'h str>,
    quality: f64,
}

impl<'h> Range<'h> {
    /// `None` for what is no range. A quality that is none counts as 0, so that nothing is sent by mistake.
    fn parse(text: &'h str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let mut range = Self { kind, subtype, version: None, quality: 1.0 };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            let value = value.trim().trim_matches('"');
            if name.trim().eq_ignore_ascii_case("q") {
                range.quality = value.parse().ok().filter(|q| (0.0..=1.0).contains(q)).unwrap_or(0.0);
            } else if name.trim().eq_ignore_ascii_case("version") {
                range.version = Some(value);
            }
        }
        Some(range)
    }

    fn is(&self, (kind, subtype): (&str, &str)) -> bool {
        self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype)
    }

    /// Drafts before 1.0.0 are another format.
    fn is_open_metrics(&self) -> bool {
        self.is(OPEN_METRICS) && self.version.is_none_or(|version| version == "1.0.0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_what_the_client_wants_most_and_text_where_it_does_not_say() {
        let cases = [
            (&[][..], Format::Prometheus),
            (&["*/*"], Format::Prometheus),
            (&["text/html,application/xhtml+xml,*/*;q=0.8"], Format::Prometheus),
            (&["text/plain"], Format::Prometheus),
            (&["application/json"], Format::Prometheus),
            (&["application/openmetrics-text"], Format::OpenMetrics),
            (&["application/openmetrics-text; version=1.0.0; charset=utf-8"], Format::OpenMetrics),
            (&["Application/OpenMetrics-Text;Version=\"1.0.0\""], Format::OpenMetrics),
            (&["application/openmetrics-text;version=0.0.1"], Format::Prometheus),
            (&["application/openmetrics-text;q=0"], Format::Prometheus),
            (&["application/openmetrics-text;q=2"], Format::Prometheus),
            (&["application/openmetrics-text;q=0.3,text/plain;q=0.5"], Format::Prometheus),
            (&["application/openmetrics-text;q=0.5,text/plain;q=0.3"], Format::OpenMetrics),
            (&["text/plain;q=0.3", "application/openmetrics-text;q=0.5"], Format::OpenMetrics),
            (&["application/openmetrics-text;q=0.5,text/plain;q=0.1,*/*"], Format::OpenMetrics),
            (&["application/openmetrics-text;q=0.5,*/*;q=0.9"], Format::Prometheus),
            // What Prometheus 2 and 3 send.
            (
                &[
                    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                   text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                ],
                Format::OpenMetrics,
            ),
            (
                &["application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                   application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;q=0.3,\
                   text/plain;version=0.0.4;q=0.2,/;q=0.1"],
                Format::OpenMetrics,
            ),
        ];
        for (accept, expected) in cases {
            assert_eq!(format(accept.iter().copied()), expected, "{accept:?}");
        }
    }
}
