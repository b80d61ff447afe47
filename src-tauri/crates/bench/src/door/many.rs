//! What a thousand viewers and more cost: CPU a tick against the floor, memory each, and whether the tick stays even.
//!
//! A round measures the agent by itself, then with all viewers, then the floor with frames of the size the viewers
//! got. Rounds alternate so that a machine that gets slower meanwhile gets slower for both.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::agent::Agent;
use super::cost::{Threads, pss_bytes};
use super::floor::FloorProcess;
use super::load::Load;
use super::options::Options;
use super::spread::Spread;
use super::ticks::Ticks;
use super::viewer::{Arrival, Manner};
use crate::figures::median;
use crate::table::Line;

/// After its start, and after viewers came, the agent may still be getting ready; that is not what it costs.
const SETTLE: Duration = Duration::from_secs(5);
/// Frames that must arrive for a round to count, as a share: a viewer that was skipped cost nothing.
const DELIVERED: f64 = 0.99;
/// What viewers watch.
const OVERVIEW: &str = r#"{"type":"subscribe","channels":["overview"]}"#;

/// What one round found.
#[derive(Debug)]
struct Round {
    /// CPU a tick with the viewers, without what the agent costs by itself.
    agent_ms: f64,
    alone_ms: f64,
    floor_ms: f64,
    memory_bytes: f64,
    wire_bytes: f64,
    delivered: f64,
    jitter_ms: Vec<f64>,
}

/// What must be kept with this many viewers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Targets {
    pub(crate) floors: f64,
    pub(crate) memory_bytes: Option<f64>,
    pub(crate) jitter_ms: Option<f64>,
}

/// The lines of `viewers` viewers.
pub(crate) fn lines(options: &Options, viewers: usize, targets: Targets) -> Result<Vec<Line>> {
    let ticks = options.ticks.div_ceil(options.runs()).max(1);
    let rounds = (1..=options.runs()).map(|run| {
        eprintln!("{viewers} viewers: round {run} of {}, three times {ticks} ticks", options.runs());
        round(viewers, ticks)
    });
    let rounds: Vec<Round> = rounds.collect::<Result<_>>()?;
    let of = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
    let floors = of(|round| round.agent_ms / round.floor_ms);
    let delivered = rounds.iter().map(|round| round.delivered).fold(1.0, f64::min);
    let lost = if delivered < 1.0 {
        format!(", {:.2} % of frames skipped in the worst round", (1.0 - delivered) * 100.0)
    } else {
        String::new()
    };
    let jitter = Spread::of(rounds.iter().flat_map(|round| round.jitter_ms.iter().copied()).collect());
    let memory_bytes = of(|round| round.memory_bytes);
    let name = |what: &str| format!("{what}, {viewers} viewers of `overview` at 1 Hz");
    Ok(vec![
        Line::judged(
            name("CPU a tick"),
            format!(
                "**{floors:.2} × the floor**: {:.2} ms over {:.2} ms alone, floor {:.2} ms, frames of {:.0} B{lost}",
                of(|round| round.agent_ms),
                of(|round| round.alone_ms),
                of(|round| round.floor_ms),
                of(|round| round.wire_bytes),
            ),
            format!("≤ {} × the floor", targets.floors),
            floors <= targets.floors,
        ),
        Line::judged_where(
            name("memory a viewer"),
            format!("{:.1} kB", memory_bytes / 1000.0),
            targets.memory_bytes.map(|most| (format!("≤ {:.0} kB", most / 1000.0), memory_bytes <= most)),
        ),
        Line::judged_where(
            name("tick jitter"),
            jitter.told("ms"),
            targets.jitter_ms.map(|most| (format!("p99 < {most:.0} ms"), jitter.p99 < most)),
        ),
    ])
}

fn round(viewers: usize, ticks: usize) -> Result<Round> {
    let agent = Agent::start()?;
    std::thread::sleep(SETTLE);
    agent.between_ticks()?;
    let alone = Threads::of(agent.pid())?;
    std::thread::sleep(Duration::from_secs(ticks as u64));
    let alone_ns = Threads::of(agent.pid())?.since_ns(&alone) as f64 / ticks as f64;
    let without_bytes = pss_bytes(agent.pid())?;

    let mut load = connect(Manner::subscribing(agent.address, OVERVIEW), viewers)?;
    let watched = window(&mut load, agent.pid(), viewers, ticks).context("watching the agent")?;
    let with_bytes = pss_bytes(agent.pid())?;
    drop(load);
    drop(agent);

    let wire_bytes = watched.ticks.wire_bytes();
    let floor = FloorProcess::start(viewers, wire_bytes.round() as u16)?;
    let mut load = connect(Manner::listening(floor.address), viewers)?;
    let floored = window(&mut load, floor.pid(), viewers, ticks).context("watching the floor")?;
    Ok(Round {
        agent_ms: (watched.tick_ns - alone_ns) / 1e6,
        alone_ms: alone_ns / 1e6,
        floor_ms: floored.tick_ns / 1e6,
        memory_bytes: (with_bytes as f64 - without_bytes as f64) / viewers as f64,
        wire_bytes,
        delivered: watched.delivered,
        jitter_ms: watched.ticks.jitter_ms(),
    })
}

fn connect(manner: Rc<Manner>, viewers: usize) -> Result<Load> {
    let mut load = Load::connect(std::iter::repeat_n(manner, viewers))?;
    load.run(SETTLE, &mut |_| {})?;
    Ok(load)
}

/// What whole ticks cost process `pid`, and what arrived of them.
struct Window {
    tick_ns: f64,
    ticks: Ticks,
    delivered: f64,
}

/// Measures from the middle between two ticks to another one.
fn window(load: &mut Load, pid: u32, viewers: usize, ticks: usize) -> Result<Window> {
    load.until_quiet(&mut |_| {})?;
    let mut seen = Ticks::default();
    let mut note = |arrival: Arrival| seen.note(&arrival);
    let before = Threads::of(pid)?;
    load.run(Duration::from_secs(ticks as u64), &mut note)?;
    load.until_quiet(&mut note)?;
    let spent_ns = Threads::of(pid)?.since_ns(&before);
    let delivered = seen.frames() as f64 / (seen.len() * viewers) as f64;
    if delivered.is_nan() || delivered < DELIVERED {
        bail!("only {:.1} % of the frames arrived", delivered * 100.0);
    }
    Ok(Window { tick_ns: spent_ns as f64 / seen.len() as f64, ticks: seen, delivered })
}
