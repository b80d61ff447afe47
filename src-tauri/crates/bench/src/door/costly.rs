//! Some ask for what costs most, as fast as they are answered: what the other viewers notice.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;

use super::agent::Agent;
use super::asking::{Asking, costliest_search, largest_history};
use super::load::Load;
use super::options::Options;
use super::spread::Spread;
use super::viewer::{Arrival, Manner};
use crate::table::Line;

/// Viewers that take frames.
const VIEWERS: usize = 50;
/// Those that flood, all from one host.
const FLOODING: usize = 16;
/// How long each kind of flood lasts.
const LASTS: Duration = Duration::from_secs(20);

const DELAY_MS: f64 = 50.0;

/// One that floods, with what the name says.
type Flood = (&'static str, fn(SocketAddr) -> Result<Asking>);

const FLOODS: [Flood; 3] = [
    ("the largest history", |at| Ok(Asking::start(at, &largest_history(at)?))),
    ("the costliest search", |at| Ok(Asking::start(at, &costliest_search()))),
    ("the page", |at| Ok(Asking::over_http(at, "/docs.css"))),
];

/// One line a flood.
pub(crate) fn lines(options: &Options) -> Result<Vec<Line>> {
    FLOODS.iter().map(|flood| line(options, flood)).collect()
}

fn line(options: &Options, (name, flood): &Flood) -> Result<Line> {
    let (mut delays_ms, mut answered) = (Vec::new(), 0);
    for number in 1..=options.runs() {
        eprintln!("{FLOODING} ask for {name}: run {number} of {}", options.runs());
        let agent = Agent::start_traced()?;
        let manner = Manner::subscribing(agent.address, r#"{"type":"subscribe","channels":["overview"]}"#);
        let mut load = Load::connect(std::iter::repeat_n(manner, VIEWERS))?;
        load.run(Duration::from_secs(options.ticks as u64), &mut |_| {})?;
        let at = SocketAddr::V4(agent.address);
        let flooding: Vec<Asking> = (0..FLOODING).map(|_| flood(at)).collect::<Result<_>>()?;
        let mut seqs = Vec::new();
        load.run(LASTS, &mut |arrival: Arrival| seqs.push((arrival.heading.seq, arrival.at_us)))?;
        answered += flooding.iter().map(Asking::answered).sum::<u64>();
        for asking in flooding {
            asking.end()?;
        }
        for (seq, at_us) in seqs {
            delays_ms.push((at_us - agent.published_us(seq)?) as f64 / 1000.0);
        }
    }
    let delays = Spread::of(delays_ms);
    let per_s = answered as f64 / (LASTS.as_secs_f64() * options.runs() as f64);
    Ok(Line::judged(
        format!("costly: {FLOODING} ask for {name}: delay of {VIEWERS} viewers"),
        format!("{}, {per_s:.0} answers a second", delays.told("ms")),
        format!("p99 < {DELAY_MS:.0} ms"),
        delays.p99 < DELAY_MS && answered > 0,
    ))
}
