//! How it is printed: aligned lines for people, JSON Lines for scripts. Each line is out before the next is made.
//!
//! The machine is not trusted. Its texts are harmless when they arrive here ([`wire::foreign`]), and are cut to what a line
//! has room for; a figure that cannot be is unknown; figures that come faster than they were asked for are left out.

use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use client::link::LinkState;
use serde::Serialize;
use serde_json::{Value, json};
use station::clock::unix_ms;
use wire::Goodbye;
use wire::fleet::{Probe, ProbeKind};
use wire::limits::ALERT_TEXT_CHARS;
use wire::message::{AlertEvent, Frame, Polled, Severity, Summary};
use wire::text::{harmless, shown};

use crate::messages::{self, cut};

/// Columns of a line for people, which an alert would exceed: some lines of a terminal.
const LINE_COLUMNS: usize = 512;
/// No disk and no link has more; it fits its column.
const MOST_BYTES_PER_S: f64 = 9e11;
/// Temperatures that a sensor may have.
const CELSIUS: RangeInclusive<f64> = -99.0..=999.0;
/// The heading above the lines, as wide as they are.
const HEADING: &str = "TIME        CPU  MEMORY  DISK MB/S  NET MB/S   TEMP  ALERT";

/// The figures of a moment, as the machine sent them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Figures {
    /// When they were read, Unix milliseconds, by the machine's own clock.
    sampled_at_ms: u64,
    #[serde(flatten)]
    summary: Summary,
}

impl Figures {
    /// Those of a frame; `None` where it is none of `summary`.
    pub(crate) fn of_frame(frame: &Frame) -> Option<Self> {
        let summary = frame.data.read().ok()?;
        Some(Self { sampled_at_ms: frame.sampled_at_ms, summary })
    }

    /// Those of a snapshot. Unknown, all of them, where a machine of an older version sends no summary in it.
    pub(crate) fn of_snapshot(polled: Polled) -> Self {
        Self { sampled_at_ms: polled.sampled_at_ms, summary: polled.summary.unwrap_or_default() }
    }
}

/// Prints what happens to one machine.
pub(crate) struct Report<'a, W> {
    out: &'a mut W,
    json: bool,
    /// What the machine is called; at first its address.
    name: String,
    /// How often figures were asked for.
    interval: Duration,
    /// When figures were printed last.
    figures_at: Option<Instant>,
}

impl<'a, W: Write> Report<'a, W> {
    pub(crate) fn new(out: &'a mut W, json: bool, name: String, interval: Duration) -> Self {
        Self { out, json, name, interval, figures_at: None }
    }

    /// The link is different.
    pub(crate) fn state(&mut self, state: &LinkState) -> io::Result<()> {
        match state {
            LinkState::Connecting => self.print(&json!({"state": "connecting"}), "connecting"),
            LinkState::Live { connected, address, .. } => {
                self.name = shown(&connected.machine.name).unwrap_or_else(|| address.to_string());
                let (machine, scope) = (&connected.machine, messages::scope(connected.scope));
                let value = json!({
                    "state": "live", "machineId": machine.id, "name": self.name,
                    "address": address.to_string(), "scope": scope,
                });
                self.print(&value, &format!("live, at {address}"))?;
                if self.json { Ok(()) } else { self.line(HEADING) }
            }
            LinkState::Polling(why) => {
                let value = json!({"state": "polling", "why": why.message(), "remedy": why.remedy()});
                self.print(&value, &format!("polling every 5 s: {}", why.message()))
            }
            LinkState::Reconnecting { retry_in, why } => self.reconnecting(*retry_in, why),
            LinkState::Away { goodbye, retry_in } => {
                let (state, word) = match goodbye {
                    Goodbye::Suspend => ("asleep", "asleep"),
                    Goodbye::Update => ("updating", "updates its Sightline"),
                    _ => ("shutDown", "shut down"),
                };
                let value = json!({"state": state, "retryInMs": millis(*retry_in)});
                self.print(&value, &format!("{word}; retrying in {}", seconds(*retry_in)))
            }
            LinkState::WrongMachine { retry_in, why } => {
                let value = json!({
                    "state": "wrongMachine", "retryInMs": millis(*retry_in), "kind": why.kind, "why": why.message(),
                    "remedy": why.remedy(),
                });
                self.print(&value, &format!("looked for again in {}: {}", seconds(*retry_in), why.message()))
            }
            LinkState::Impossible(why) => self.impossible(why),
        }
    }

