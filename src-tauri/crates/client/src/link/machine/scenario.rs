//! The scenarios that both link clients have to pass, `wire/golden/link.jsonl`, one a line; `ui/src/testing/link-scenario.ts`
//! reads the same. Those that happen to a page only (visibility, a person, a look from outside) are the page's.

use serde::Deserialize;
use serde_json::Value;
use wire::message::ChannelInfo;
use wire::{ClientMessage, Goodbye};

use super::*;

const SCENARIOS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../wire/golden/link.jsonl"));

#[derive(Debug, Deserialize)]
struct Scenario {
    name: String,
    target: Target,
    random: f64,
    steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Target {
    addresses: Vec<String>,
    proven: Option<bool>,
    seen_ms: Option<u64>,
    goodbye: Option<Goodbye>,
}

#[derive(Debug, Deserialize)]
struct Step {
    at: u64,
    event: Value,
    actions: Vec<String>,
    due: Option<u64>,
}

fn address(text: &str) -> Address {
    text.parse().unwrap_or_else(|_| panic!("{text} is no address"))
}

fn parsed<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
}

fn event(value: &Value, poll: u64, now_ms: u64) -> Event {
    match value["type"].as_str().expect("a type") {
        "start" => Event::Start,
        "connected" => Event::Connected(parsed::<Vec<ChannelInfo>>(&value["channels"])),
        "heard" => Event::Heard(now_ms),
        "goodbye" => Event::Goodbye(parsed(&value["reason"])),
        "ended" => Event::Ended(End { kind: end(&value["end"]), why: why(&value["end"]["diagnosis"]) }),
        "sent" => Event::Sent(parsed::<ClientMessage>(&value["message"])),
        "time" => Event::Time,
        "announced" => Event::Announced(
            parsed::<Vec<String>>(&value["addresses"]).iter().map(|it| address(it)).collect(),
        ),
        "polled" => Event::Polled(poll),
        "pollFailed" => Event::PollFailed { poll, unauthorized: value["unauthorized"] == true },
        "close" => Event::Close,
        other => panic!("a scenario of the page only: {other}"),
    }
}

fn why(diagnosis: &Value) -> Probe {
    if diagnosis.is_null() { nowhere() } else { Probe::new("a:1", parsed(diagnosis)) }
}

fn end(value: &Value) -> EndKind {
    let told = value["told"] == true;
    match value["kind"].as_str().expect("a kind") {
        "lost" => EndKind::Lost {
            told,
            blocked: value["blocked"].as_bool(),
            retry_after_ms: value["retryAfterMs"].as_u64(),
        },
        "closed" => EndKind::Closed { code: parsed(&value["code"]), told },
        "toPair" => EndKind::ToPair,
        "incompatible" => EndKind::Incompatible(parsed(&value["theirs"])),
        "wrongMachine" => EndKind::WrongMachine(parsed(&value["foundId"])),
        other => panic!("no end: {other}"),
    }
}

fn told(action: &Action) -> String {
    match action {
        Action::Open(address) => format!("open {address}"),
        Action::Close => "close".to_owned(),
        Action::Ping => "ping".to_owned(),
        Action::Poll(_) => "poll".to_owned(),
        Action::Show(shown) => format!("show {}", shown_as(shown)),
    }
}

fn shown_as(shown: &Shown) -> String {
    let or = |text: Option<u64>, other: &str| text.map_or_else(|| other.to_owned(), |it| it.to_string());
    match shown {
        Shown::Connecting => "connecting".to_owned(),
        Shown::Live(address) => format!("live {address}"),
        Shown::Reconnecting { retry_at_ms } => format!("reconnecting, next at {retry_at_ms}"),
        Shown::Stale { since_ms, retry_at_ms } => format!("stale since {since_ms}, next at {retry_at_ms}"),
        Shown::Offline { since_ms, retry_at_ms } => {
            format!("offline since {}, next at {retry_at_ms}", or(*since_ms, "ever"))
        }
        Shown::Polling => format!("polling every {POLL_MS}"),
        Shown::Ended { reason, at_ms } => {
            let reason = serde_json::to_value(reason).expect("a word");
            let at = at_ms.map(|at| format!(" at {at}")).unwrap_or_default();
            format!("ended {}{at}", reason.as_str().expect("a word"))
        }
        Shown::ToPair => "toPair".to_owned(),
        Shown::Incompatible(theirs) => format!("incompatible {theirs}"),
        Shown::WrongMachine(found) => format!("wrongMachine {}", found.as_deref().unwrap_or("unproven")),
    }
}

#[test]
fn each_scenario_goes_as_the_page_has_it() {
    let all = SCENARIOS.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let mut passed = 0;
    for scenario in all.filter(|scenario| scenario["page"] != true) {
        let Scenario { name, target, random, steps } = parsed(&scenario);
        let mut machine = Machine::new(Config {
            addresses: target.addresses.iter().map(|it| address(it)).collect(),
            proven: target.proven.unwrap_or(true),
            seen_ms: target.seen_ms,
            goodbye: target.goodbye,
        });
        for (number, Step { at, event: value, actions, due }) in steps.into_iter().enumerate() {
            let event = event(&value, machine.poll.number, at);
            let done: Vec<_> = machine.step(event, at, || random).iter().map(told).collect();
            assert_eq!((done, machine.due_ms()), (actions, due), "{name}: step {number}, at {at}");
        }
        passed += 1;
    }
    assert!(passed > 40, "{passed} scenarios only");
}
