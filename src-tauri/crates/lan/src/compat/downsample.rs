//! Family C, the last minutes of one metric: `GET /api/metrics/{metric}?minutes=`, from the station's ring.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use station::WorkKind;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use wire::limits::QUERY_POINTS;
use wire::message::{ErrorBody, History, HistoryQuery};
use wire::{ErrorCode, Metric, Snapshot};

use super::figures::{cpu_rank, main_filesystem, outward, percent, rounded, share_percent, sum};
use super::state::CompatState;
use super::times::Iso;
use crate::auth::guard::HttpViewer;
use crate::error_response::{ErrorResponse, Failure, nothing_yet};

/// Minutes that are answered where the client names none: all that are kept.
const MINUTES: u32 = 15;

/// The metrics of this family and their units. A machine answers those that it has.
const METRICS: [(&str, &str); 7] = [
    ("cpu", "percent"),
    ("memory", "percent"),
    ("swap", "percent"),
    ("disk", "percent"),
    ("network", "bytes_per_sec"),
    ("load", "load"),
    ("temperature", "celsius"),
];

/// How a metric is made of series.
#[derive(Debug)]
enum Recipe {
    /// One series as it is.
    Plain(String),
    /// A series that is a share.
    Share(String),
    /// One series as a share of another.
    Part { part: String, whole: String },
    /// Series added up.
    Sum(Vec<String>),
}

impl Recipe {
    /// `None` for a metric this machine does not have.
    fn of(metric: &str, snapshot: &Snapshot) -> Option<Self> {
        let part = |device: &str, part: Metric, whole: Metric| Recipe::Part {
            part: part.id(device),
            whole: whole.id(device),
        };
        let recipe = match metric {
            "cpu" => Recipe::Share(Metric::CpuBusy.id("")),
            "memory" => part("", Metric::MemoryUsed, Metric::MemoryTotal),
            "swap" => part("", Metric::SwapUsed, Metric::SwapTotal),
            "disk" => part(&main_filesystem(snapshot)?.device, Metric::FsUsed, Metric::FsTotal),
            "network" => {
                let both = |device| [Metric::NetRx.id(device), Metric::NetTx.id(device)];
                Recipe::Sum(outward(snapshot).flat_map(both).collect())
            }
            "load" => Recipe::Plain(Metric::Load1.id("")),
            "temperature" => Recipe::Plain(Metric::Temperature.id(cpu_sensor(snapshot)?)),
            _ => return None,
        };
        recipe.series().iter().any(|id| snapshot.series.position(id).is_some()).then_some(recipe)
    }

    fn series(&self) -> Vec<String> {
        match self {
            Recipe::Plain(id) | Recipe::Share(id) => vec![id.clone()],
            Recipe::Part { part, whole } => vec![part.clone(), whole.clone()],
            Recipe::Sum(ids) => ids.clone(),
        }
    }

    /// The value at one point of `history`; `None` where samples are missing.
    fn value(&self, history: &History, point: usize) -> Option<f64> {
        let at = |id: &String| history.columns.get(id)?.avg.get(point).copied().flatten();
        match self {
            Recipe::Plain(id) => at(id).map(rounded),
            Recipe::Share(id) => percent(at(id)),
            Recipe::Part { part, whole } => share_percent(at(part), at(whole)),
            Recipe::Sum(ids) => sum(ids.iter().map(at)).map(rounded),
        }
    }
}

/// Device key of the sensor of the processor's package, else of another part of it, else of any.
fn cpu_sensor(snapshot: &Snapshot) -> Option<&str> {
    let sensors = snapshot.facts.sensors.iter().filter(|sensor| sensor.kind == "temperature");
    let nearest = sensors.min_by_key(|sensor| cpu_rank(sensor).unwrap_or(u8::MAX))?;
    Some(&nearest.device)
}

/// The query of the address.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// How far back; the last 15 minutes are kept.
    #[param(minimum = 1, maximum = 4_294_967_295_u32, value_type = u64, required = false)]
    minutes: Option<u32>,
}

/// Oldest first. Where samples are missing there is no point: these clients expect a number in each.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MetricMinutes)]
struct Answer {
    metric: &'static str,
    unit: &'static str,
    points: Vec<Point>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MetricPoint)]
struct Point {
    timestamp: Iso,
    value: f64,
}

/// The path's last part.
struct Name;

impl PartialSchema for Name {
    fn schema() -> RefOr<Schema> {
        let names = METRICS.map(|(name, _)| name);
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).into()
    }
}

impl ToSchema for Name {}