    /// There is no session, and the next attempt is in `retry_in`.
    pub(crate) fn reconnecting(&mut self, retry_in: Duration, why: &Probe) -> io::Result<()> {
        let value = json!({
            "state": "reconnecting", "retryInMs": millis(retry_in), "kind": why.kind, "why": why.message(),
            "remedy": why.remedy(),
        });
        let when = if retry_in.is_zero() { "now".to_owned() } else { format!("in {}", seconds(retry_in)) };
        self.print(&value, &format!("reconnecting {when}: {}", why.message()))
    }

    /// It can never work. For people, the program's error message has the reason.
    pub(crate) fn impossible(&mut self, why: &Probe) -> io::Result<()> {
        let state = match why.kind {
            ProbeKind::ToPair => "toPair",
            ProbeKind::Revoked => "unauthorized",
            ProbeKind::Newer | ProbeKind::Older => "incompatible",
            ProbeKind::WrongMachine => "wrongMachine",
            _ => "failed",
        };
        let value = json!({"state": state, "kind": why.kind, "why": why.message(), "remedy": why.remedy()});
        if self.json { self.value(&value) } else { Ok(()) }
    }

    /// What was printed last is old.
    pub(crate) fn stale(&mut self) -> io::Result<()> {
        self.print(&json!({"state": "stale"}), "nothing new for 30 s")
    }

    /// The numbers of a moment. Those that come in less than half the time that they were asked for are left out: a late
    /// one may be followed soon by the next.
    pub(crate) fn figures(&mut self, figures: Figures) -> io::Result<()> {
        let now = Instant::now();
        if self.figures_at.is_some_and(|before| now.saturating_duration_since(before) < self.interval / 2) {
            return Ok(());
        }
        self.figures_at = Some(now);
        if self.json {
            return self.value(&figures);
        }
        let line = line(&messages::time(unix_ms()), &figures.summary);
        self.line(&line)
    }

    /// Something happened there.
    pub(crate) fn alert(&mut self, event: AlertEvent) -> io::Result<()> {
        let event = AlertEvent {
            title: harmless(&event.title, ALERT_TEXT_CHARS).into_owned(),
            message: harmless(&event.message, ALERT_TEXT_CHARS).into_owned(),
            source: harmless(&event.source, ALERT_TEXT_CHARS).into_owned(),
            ..event
        };
        let AlertEvent { severity, title, message, source, .. } = &event;
        let words = format!("{}: {title}. {message} ({source})", severity_word(*severity));
        self.print(&json!({"alert": &event}), &words)
    }

    /// Alerts were missed.
    pub(crate) fn lagged(&mut self, missed: u64) -> io::Result<()> {
        let words =
            format!("{} not shown", messages::count(usize::try_from(missed).unwrap_or(usize::MAX), "alert"));
        self.print(&json!({"missedAlerts": missed}), &words)
    }

    /// Prints `value` for scripts, `words` for people.
    fn print(&mut self, value: &Value, words: &str) -> io::Result<()> {
        if self.json {
            return self.value(value);
        }
        let line = format!("{}: {words}", self.name);
        self.line(&cut(&line, LINE_COLUMNS))
    }

    fn value(&mut self, value: &impl Serialize) -> io::Result<()> {
        let line = serde_json::to_string(value)?;
        self.line(&line)
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "{line}")?;
        self.out.flush()
    }
}

