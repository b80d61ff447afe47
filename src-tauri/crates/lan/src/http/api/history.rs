//! `GET /api/v1/history`: the last 15 minutes, as columns for a chart or as a table for a spreadsheet.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_DISPOSITION;
use axum::response::{IntoResponse, Response};
use station::WorkKind;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use wire::limits::{QUERY_CELLS, QUERY_POINTS, QUERY_SERIES};
use wire::message::{History, HistoryQuery};

use super::answer::{answer, json};
use crate::auth::guard::HttpViewer;
use crate::error_response::{ErrorResponse, nothing_yet};
use crate::http::api::moment::{self, Moment};
use crate::http::api::query::{Parameters, bad};
use crate::state::ServerState;

/// How far back an answer reaches where no beginning is named: all that is kept.
const SPAN_MS: u64 = station::history::SPAN.as_millis() as u64;
/// Points a series where no number is named: every sample of the ring at one a second.
const POINTS: usize = 900;

/// How the answer is written.
#[derive(Debug, Clone, Copy, Default, ToSchema)]
#[schema(rename_all = "lowercase", default = "json")]
enum Format {
    /// Columns with lowest, mean and highest.
    #[default]
    Json,
    /// A table of means.
    Csv,
}

/// What can be asked.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Ids of series, as in `series` of the snapshot: repeated, or divided by commas.
    #[param(inline, value_type = SeriesIds, style = Form, explode, example = json!(["cpu.busy", "memory.used"]))]
    series: Vec<String>,
    /// First moment. Without it: 15 minutes before `to`.
    #[param(inline, value_type = Moment, required = false)]
    from: Option<Moment>,
    /// Last moment. Without it: the newest sample.
    #[param(inline, value_type = Moment, required = false)]
    to: Option<Moment>,
    /// At most this many points a series; fewer where very many series are asked for.
    #[param(inline, value_type = Points, required = false)]
    points: usize,
    /// Columns for a chart, or a table for a spreadsheet.
    #[param(inline, required = false)]
    format: Format,
}

/// Parameter `series`.
struct SeriesIds;

impl PartialSchema for SeriesIds {
    fn schema() -> RefOr<Schema> {
        let id = ObjectBuilder::new().schema_type(Type::String).pattern(Some("[^,]"));
        ArrayBuilder::new().items(id).min_items(Some(1)).max_items(Some(QUERY_SERIES)).into()
    }
}

impl ToSchema for SeriesIds {}

/// Parameter `points`.
struct Points;

impl PartialSchema for Points {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(QUERY_POINTS))
            .default(Some(POINTS.into()))
            .into()
    }
}

impl ToSchema for Points {}

/// The past of some series
///
/// Reaches 15 minutes back. Each point stands for the time from it to the next; where there are more samples than
/// points, a point holds the lowest, the mean and the highest of its samples. What was not sampled is `null`.
///
/// With `format=csv` the answer is a table after RFC 4180: `time` (ISO 8601, UTC), then the mean of each series in
/// the order asked for. A series that this machine does not have is absent in JSON and an empty column in the table.
#[utoipa::path(
    get, path = "/api/v1/history", tag = "History",
    params(Asked),
    responses(
        (status = 200, description = "The samples between the two moments.", content(
            (History = "application/json", example = json!({
                "stepMs": 1000, "t": [1_783_607_524_000_u64, 1_783_607_525_000_u64, 1_783_607_526_000_u64],
                "columns": {
                    "cpu.busy": {"min": [0.0625, null, 0.08], "avg": [0.0625, null, 0.08], "max": [0.0625, null, 0.08]},
                },
            })),
            (String = "text/csv", example = "time,cpu.busy\r\n2026-07-09T14:32:05.000Z,0.0625\r\n"),
        )),
        (status = 400, description = "A parameter cannot be read, or `from` lies after `to`.",
         body = crate::error_response::Failure),
    ),
)]
pub(super) async fn history(
    State(server): State<Arc<ServerState>>,
    viewer: HttpViewer,
    parameters: Parameters,
) -> Result<Response, ErrorResponse> {
    let now_ms = server.station.latest().ok_or_else(nothing_yet)?.snapshot.sampled_at_ms;
    let asked = Asked::read(&parameters)?;
    let format = asked.format;
    let query = asked.query(now_ms)?;
    let station = server.station.clone();
    let look_up = move || {
        let history = station.history(&query);
        match format {
            Format::Json => json(&history).into_response(),
            Format::Csv => {
                let name = [(CONTENT_DISPOSITION, "attachment; filename=\"sightline-history.csv\"")];
                let table = csv(&query.series, &history);
                (name, answer("text/csv; charset=utf-8; header=present", table)).into_response()
            }
        }
    };
    Ok(server.station.later(viewer.asks(WorkKind::Query), look_up).await?)
}

