//! Bytes a frame of a machine that is mostly idle, in JSON and in MessagePack.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::agent::Agent;
use super::heading::{Channel, Encoding};
use super::load::Load;
use super::options::Options;
use super::spread::Spread;
use super::viewer::{Arrival, Manner};
use crate::crowd::Crowd;
use crate::figures::median;
use crate::table::Line;

/// Processes of the machine, those that the bench adds included; a machine may have more by itself.
const PROCESSES: usize = 300;
/// The process table's figures of the first seconds are of its own start.
const SETTLE: Duration = Duration::from_secs(10);
/// Frames that are weighed, at most: sizes do not vary as times do.
const TICKS: usize = 120;
const MSGPACK_RATIO: f64 = 0.85;

const MEASURED: [(Channel, &str, f64); 2] = [
    (Channel::Overview, "`overview` after the key frame", 1_500.0),
    (Channel::Processes, "`processes`, changes", 8_000.0),
];

/// Payload of each frame that is no key frame, by what tells it apart. Both viewers get the same ticks.
type Sizes = BTreeMap<(Channel, Encoding, u64), f64>;

/// Two lines a channel.
pub(crate) fn lines(options: &Options) -> Result<Vec<Line>> {
    let ticks = options.ticks.min(TICKS);
    let _crowd = Crowd::start(PROCESSES.saturating_sub(processes()?))?;
    let count = processes()?;
    let name = |what: &str, encoding: &str| format!("bytes a frame, {count} processes: {what}, {encoding}");
    eprintln!("bytes a frame: {ticks} ticks");
    let agent = Agent::start()?;
    let manners = ["json", "msgpack"].map(|encoding| {
        let subscribe =
            format!(r#"{{"type":"subscribe","channels":["overview","processes"],"encoding":"{encoding}"}}"#);
        Manner::subscribing(agent.address, &subscribe)
    });
    let mut load = Load::connect(manners)?;
    load.run(SETTLE, &mut |_| {})?;
    load.until_quiet(&mut |_| {})?;
    let mut sizes = Sizes::new();
    let mut note = |Arrival { heading, payload_bytes, .. }: Arrival| {
        if !heading.key {
            sizes.insert((heading.channel, heading.encoding, heading.seq), payload_bytes as f64);
        }
    };
    load.run(Duration::from_secs(ticks as u64), &mut note)?;
    load.until_quiet(&mut note)?;
    let mut lines = Vec::new();
    for (channel, what, most_bytes) in MEASURED {
        let json = of(&sizes, channel, Encoding::Json);
        if json.is_empty() {
            bail!("no frame of {channel:?} came");
        }
        let json = Spread::of(json);
        lines.push(Line::judged(
            name(what, "JSON"),
            format!("median {:.0}, max {:.0} B", json.p50, json.max),
            format!("≤ {:.1} kB", most_bytes / 1000.0),
            json.max <= most_bytes,
        ));
        lines.push(msgpack_line(&sizes, channel, name(what, "MessagePack")));
    }
    Ok(lines)
}

/// Processes of this machine now.
fn processes() -> Result<usize> {
    let entries = fs::read_dir("/proc").context("listing the processes")?.flatten();
    let number = |name: &OsStr| name.to_str().is_some_and(|name| name.parse::<u32>().is_ok());
    Ok(entries.filter(|entry| number(&entry.file_name())).count())
}

fn of(sizes: &Sizes, channel: Channel, encoding: Encoding) -> Vec<f64> {
    let wanted = sizes.iter().filter(|((its, encoded, _), _)| (*its, *encoded) == (channel, encoding));
    wanted.map(|(_, bytes)| *bytes).collect()
}

fn msgpack_line(sizes: &Sizes, channel: Channel, what: String) -> Line {
    let ratios: Vec<f64> = sizes
        .iter()
        .filter(|((its, encoded, _), _)| (*its, *encoded) == (channel, Encoding::Msgpack))
        .filter_map(|((_, _, seq), bytes)| Some(bytes / sizes.get(&(channel, Encoding::Json, *seq))?))
        .collect();
    if ratios.is_empty() {
        return Line::unmeasured(what, "the agent answers `\"encoding\":\"msgpack\"` with JSON");
    }
    let msgpack = Spread::of(of(sizes, channel, Encoding::Msgpack));
    let ratio = median(ratios);
    Line::judged(
        what,
        format!("median {:.0}, max {:.0} B: {:.1} % of JSON", msgpack.p50, msgpack.max, ratio * 100.0),
        format!("≤ {:.0} % of JSON", MSGPACK_RATIO * 100.0),
        ratio <= MSGPACK_RATIO,
    )
}
