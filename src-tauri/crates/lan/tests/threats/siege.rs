//! T11: an agent under attack, measured by those whom it must go on serving: a viewer that receives every tick, and one
//! that connects anew each second.

#![allow(dead_code, reason = "short attacks are judged by less")]

use std::fmt;
use std::sync::mpsc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::agent::Agent;
use crate::ask::{Ask, HERE, connect};
use crate::attack::Attack;
use crate::fixture::DEADLINE;

/// Time between two ticks.
const TICK: Duration = Duration::from_secs(1);
/// Before the attack, until what every agent needs is there.
const SETTLE: Duration = Duration::from_secs(3);

/// What was seen from outside.
#[derive(Debug)]
pub(crate) struct Seen {
    attack: Attack,
    lasted: Duration,
    /// Ticks that reached the viewer, and those that did not.
    pub(crate) ticks: usize,
    pub(crate) missed: u64,
    /// How far, in milliseconds, the time between each two ticks was from a second.
    jitter_ms: Vec<f64>,
    /// The same of a thread of this test that does nothing else: what the machine does to everybody.
    bare_ms: Vec<f64>,
    /// From a tick's sample to the viewer, in milliseconds.
    delay_ms: Vec<f64>,
    /// How long each newcomer waited for its answer, in milliseconds.
    newcomers_ms: Vec<f64>,
    /// Newcomers who had no answer.
    pub(crate) turned_away: usize,
    /// Memory at the beginning, and the most of it, in bytes.
    resident: (u64, u64),
    cpu_s: f64,
}

/// Percentile `q` of `values`.
fn at(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * q).round() as usize).copied().unwrap_or(f64::NAN)
}

impl Seen {
    /// Jitter of the tick that 99 of 100 keep below, in milliseconds.
    pub(crate) fn jitter_ms(&self) -> f64 {
        at(&self.jitter_ms, 0.99)
    }

    /// How late the thread that does nothing else was, in 99 of 100, in milliseconds.
    pub(crate) fn bare_ms(&self) -> f64 {
        at(&self.bare_ms, 0.99)
    }

    /// Memory that came with the attack, in MiB.
    pub(crate) fn grown_mib(&self) -> f64 {
        (self.resident.1 - self.resident.0) as f64 / (1024.0 * 1024.0)
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let three = |values: &[f64]| {
            format!("p50 {:.1} p99 {:.1} max {:.1} ms", at(values, 0.5), at(values, 0.99), at(values, 1.0))
        };
        write!(
            f,
            "{:?} for {:?}: {} ticks, {} missed; jitter {}, of a bare thread {}; delay {}; {} newcomers {}, {} turned away; RSS {:.1} MiB \
             + {:.1} MiB; CPU {:.2} cores",
            self.attack,
            self.lasted,
            self.ticks,
            self.missed,
            three(&self.jitter_ms),
            three(&self.bare_ms),
            three(&self.delay_ms),
            self.newcomers_ms.len(),
            three(&self.newcomers_ms),
            self.turned_away,
            self.resident.0 as f64 / (1024.0 * 1024.0),
            self.grown_mib(),
            self.cpu_s / self.lasted.as_secs_f64(),
        )
    }
}

/// An agent that gives programs of this computer no access by themselves: all of 127.0.0.0/8 needs a token then.
pub(crate) fn besieged(log: &str) -> Agent {
    Agent::start(log, &json!({"loopback": "off"}))
}