/// The last minutes of one metric
///
/// For metrics dashboards: one point a sample, oldest first. Where samples are missing there is none.
#[utoipa::path(
    get, path = "/api/metrics/{metric}", tag = "Compatible",
    params(
        ("metric" = inline(Name), Path, description = "What is asked for.", example = "cpu"),
        Asked,
    ),
    responses(
        (status = 200, description = "What there is of those minutes.", body = Answer),
        (status = 400, description = "`minutes` is no whole number from 1.", body = Failure),
        (status = 404, description = "There is no such metric, or this machine does not have it.", body = Failure),
    ),
)]
pub(super) async fn minutes(
    State(compat): State<Arc<CompatState>>,
    viewer: HttpViewer,
    name: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<impl IntoResponse, ErrorResponse> {
    let tick = compat.server.station.latest().ok_or_else(nothing_yet)?;
    // A name that is not UTF-8 is no metric either.
    let name = name.map_or_else(|_| String::new(), |Path(name)| name);
    let known = METRICS.iter().find(|(metric, _)| *metric == name);
    let &(metric, unit) = known.ok_or_else(no_such_metric)?;
    let minutes = asked.ok().map(|Query(asked)| asked.minutes.unwrap_or(MINUTES)).filter(|it| *it > 0);
    let minutes = minutes.ok_or_else(|| {
        ErrorBody::new(ErrorCode::BadParams, "minutes is a whole number from 1; the last 15 are kept")
    })?;
    let recipe = Recipe::of(metric, &tick.snapshot).ok_or_else(|| {
        ErrorBody::new(ErrorCode::NotFound, format!("this machine tells nothing of its {metric}"))
    })?;
    let to_ms = tick.snapshot.sampled_at_ms;
    let query = HistoryQuery {
        series: recipe.series(),
        from_ms: to_ms.saturating_sub(u64::from(minutes) * 60_000),
        to_ms,
        max_points: QUERY_POINTS,
    };
    let station = compat.server.station.clone();
    let look_up = move || answer(metric, unit, &recipe, &station.history(&query));
    let answer = compat.server.station.later(viewer.asks(WorkKind::Query), look_up).await?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(answer)))
}

fn answer(metric: &'static str, unit: &'static str, recipe: &Recipe, history: &History) -> Answer {
    let point =
        |(at, ms): (usize, &u64)| Some(Point { timestamp: Iso(*ms), value: recipe.value(history, at)? });
    Answer { metric, unit, points: history.t.iter().enumerate().filter_map(point).collect() }
}

fn no_such_metric() -> ErrorBody {
    let names = METRICS.map(|(name, _)| name).join(", ");
    ErrorBody::new(ErrorCode::NotFound, format!("there is no such metric; there are {names}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use expect_test::expect_file;
    use wire::message::HistoryColumn;
    use wire::{Series, Unit};

    use super::*;
    use crate::compat::example::{self, SAMPLED_AT_MS};

    /// The example with what only this family asks for.
    fn snapshot() -> Snapshot {
        let mut snapshot = example::tick().snapshot;
        let series = Arc::make_mut(&mut snapshot.series);
        for (metric, value) in [(Metric::Load1, 1.5), (Metric::SwapUsed, 1e9), (Metric::SwapTotal, 4e9)] {
            let (id, name) = (metric.id(""), metric.definition().name.to_owned());
            let unit = Unit::None;
            series.series.push(Series { id, metric: name.clone(), device: String::new(), label: name, unit });
            snapshot.values.push(Some(value));
            snapshot.totals.push(None);
        }
        snapshot
    }

    /// Three points a second apart: the snapshot's own values, a gap, half of them.
    fn history(recipe: &Recipe) -> History {
        let snapshot = snapshot();
        let column = |id: &String| {
            let value = snapshot.value(id);
            let avg = vec![value, None, value.map(|value| value / 2.0)];
            HistoryColumn { min: avg.clone(), max: avg.clone(), avg }
        };
        let known = recipe.series().into_iter().filter(|id| snapshot.series.position(id).is_some());
        let columns: BTreeMap<_, _> = known.map(|id| (id.clone(), column(&id))).collect();
        History { step_ms: 1000, t: vec![SAMPLED_AT_MS, SAMPLED_AT_MS + 1000, SAMPLED_AT_MS + 2000], columns }
    }

    #[test]
    fn every_metric_is_told_with_its_unit_and_its_gaps() {
        let mut text = String::new();
        for (metric, unit) in METRICS {
            let recipe = Recipe::of(metric, &snapshot()).expect(metric);
            let answer = answer(metric, unit, &recipe, &history(&recipe));
            text += &serde_json::to_string(&answer).unwrap();
            text.push('\n');
        }
        expect_file!["../../golden/dashboard-metrics.jsonl"].assert_eq(&text);
    }

    #[test]
    fn the_sensor_nearest_to_the_processor_is_its_temperature() {
        let cases: [(&[&str], Option<&str>); 5] = [
            (&["NVMe", "CPU core 0", "CPU package"], Some("CPU package")),
            (&["NVMe", "CPU core 0", "CPU Tctl"], Some("CPU Tctl")),
            (&["NVMe", "CPU core 1", "CPU core 0"], Some("CPU core 1")),
            (&["NVMe", "Board"], Some("NVMe")),
            (&[], None),
        ];
        for (labels, expected) in cases {
            let snapshot = example::tick_with_sensors(labels).snapshot;
            assert_eq!(cpu_sensor(&snapshot), expected, "{labels:?}");
            assert_eq!(Recipe::of("temperature", &snapshot).is_some(), expected.is_some(), "{labels:?}");
        }
    }
}