impl Asked {
    fn read(parameters: &Parameters) -> Result<Self, ErrorResponse> {
        const FORMATS: [(&str, Format); 2] = [("json", Format::Json), ("csv", Format::Csv)];
        Ok(Self {
            series: parameters.list("series"),
            from: parameters.one("from", moment::EXPECTED)?,
            to: parameters.one("to", moment::EXPECTED)?,
            points: parameters.number("points", 1, QUERY_POINTS)?.unwrap_or(POINTS),
            format: parameters.choice("format", &FORMATS)?.unwrap_or_default(),
        })
    }

    /// The same as a query of the ring, each series once.
    fn query(self, now_ms: u64) -> Result<HistoryQuery, ErrorResponse> {
        let mut known = HashSet::new();
        let series: Vec<String> = self.series.into_iter().filter(|id| known.insert(id.clone())).collect();
        if series.is_empty() {
            return Err(bad("\"series\" is missing; name one at least, such as series=cpu.busy"));
        }
        if series.len() > QUERY_SERIES {
            let count = series.len();
            return Err(bad(format!(
                "\"series\" names {count} series; one request names {QUERY_SERIES} at most"
            )));
        }
        let to = self.to.unwrap_or(Moment(now_ms));
        let from = self.from.unwrap_or(Moment(to.0.saturating_sub(SPAN_MS)));
        if from > to {
            return Err(bad(format!("\"from\" ({from}) lies after \"to\" ({to}); give an earlier one")));
        }
        let max_points = self.points.min(QUERY_CELLS / series.len());
        Ok(HistoryQuery { series, from_ms: from.0, to_ms: to.0, max_points })
    }
}

/// The means as a table, the series in the order asked for.
fn csv(series: &[String], history: &History) -> String {
    let mut table = String::from("time");
    for id in series {
        table.push(',');
        table.push_str(&cell(id));
    }
    table.push_str("\r\n");
    let columns: Vec<_> = series.iter().map(|id| history.columns.get(id)).collect();
    for (row, at) in history.t.iter().enumerate() {
        table.push_str(&Moment(*at).to_string());
        for column in &columns {
            table.push(',');
            if let Some(value) = column.and_then(|column| column.avg.get(row).copied().flatten()) {
                table.push_str(&value.to_string());
            }
        }
        table.push_str("\r\n");
    }
    table
}

/// Text as a cell. A spreadsheet takes what begins like a formula for one, even between quotes: an apostrophe
/// before it makes it text.
fn cell(text: &str) -> String {
    let guarded = if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { "'" } else { "" };
    if text.contains(['"', ',', '\r', '\n']) || !guarded.is_empty() {
        format!("\"{guarded}{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use wire::message::HistoryColumn;

    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        let cases = [
            ("cpu.busy", "cpu.busy"),
            ("fs./mnt/a b.used", "fs./mnt/a b.used"),
            ("fs./mnt/a\"b.used", "\"fs./mnt/a\"\"b.used\""),
            ("fs./mnt/a\nb.used", "\"fs./mnt/a\nb.used\""),
            ("=cmd|' /c calc'!A1", "\"'=cmd|' /c calc'!A1\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
        ];
        for (text, expected) in cases {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_table_keeps_the_order_asked_for_and_leaves_gaps_empty() {
        let column = |avg: [Option<f64>; 2]| HistoryColumn { avg: avg.to_vec(), ..HistoryColumn::default() };
        let columns = [
            ("a".to_owned(), column([Some(0.5), None])),
            ("b".to_owned(), column([Some(2_048.0), Some(1e9)])),
        ];
        let history = History { step_ms: 1000, t: vec![0, 1000], columns: columns.into() };
        let series = ["b", "weather", "a"].map(str::to_owned);
        assert_eq!(
            csv(&series, &history),
            "time,b,weather,a\r\n1970-01-01T00:00:00.000Z,2048,,0.5\r\n1970-01-01T00:00:01.000Z,1000000000,,\r\n"
        );
    }
}