/// Measures while `attack` goes on for `lasts`.
pub(crate) async fn measure(attack: Attack, agent: &Agent, lasts: Duration) -> Seen {
    let token = agent.owner_token();
    let settled = watch(agent, &token, SETTLE).await;
    assert!(settled.1.len() >= 2, "the viewer is served before the attack");
    let before = agent.resident_bytes();
    let cpu_before = agent.cpu_s();
    let (end, ends) = mpsc::channel();
    let bare = std::thread::spawn(move || late_by(&ends));
    let raging = attack.begin(agent.address, &token);
    let begun = Instant::now();
    let mut most = before;
    let measures = async {
        loop {
            sleep(TICK / 4).await;
            most = most.max(agent.resident_bytes());
        }
    };
    let mut newcomers_ms = Vec::new();
    let mut turned_away = 0;
    let come = async {
        loop {
            sleep(TICK).await;
            let begun = Instant::now();
            let asks = Ask::get("/api/v1/devices").bearer(&token);
            let answer = timeout(DEADLINE / 4, asks.try_send(agent.address)).await;
            if answer.is_ok_and(|answer| answer.is_ok_and(|answer| answer.status() == 200)) {
                newcomers_ms.push(begun.elapsed().as_secs_f64() * 1000.0);
            } else {
                turned_away += 1;
            }
        }
    };
    let (missed, frames) = tokio::select! {
        watched = watch(agent, &token, lasts) => watched,
        () = measures => unreachable!("it has no end"),
        () = come => unreachable!("it has no end"),
    };
    let lasted = begun.elapsed();
    let cpu_s = agent.cpu_s() - cpu_before;
    drop(raging);
    drop(end);
    let bare_ms = bare.join().expect("it counts");
    let jitter_ms = frames.windows(2).map(|pair| (pair[1].0 - pair[0].0 - 1000.0).abs()).collect();
    let delay_ms = frames.iter().map(|(sampled_at_ms, delay)| delay - sampled_at_ms).collect();
    let ticks = frames.len();
    let resident = (before, most);
    Seen {
        attack,
        lasted,
        ticks,
        missed,
        jitter_ms,
        bare_ms,
        delay_ms,
        newcomers_ms,
        turned_away,
        resident,
        cpu_s,
    }
}

/// How late, in milliseconds, this thread is at each second, until there is nobody to tell.
fn late_by(ends: &mpsc::Receiver<()>) -> Vec<f64> {
    let (begun, mut late) = (std::time::Instant::now(), Vec::new());
    loop {
        let due = TICK * (late.len() as u32 + 1);
        let left = due.saturating_sub(begun.elapsed());
        if ends.recv_timeout(left) != Err(mpsc::RecvTimeoutError::Timeout) {
            return late;
        }
        late.push((begun.elapsed() - due).as_secs_f64() * 1000.0);
    }
}

/// Watches every tick for a while: how many did not come, and of each when it was sampled and when it came.
async fn watch(agent: &Agent, token: &str, lasts: Duration) -> (u64, Vec<(f64, f64)>) {
    let link = connect(HERE, agent.address).await.expect("a connection");
    let mut request =
        format!("ws://{}/api/v1/stream", agent.address).into_client_request().expect("a request");
    let bearer = format!("Bearer {token}").parse().expect("a header");
    request.headers_mut().insert("authorization", bearer);
    let (mut stream, _) =
        timeout(DEADLINE, client_async(request, link)).await.expect("in time").expect("a stream");
    let subscribe = json!({"type": "subscribe", "channels": ["overview"]});
    stream.send(Message::text(subscribe.to_string())).await.expect("the stream takes it");
    let (mut missed, mut last, mut frames) = (0, None, Vec::new());
    let until = Instant::now() + lasts;
    while Instant::now() < until {
        let message = timeout(DEADLINE, stream.next()).await.expect("a tick in time");
        let message = message.expect("an open stream").expect("a message");
        let now_ms = station::clock::unix_ms() as f64;
        let Message::Text(text) = message else { continue };
        let message: Value = serde_json::from_str(&text).expect("JSON");
        if message["type"] != "frame" {
            continue;
        }
        let seq = message["seq"].as_u64().expect("a number");
        missed += last.map_or(0, |last| seq - last - 1);
        // The first one is the last tick's, of before.
        if last.replace(seq).is_some() {
            frames.push((message["sampledAtMs"].as_f64().expect("a time"), now_ms));
        }
    }
    (missed, frames)
}