/// A moment as a line of the table.
fn line(time: &str, summary: &Summary) -> String {
    let within = |value: Option<f64>, most: f64| value.filter(|value| (0.0..=most).contains(value));
    let percent = |ratio| unit(within(ratio, 1.0).map(|ratio| format!("{:.0} %", ratio * 100.0)));
    let rate =
        |bytes_per_s| unit(within(bytes_per_s, MOST_BYTES_PER_S).map(|rate| format!("{:.1}", rate / 1e6)));
    let net = match (summary.rx_bytes_per_s, summary.tx_bytes_per_s) {
        (None, None) => None,
        (received, sent) => Some(received.unwrap_or(0.0) + sent.unwrap_or(0.0)),
    };
    let celsius = summary.temperature_celsius.filter(|celsius| CELSIUS.contains(celsius));
    let heat = unit(celsius.map(|celsius| format!("{celsius:.0} °C")));
    let (cpu, memory) = (percent(summary.cpu_ratio), percent(summary.memory_ratio));
    let (disk, net) = (rate(summary.disk_bytes_per_s), rate(net));
    let alert = summary.worst_alert.map_or("–", severity_word);
    format!("{time}  {cpu:>5}  {memory:>6}  {disk:>9}  {net:>8}  {heat:>6}  {alert}")
}

/// What is not known is not 0.
fn unit(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

const fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    }
}

fn millis(wait: Duration) -> u64 {
    wait.as_millis() as u64
}

/// Whole seconds, rounded up: nobody waits for 0 s.
fn seconds(wait: Duration) -> String {
    format!("{} s", wait.as_millis().div_ceil(1000))
}

#[cfg(test)]
mod tests {
    use wire::diagnosis::Diagnosis;

    use super::*;

    fn summary() -> Summary {
        Summary {
            cpu_ratio: Some(0.126),
            memory_ratio: Some(1.0),
            fullest_disk: None,
            rx_bytes_per_s: Some(1_200_000.0),
            tx_bytes_per_s: None,
            disk_bytes_per_s: Some(12_345_678.0),
            temperature_celsius: Some(54.4),
            worst_alert: Some(Severity::Warning),
        }
    }

    #[test]
    fn a_snapshot_is_printed_as_the_machine_summed_it_up_and_without_that_as_unknown() {
        let body = |summary: Value| {
            let mut body =
                json!({"seq": 1, "sampledAtMs": 9, "machine": {}, "series": [[]], "summary": summary});
            if summary.is_null() {
                body.as_object_mut().unwrap().remove("summary");
            }
            Figures::of_snapshot(serde_json::from_value(body).unwrap())
        };
        let sent = body(serde_json::to_value(summary()).unwrap());
        assert_eq!(sent, Figures { sampled_at_ms: 9, summary: summary() });
        assert_eq!(body(Value::Null), Figures { sampled_at_ms: 9, summary: Summary::default() });
    }

    #[test]
    fn lines_stand_below_their_heading_and_each_other() {
        let nothing = Summary {
            cpu_ratio: None,
            memory_ratio: None,
            rx_bytes_per_s: None,
            disk_bytes_per_s: None,
            temperature_celsius: None,
            worst_alert: None,
            ..summary()
        };
        let lines = [HEADING.to_owned(), line("12:04:10", &summary()), line("12:04:11", &nothing)];
        let expected = "\
TIME        CPU  MEMORY  DISK MB/S  NET MB/S   TEMP  ALERT
12:04:10   13 %   100 %       12.3       1.2   54 °C  warning
12:04:11      –       –          –         –       –  –";
        assert_eq!(lines.join("\n"), expected);
    }

