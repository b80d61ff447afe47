//! The methods of the native stream. Each is answered from what was sampled; none reads the machine itself.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wire::codec::encode_as;
use wire::fleet::{FindQuery, SummaryQuery};
use wire::limits::QUERY_SERIES;
use wire::message::{AlertsList, ErrorBody, HistoryQuery, ProcessRef, ResponseRef, SeriesInfo};
use wire::{Commands, Encoding, Method, Metric, ProcessDetail, ProcessKey, StreamReason};

use crate::clock;
use crate::find::find;
use crate::station::Handle;
use crate::tick::Tick;

/// How a request is answered.
pub(crate) enum Answer {
    /// With these bytes, at once.
    Now(Bytes),
    /// When the next tick has read this process.
    AtNextTick(ProcessKey),
    /// With the result of this, run by a worker thread: it runs long, or waits for a disk.
    Later(Box<dyn FnOnce() -> Result<Bytes, ErrorBody> + Send>),
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Answer::Now(_) => "Now",
            Answer::AtNextTick(_) => "AtNextTick",
            Answer::Later(_) => "Later",
        })
    }
}

impl Answer {
    /// Later, with what `result` gives.
    fn later<R: Serialize>(
        encoding: Encoding,
        id: u64,
        result: impl FnOnce() -> Result<R, ErrorBody> + Send + 'static,
    ) -> Self {
        Self::Later(Box::new(move || Ok(response(encoding, id, &result()?))))
    }
}

/// Answers `method`.
///
/// # Errors
/// `badParams`, `forbidden` where what is seen of processes does not reach, `unavailable` before the first tick.
pub(crate) fn answer(
    station: &Handle,
    commands: Commands,
    encoding: Encoding,
    id: u64,
    method: Method,
    params: Value,
) -> Result<Answer, ErrorBody> {
    match method {
        Method::Snapshot => Ok(Answer::Now(response(encoding, id, &latest(station)?.body()))),
        Method::SeriesList => Ok(Answer::Now(response(encoding, id, &series(&*latest(station)?)))),
        Method::HistoryQuery => {
            let query = checked(parse::<HistoryQuery>(params)?)?;
            let station = station.clone();
            Ok(Answer::later(encoding, id, move || Ok(station.history(&query))))
        }
        Method::AlertsList => {
            Ok(Answer::Now(response(encoding, id, &AlertsList { events: station.alerts() })))
        }
        Method::SummaryHistory => {
            let query: SummaryQuery = parse(params)?;
            check_stretch(query.from_ms, query.to_ms, query.max_points)?;
            let station = station.clone();
            Ok(Answer::later(encoding, id, move || Ok(station.summaries(&query))))
        }
        Method::Find => {
            let query: FindQuery = parse(params)?;
            let tick = latest(station)?;
            Ok(Answer::later(encoding, id, move || find(&tick, commands, &query, clock::unix_ms())))
        }
        Method::ProcessDetail if commands != Commands::Hidden => {
            let process: ProcessRef = parse(params)?;
            Ok(Answer::AtNextTick((process.pid, process.started_at_ms)))
        }
        Method::ProcessDetail => Err(StreamReason::NeedsProcesses.into()),
        Method::SharingRead
        | Method::SharingSet
        | Method::SharingNetwork
        | Method::SharingLog
        | Method::PairingInvite
        | Method::PairingCancel
        | Method::PairingAnswer
        | Method::ViewersList
        | Method::ViewersChange
        | Method::ViewersRevoke
        | Method::ViewersAdd => Err(unknown(method.name(), false)),
    }
}

/// There is no method of this name. `owners`: those of access control are answered here.
pub(crate) fn unknown(name: &str, owners: bool) -> ErrorBody {
    let name: String = name.chars().take(40).collect();
    let known = Method::ALL.iter().filter(|method| owners || !method.is_owners());
    let known = known.map(|method| method.name().to_owned()).collect();
    StreamReason::UnknownMethod { name, known }.into()
}

/// The details of the process in `tick`, if it was asked to read them.
pub(crate) fn detail_answer(tick: &Tick, (pid, started_at_ms): ProcessKey) -> Option<&ProcessDetail> {
    tick.snapshot.details.iter().find(|detail| detail.pid == pid && detail.started_at_ms == started_at_ms)
}

/// The answer to request `id`.
pub(crate) fn response<R: Serialize>(encoding: Encoding, id: u64, result: &R) -> Bytes {
    encode_as(encoding, &ResponseRef { id, result }).into()
}

fn latest(station: &Handle) -> Result<std::sync::Arc<Tick>, ErrorBody> {
    station.latest().ok_or_else(|| StreamReason::NothingSampled.into())
}

fn series(tick: &Tick) -> Vec<SeriesInfo> {
    let about = |name: &str| {
        Metric::ALL.iter().map(|metric| metric.definition()).find(|definition| definition.name == name)
    };
    let set = &tick.snapshot.series.series;
    set.iter()
        .map(|series| SeriesInfo {
            series: series.clone(),
            about: about(&series.metric).map_or("", |definition| definition.about).to_owned(),
        })
        .collect()
}

fn checked(query: HistoryQuery) -> Result<HistoryQuery, ErrorBody> {
    if query.series.len() > QUERY_SERIES {
        let (count, most) = (query.series.len(), QUERY_SERIES);
        return Err(StreamReason::TooManySeries { count, most }.into());
    }
    check_stretch(query.from_ms, query.to_ms, query.max_points)?;
    Ok(query)
}

fn check_stretch(from_ms: u64, to_ms: u64, max_points: usize) -> Result<(), ErrorBody> {
    if from_ms > to_ms {
        return Err(StreamReason::StretchReversed { from_ms, to_ms }.into());
    }
    if max_points == 0 {
        return Err(StreamReason::NoPoints.into());
    }
    Ok(())
}

fn parse<P: DeserializeOwned>(params: Value) -> Result<P, ErrorBody> {
    serde_json::from_value(params)
        .map_err(|err| StreamReason::BadParameters { detail: err.to_string() }.into())
}
