//! This machine: its identity, its last sample, and its alerts.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use wire::message::{AlertsList, SnapshotBody};

use super::answer::{answer, json};
use crate::auth::guard::HttpViewer;
use crate::error_response::{ErrorResponse, nothing_yet};
use crate::state::ServerState;

/// Answer of a health check.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// Always `ok`: a Sightline that does not work does not answer.
    #[schema(example = "ok")]
    status: &'static str,
}

/// Is Sightline running?
///
/// For load balancers and service managers. Answers anyone, without anything about the machine.
#[utoipa::path(
    get, path = "/health", tag = "Machine", security(()),
    responses((status = 200, description = "It runs.", body = Health, example = json!({"status": "ok"}))),
)]
pub(super) async fn health() -> impl IntoResponse {
    json(&Health { status: "ok" })
}

/// Everything, as last sampled
///
/// Every series of this machine with its value, what is shown beside the numbers, what could not be read and why,
/// and the heaviest processes. Encoded once a tick, however many ask: asking more often than `facts.intervalMs`
/// gives the same answer.
#[utoipa::path(
    get, path = "/api/v1/snapshot", tag = "Machine",
    responses((status = 200, description = "The newest sample.", body = SnapshotBody, example = json!({
        "seq": 86_400, "sampledAtMs": 1_783_607_525_250_u64, "gen": 3,
        "machine": {
            "id": "8f14e45f-ceea-467f-a8ff-5c1d7c1b1b6e", "name": "nas-01", "os": "Debian GNU/Linux 13 (trixie)",
            "family": "linux", "kernel": "6.12.41", "arch": "x86_64", "cores": 8, "physicalCores": 4,
            "cpuModel": "Intel(R) N305", "memoryTotalBytes": 16_590_000_128_u64,
            "bootedAtMs": 1_783_521_125_000_u64, "virtualization": null, "version": "0.1.0",
        },
        "series": [
            {"id": "cpu.busy", "metric": "cpu.busy", "device": "", "label": "CPU", "unit": "ratio"},
            {"id": "disk.S4EWNX0R.read", "metric": "disk.read", "device": "S4EWNX0R", "label": "nvme0n1",
             "unit": "bytesPerS"},
        ],
        "values": [0.0625, 40_960],
        "facts": {
            "intervalMs": 1000, "disks": [], "filesystems": [], "interfaces": [], "sensors": [],
            "sensorsAbsentBecause": null, "undervolted": null,
        },
        "faults": [],
        "top": {"byCpu": [], "byMemory": [], "byDisk": []},
        "summary": {
            "cpuRatio": 0.0625, "memoryRatio": 0.41, "fullestDisk": {"mount": "/srv", "usedRatio": 0.97},
            "rxBytesPerS": 1200, "txBytesPerS": 340, "diskBytesPerS": 40_960, "temperatureCelsius": 47,
            "worstAlert": "warning",
        },
    }))),
)]
pub(super) async fn snapshot(
    State(server): State<Arc<ServerState>>,
    _: HttpViewer,
) -> Result<impl IntoResponse, ErrorResponse> {
    let tick = server.station.latest().ok_or_else(nothing_yet)?;
    Ok(answer("application/json", tick.snapshot_body()))
}

/// Which machines answer here.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Devices {
    /// This machine alone: every Sightline answers for itself.
    devices: [Device; 1],
}

/// A machine, by its names.
#[derive(Debug, Serialize, ToSchema)]
struct Device {
    /// Random UUID made at the first start; stays over renames and updates.
    #[schema(format = "uuid", example = "8f14e45f-ceea-467f-a8ff-5c1d7c1b1b6e")]
    uuid: String,
    /// What people call it.
    #[schema(example = "nas-01")]
    name: String,
    /// Its host name.
    #[schema(example = "nas-01")]
    hostname: String,
}

/// Which machine is this?
///
/// For clients that expect a list of devices. It has one entry.
#[utoipa::path(
    get, path = "/api/v1/devices", tag = "Machine",
    responses((status = 200, description = "This machine.", body = Devices, example = json!({
        "devices": [{"uuid": "8f14e45f-ceea-467f-a8ff-5c1d7c1b1b6e", "name": "nas-01", "hostname": "nas-01"}],
    }))),
)]
pub(super) async fn devices(State(server): State<Arc<ServerState>>, _: HttpViewer) -> impl IntoResponse {
    let machine = server.station.machine();
    let (uuid, name) = (machine.id.clone(), machine.name.clone());
    json(&Devices { devices: [Device { uuid, hostname: name.clone(), name }] })
}

/// The last alerts
///
/// The last 256 events of this run, oldest first: the same as method `alerts.list` of the stream. Their ids rise by
/// one, so a program that asks now and then sees whether it missed any.
#[utoipa::path(
    get, path = "/api/v1/alerts", tag = "Machine",
    responses((status = 200, description = "The events that are kept.", body = AlertsList, example = json!({
        "events": [{
            "id": 12, "atMs": 1_783_607_525_250_u64, "severity": "warning", "title": "Disk nearly full",
            "message": "/srv has 3 % left.", "source": "backup",
        }],
    }))),
)]
pub(super) async fn alerts(State(server): State<Arc<ServerState>>, _: HttpViewer) -> impl IntoResponse {
    json(&AlertsList { events: server.station.alerts() })
}