    #[test]
    fn scripts_get_one_object_a_line_and_people_are_told_by_name() {
        let why = Probe::new("nas:7444", Diagnosis::NoAnswer);
        let said = |json| {
            let mut out = Vec::new();
            let mut report = Report::new(&mut out, json, "nas:7444".to_owned(), Duration::from_secs(1));
            let retry_in = Duration::from_millis(2100);
            report.state(&LinkState::Reconnecting { retry_in, why: why.clone() }).unwrap();
            report.state(&LinkState::Away { goodbye: Goodbye::Suspend, retry_in }).unwrap();
            let event = AlertEvent {
                id: 1,
                at_ms: 2,
                severity: Severity::Critical,
                title: "a\u{1b}[2Jb".to_owned(),
                message: "c\u{202e}d".to_owned(),
                source: "e".to_owned(),
            };
            report.alert(event).unwrap();
            report.figures(Figures { sampled_at_ms: 5, summary: summary() }).unwrap();
            String::from_utf8(out).unwrap()
        };
        let people = said(false);
        let lines: Vec<_> = people.lines().collect();
        assert_eq!(lines[0], "nas:7444: reconnecting in 3 s: Nothing answers at nas:7444.");
        assert_eq!(lines[1], "nas:7444: asleep; retrying in 3 s");
        assert_eq!(lines[2], "nas:7444: critical: a[2Jb. cd (e)");
        let scripts: Vec<Value> =
            said(true).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(scripts[0]["state"], "reconnecting");
        assert_eq!(
            (&scripts[0]["retryInMs"], &scripts[0]["why"]),
            (&json!(2100), &json!("Nothing answers at nas:7444."))
        );
        assert_eq!(scripts[1], json!({"state": "asleep", "retryInMs": 2100}));
        assert_eq!(scripts[2]["alert"]["message"], "cd");
        assert_eq!((&scripts[3]["sampledAtMs"], &scripts[3]["cpuRatio"]), (&json!(5), &json!(0.126)));
    }

    #[test]
    fn figures_that_cannot_be_are_unknown_and_keep_their_columns() {
        let width = |line: &str| line.find("warning").map(|at| line[..at].chars().count());
        let sound = line("12:04:10", &summary());
        let most = Summary {
            rx_bytes_per_s: Some(MOST_BYTES_PER_S),
            disk_bytes_per_s: Some(MOST_BYTES_PER_S),
            temperature_celsius: Some(-99.0),
            ..summary()
        };
        assert_eq!(width(&line("12:04:10", &most)), width(&sound));
        for odd in [1e308, -1e308, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, u64::MAX as f64, 1e12] {
            let celsius = if odd == -1.0 { 1e4 } else { odd };
            let absurd = Summary {
                cpu_ratio: Some(odd),
                memory_ratio: Some(odd),
                disk_bytes_per_s: Some(odd),
                rx_bytes_per_s: Some(odd),
                tx_bytes_per_s: Some(0.0),
                temperature_celsius: Some(celsius),
                ..summary()
            };
            let line = line("12:04:10", &absurd);
            assert_eq!(line, "12:04:10      –       –          –         –       –  warning", "{odd}");
            assert_eq!(width(&line), width(&sound));
        }
    }

    #[test]
    fn a_flood_of_figures_is_printed_as_often_as_it_was_asked_for() {
        let mut out = Vec::new();
        let mut report = Report::new(&mut out, true, String::new(), Duration::from_secs(60));
        for at in 0..10_000 {
            report.figures(Figures { sampled_at_ms: at, summary: summary() }).unwrap();
        }
        assert_eq!(String::from_utf8(out).unwrap().lines().count(), 1);
    }

    #[test]
    fn an_alert_of_any_length_is_a_line_with_an_end() {
        let said = |json| {
            let mut out = Vec::new();
            let mut report = Report::new(&mut out, json, "nas".to_owned(), Duration::from_secs(1));
            let long = || "東\n".repeat(300_000);
            let severity = Severity::Info;
            let event =
                AlertEvent { id: 1, at_ms: 2, severity, title: long(), message: long(), source: long() };
            report.alert(event).unwrap();
            String::from_utf8(out).unwrap()
        };
        let people = said(false);
        assert_eq!(people.lines().count(), 1);
        assert!(unicode_width::UnicodeWidthStr::width(people.trim_end()) <= LINE_COLUMNS, "{people}");
        let alert: Value = serde_json::from_str(&said(true)).unwrap();
        assert_eq!(alert["alert"]["title"].as_str().unwrap().chars().count(), ALERT_TEXT_CHARS);
    }
}
