//! The two text formats, written line by line, within bounds.
//!
//! Prometheus' own: prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4. OpenMetrics 1.0.0:
//! prometheus.io/docs/specs/om/open_metrics_spec. They differ in their heads, in what a counter is called there,
//! and in the end mark.

use std::collections::HashSet;
use std::fmt::Write as _;

/// Samples in one answer. A server with 128 threads, 1024 sensors and a thousand containers' interfaces has
/// about 7000; more in one scrape would burden the server that stores them.
const MOST_SAMPLES: usize = 10_000;
/// Characters of one label's value: a mount point below Kubernetes has about 200. A path may have 4096.
const LABEL_CHARS: usize = 256;

/// How the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Prometheus,
    OpenMetrics,
}

impl Format {
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// What the samples of a family mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Only grows, until what it counts begins anew. Its samples end in `_total`.
    Counter,
    Gauge,
    /// Always 1; its labels have the information. Its samples end in `_info`.
    Info,
}

/// Samples of one name.
#[derive(Debug)]
pub(super) struct Family {
    /// Ends in the unit, where there is one; without `_total` and `_info`.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// `seconds`, `bytes`, …; empty for what is merely counted.
    pub(super) unit: &'static str,
    /// One sentence, in plain ASCII without backslashes: it is written as it is.
    pub(super) help: &'static str,
}

const DROPPED: Family = Family {
    name: "sightline_exposition_dropped_samples",
    kind: Kind::Gauge,
    unit: "",
    help: "Samples left out of this answer: past the bound on their number, or twice the same.",
};

/// An answer that is being written.
#[derive(Debug)]
pub(super) struct Text {
    format: Format,
    out: String,
    family: &'static Family,
    /// The head of the family is written.
    headed: bool,
    /// Label sets of the family so far: two samples with the same labels make a whole scrape invalid.
    seen: HashSet<String>,
    samples: usize,
    dropped: usize,
}

impl Text {
    pub(super) fn new(format: Format) -> Self {
        Self {
            format,
            out: String::with_capacity(16 * 1024),
            family: &DROPPED,
            headed: false,
            seen: HashSet::new(),
            samples: 0,
            dropped: 0,
        }
    }

    /// The samples that follow are of `family`. Its head comes with the first of them.
    pub(super) fn family(&mut self, family: &'static Family) {
        self.family = family;
        self.headed = false;
        self.seen.clear();
    }

    /// One sample. What is not finite is unknown, and unknown is absent.
    pub(super) fn sample<'l>(&mut self, labels: impl Iterator<Item = (&'l str, &'l str)>, value: f64) {
        if !value.is_finite() {
            return;
        }
        let labels = label_set(labels);
        if self.samples == MOST_SAMPLES || self.seen.contains(&labels) {
            self.dropped += 1;
            return;
        }
        self.samples += 1;
        self.write(&labels, value);
        self.seen.insert(labels);
    }

    /// The whole answer, with how much was left out of it.
    pub(super) fn finish(mut self) -> String {
        self.family(&DROPPED);
        self.write("", self.dropped as f64);
        if self.format == Format::OpenMetrics {
            self.out.push_str("# EOF\n");
        }
        self.out
    }

    fn write(&mut self, labels: &str, value: f64) {
        if !std::mem::replace(&mut self.headed, true) {
            self.head();
        }
        let Family { name, kind, .. } = self.family;
        let ending = kind.ending();
        writeln!(self.out, "{name}{ending}{labels} {value}").expect("writing to memory");
    }

    fn head(&mut self) {
        let Family { name, kind, unit, help } = self.family;
        let open_metrics = self.format == Format::OpenMetrics;
        let (ending, kind) = match (open_metrics, kind) {
            (true, Kind::Counter) => ("", "counter"),
            (true, Kind::Info) => ("", "info"),
            (false, Kind::Counter) => (kind.ending(), "counter"),
            (_, Kind::Gauge) => ("", "gauge"),
            (false, Kind::Info) => (kind.ending(), "gauge"),
        };
        writeln!(self.out, "# HELP {name}{ending} {help}").expect("writing to memory");
        writeln!(self.out, "# TYPE {name}{ending} {kind}").expect("writing to memory");
        if open_metrics && !unit.is_empty() {
            writeln!(self.out, "# UNIT {name} {unit}").expect("writing to memory");
        }
    }
}

impl Kind {
    fn ending(self) -> &'static str {
        match self {
            Self::Counter => "_total",
            Self::Gauge => "",
            Self::Info => "_info",
        }
    }
}

/// `{device="sda",direction="read"}`; empty without labels.
fn label_set<'l>(labels: impl Iterator<Item = (&'l str, &'l str)>) -> String {
    let mut set = String::new();
    for (name, value) in labels {
        set.push(if set.is_empty() { '{' } else { ',' });
        set.push_str(name);
        set.push_str("=\"");
        escape(value, &mut set);
        set.push('"');
    }
    if !set.is_empty() {
        set.push('}');
    }
    set
}

fn escape(value: &str, into: &mut String) {
    for (at, c) in value.chars().enumerate() {
        if at == LABEL_CHARS {
            into.push('…');
            return;
        }
        match c {
            '\\' => into.push_str(r"\\"),
            '"' => into.push_str(r#"\""#),
            '\n' => into.push_str(r"\n"),
            _ => into.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAUGE: Family = Family { name: "a_bytes", kind: Kind::Gauge, unit: "bytes", help: "An a." };
    const COUNTER: Family = Family { name: "b", kind: Kind::Counter, unit: "", help: "A b." };

    fn escaped(value: &str) -> String {
        label_set([("l", value)].into_iter())
    }

    #[test]
    fn label_values_cannot_leave_their_quotes_and_are_cut() {
        assert_eq!(escaped("sda"), r#"{l="sda"}"#);
        assert_eq!(escaped("a\"} 1\nb\\"), r#"{l="a\"} 1\nb\\"}"#);
        assert_eq!(label_set([].into_iter()), "");
        let cut = escaped(&"ä".repeat(LABEL_CHARS + 1));
        assert_eq!(cut.chars().filter(|c| *c == 'ä').count(), LABEL_CHARS);
        assert!(cut.ends_with("…\"}"), "{cut}");
    }

    #[test]
    fn a_family_without_samples_is_not_named_and_the_same_sample_comes_once() {
        let mut text = Text::new(Format::Prometheus);
        text.family(&GAUGE);
        text.sample([].into_iter(), f64::NAN);
        text.family(&COUNTER);
        for value in [1.0, 2.0] {
            text.sample([("l", "x")].into_iter(), value);
        }
        let written = text.finish();
        assert!(!written.contains("a_bytes"), "{written}");
        assert!(
            written.starts_with("# HELP b_total A b.\n# TYPE b_total counter\nb_total{l=\"x\"} 1\n# HELP")
        );
        assert!(written.ends_with("\nsightline_exposition_dropped_samples 1\n"), "{written}");
    }

    #[test]
    fn past_the_bound_samples_are_dropped_and_counted() {
        let mut text = Text::new(Format::OpenMetrics);
        text.family(&GAUGE);
        for at in 0..MOST_SAMPLES + 7 {
            text.sample([("at", at.to_string().as_str())].into_iter(), 0.0);
        }
        let written = text.finish();
        assert_eq!(written.lines().filter(|line| line.starts_with("a_bytes{")).count(), MOST_SAMPLES);
        assert!(written.ends_with("\nsightline_exposition_dropped_samples 7\n# EOF\n"));
    }
}
