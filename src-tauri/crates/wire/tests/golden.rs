//! The golden messages: one of each kind, as they stand on the wire. The UI's tests read the same files.
//! `UPDATE_EXPECT=1 cargo test -p sightline-wire` writes them anew.

use std::sync::Arc;

use expect_test::expect_file;
use serde_json::json;
use wire::certificate_problem::CertificateProblem;
use wire::codec::{decode_client, decode_server, encode, encode_as};
use wire::fault::ReadFailure;
use wire::fleet::{Findings, FoundProcess, SummaryHistory};
use wire::message::{
    ChannelInfo, Connected, ErrorBody, FrameRef, FullestDisk, History, HistoryColumn, OverviewKey,
    OverviewValues, Response, ResponseRef, SessionInfo, Sessions, Summary,
};
use wire::process::{FULL_COLUMNS, FullRow, ProcessesChange, ProcessesKey, Top, VIEW_COLUMNS};
use wire::sensors_absent::SensorsAbsent;
use wire::sharing::{
    AccessEvent, AccessWhat, AddedOrigin, Invitation, NetworkInfo, PairingRequest, Reach, Sharing,
    ViewerInfo, ViewerKind,
};
use wire::sharing_problem::{PortHolder, SharingProblem};
use wire::{
    AlertEvent, Carrier, Channel, ClientMessage, Disk, Encoding, ErrorCode, Facts, Fault, FaultReason,
    Goodbye, Machine, Metric, Process, ProcessState, ProcessTable, Reason, Scope, Series, ServerMessage,
    Severity, StreamReason,
};

const AT: u64 = 1_795_262_400_000;

fn lines(messages: &[Vec<u8>]) -> String {
    messages.iter().map(|bytes| format!("{}\n", String::from_utf8_lossy(bytes))).collect()
}

fn machine() -> Machine {
    Machine {
        id: "8d5f7c1e-6a55-4a2b-9c0e-0d6f3b2a1c44".into(),
        name: "atlas".into(),
        os: "Fedora Linux 43".into(),
        family: "linux".into(),
        kernel: Some("6.17.8".into()),
        arch: "x86_64".into(),
        cores: 2,
        physical_cores: Some(1),
        cpu_model: Some("Example 3000".into()),
        memory_total_bytes: 33_000_000_000,
        booted_at_ms: AT - 86_400_000,
        virtualization: None,
        version: "0.1.0".into(),
        demo: false,
    }
}

fn series(metric: Metric, device: &str, label: &str) -> Series {
    let definition = metric.definition();
    Series {
        id: metric.id(device),
        metric: definition.name.into(),
        device: device.into(),
        label: label.into(),
        unit: definition.unit,
    }
}

fn process(pid: u32, name: &str, cpu_ratio: Option<f64>, memory_bytes: u64) -> Process {
    Process {
        pid,
        started_at_ms: AT - 1000 * u64::from(pid),
        parent_pid: (pid > 1).then_some(1),
        name: Arc::from(name),
        state: ProcessState::Sleeping,
        cpu_ratio,
        memory_bytes,
        read_bytes_per_s: Some(0.0),
        write_bytes_per_s: None,
        threads: 2,
        user: Arc::from("user"),
        command: format!("/usr/bin/{name} --flag").as_str().into(),
    }
}

fn frame<D: serde::Serialize>(channel: Channel, seq: u64, key: bool, data: &D) -> Vec<u8> {
    encode(&FrameRef { channel, seq, sampled_at_ms: AT + seq * 1000, key, data })
}

#[test]
fn a_client_says() {
    let subscribe = |interval_ms, encoding| ClientMessage::Subscribe {
        channels: vec!["overview".into(), "processes".into()],
        interval_ms,
        encoding,
    };
    let request = |id, method: &str, params| ClientMessage::Request { id, method: method.into(), params };
    let said = [
        subscribe(None, None),
        subscribe(Some(5000), Some(Encoding::Msgpack)),
        ClientMessage::Unsubscribe { channels: vec!["processes".into()] },
        ClientMessage::Ping { id: 7 },
        request(8, "snapshot", json!(null)),
        request(
            9,
            "history.query",
            json!({"series": ["cpu.busy"], "fromMs": AT, "toMs": AT + 1000, "maxPoints": 2}),
        ),
        request(10, "process.detail", json!({"pid": 1, "startedAtMs": AT - 1000})),
        ClientMessage::Auth { token_id: "kitchen".into(), nonce: "00ff".into(), mac: "a1b2".into() },
    ];
    let bytes: Vec<_> = said.iter().map(encode).collect();
    expect_file!["../golden/client.jsonl"].assert_eq(&lines(&bytes));
    for (message, bytes) in said.iter().zip(&bytes) {
        assert_eq!(decode_client(Encoding::Json, bytes).as_ref(), Ok(message));
        let packed = encode_as(Encoding::Msgpack, message);
        assert_eq!(decode_client(Encoding::Msgpack, &packed).as_ref(), Ok(message));
    }
}

#[test]
fn a_server_says() {
    let columns = [&VIEW_COLUMNS[..], &FULL_COLUMNS[..]].concat();
    let before = ProcessTable {
        sampled_at_ms: AT + 1000,
        processes: vec![
            process(1, "init", None, 16_777_216),
            process(20, "firefox", Some(0.077), 1_900_000_000),
        ],
    };
    let after = ProcessTable {
        sampled_at_ms: AT + 2000,
        processes: vec![process(1, "init", Some(0.001), 16_777_216), process(31, "blender", None, 1_800_000)],
    };
    let holder = Some(PortHolder { pid: 812, name: Some("syncthing".into()) });
    let problem = SharingProblem::PortTaken { port: 7444, holder };
    let overview = OverviewKey {
        generation: 1,
        series: vec![
            series(Metric::CpuBusy, "", ""),
            series(Metric::CoreBusy, "0", "0"),
            series(Metric::MemoryUsed, "", ""),
            series(Metric::DiskRead, "S4EWNX0R", "nvme0n1"),
        ],
        values: vec![Some(0.3031), Some(0.5), Some(16_750_000_000.0), None],
        facts: Facts {
            interval_ms: 1000,
            disks: vec![Disk {
                device: "S4EWNX0R".into(),
                name: "nvme0n1".into(),
                model: Some("Example SSD".into()),
                kind: "nvme".into(),
                size_bytes: Some(1_000_000_000_000),
            }],
            sensors_absent_because: Some(
                "atlas is a virtual machine; guests rarely see the sensors of their host.".into(),
            ),
            sensors_absent: Some(SensorsAbsent::VirtualMachine),
            ..Facts::default()
        },
        faults: vec![
            Fault {
                source: "disks".into(),
                message: "nvme0n1 gave no numbers at this tick.".into(),
                reason: None,
            },
            Fault::new("pressure", FaultReason::NotRead { cause: ReadFailure::NotPermitted }),
            Fault::new("sharing on the network", FaultReason::NotShared { problem }),
        ],
    };
    let values = OverviewValues {
        generation: 1,
        values: vec![Some(0.29), Some(0.0), Some(16_750_100_480.0), Some(123_500.0)],
    };
    let column =
        |values: &[Option<f64>]| HistoryColumn { min: values.into(), avg: values.into(), max: values.into() };
    let history = History {
        step_ms: 1000,
        t: vec![AT, AT + 1000, AT + 2000],
        columns: [("cpu.busy".to_owned(), column(&[Some(0.25), None, Some(0.3031)]))].into(),
    };
    let connected = Connected {
        protocol: wire::PROTOCOL,
        client_id: "0b9a1b8e-52a7-4a39-8f5c-1f0f0a0c7b11".into(),
        server_time_ms: AT,
        scope: Scope::Processes,
        machine: machine(),
        channels: Channel::ALL
            .map(|name| ChannelInfo { name, interval_ms: name.interval_ms().max(1000) })
            .into(),
        mac: None,
    };
    let challenge = ServerMessage::Challenge { machine_id: machine().id, nonce: "5f1d0a".into() };
    let summary = Summary {
        cpu_ratio: Some(0.3031),
        memory_ratio: Some(0.5),
        fullest_disk: Some(FullestDisk { mount: "/home".into(), used_ratio: Some(0.91) }),
        rx_bytes_per_s: Some(123_500.0),
        tx_bytes_per_s: None,
        disk_bytes_per_s: Some(2.5e6),
        temperature_celsius: Some(61.2),
        worst_alert: Some(Severity::Warning),
    };
    let event = AlertEvent {
        id: 3,
        at_ms: AT,
        severity: Severity::Critical,
        title: "Backup failed".into(),
        message: "the target is full; make room on nas".into(),
        source: "backup.sh".into(),
    };
    let sessions = Sessions {
        active: 1,
        total: 4,
        messages_sent: 5000,
        bytes_sent: 2_400_000,
        sessions: vec![SessionInfo {
            client_id: "0b9a1b8e-52a7-4a39-8f5c-1f0f0a0c7b11".into(),
            carrier: Carrier::Stream,
            address: Some("192.168.1.20".into()),
            connected_at_ms: AT,
            scope: Scope::View,
            channels: vec!["overview".into()],
            messages_sent: 12,
            bytes_sent: 8400,
            messages_received: 1,
            frames_skipped: 0,
        }],
    };
    let sharing = sharing();
    let past = SummaryHistory {
        step_ms: 1000,
        t: vec![AT, AT + 1000],
        cpu_ratio: vec![Some(0.25), Some(0.3031)],
        memory_ratio: vec![Some(0.5), Some(0.5)],
        disk_ratio: vec![Some(0.93), Some(0.93)],
        disk_bytes_per_s: vec![None, Some(1_234_000.0)],
        net_bytes_per_s: vec![None, Some(123_500.0)],
        temperature_celsius: vec![Some(61.5), None],
    };
    let found = Findings {
        machine: false,
        processes: vec![FoundProcess {
            pid: 20,
            started_at_ms: AT - 20_000,
            name: "firefox".into(),
            user: Some("user".into()),
            cpu_ratio: Some(1.25),
            memory_bytes: 500_000_000,
        }],
        more: 3,
        disks: vec![FullestDisk { mount: "/home".into(), used_ratio: Some(0.93) }],
        table_age_ms: Some(1200),
    };
    let error = |code, message: &str| ErrorBody::new(code, message);
    let certificate = CertificateProblem::Expired { until_ms: AT, path: None };
    let unknown = StreamReason::UnknownMethod { name: "weather".into(), known: vec!["snapshot".into()] };
    let said = [
        encode(&ServerMessage::Connected(Box::new(connected))),
        frame(Channel::Overview, 1, true, &overview),
        frame(Channel::Overview, 2, false, &values),
        frame(Channel::Top, 1, true, &Top::of(&before)),
        frame(Channel::Processes, 1, true, &ProcessesKey::<FullRow<'_>>::of(&before, columns)),
        frame(Channel::Processes, 2, false, &ProcessesChange::<FullRow<'_>>::between(&before, &after)),
        frame(Channel::Summary, 2, true, &summary),
        frame(Channel::Sessions, 2, true, &sessions),
        frame(Channel::Sharing, 2, true, &sharing),
        encode(&challenge),
        encode(&ServerMessage::Alert { event }),
        encode(&ServerMessage::Lagged { channel: Channel::Alerts, missed: 3 }),
        encode(&ServerMessage::Pong { id: 7, server_time_ms: AT + 2000 }),
        encode(&ResponseRef { id: 9, result: &history }),
        encode(&ResponseRef { id: 10, result: &past }),
        encode(&ResponseRef { id: 11, result: &found }),
        encode(&ServerMessage::Response(Response {
            id: 8,
            result: None,
            error: Some(error(ErrorCode::Unavailable, "nothing was sampled yet; ask again in a second")),
        })),
        encode(&ServerMessage::Error(error(ErrorCode::UnknownChannel, "there is no channel \"weather\""))),
        encode(&ServerMessage::Response(Response {
            id: 12,
            result: None,
            error: Some(Reason::Certificate { problem: certificate }.into()),
        })),
        encode(&ServerMessage::Response(Response { id: 13, result: None, error: Some(unknown.into()) })),
        encode(&ServerMessage::Error(Reason::WrongCode { left: 2 }.into())),
        encode(&ServerMessage::Goodbye { reason: Goodbye::Shutdown }),
    ];
    expect_file!["../golden/server.jsonl"].assert_eq(&lines(&said));
    for bytes in &said {
        let message = decode_server(Encoding::Json, bytes).expect("what a server says can be read");
        let again: serde_json::Value = serde_json::from_slice(&encode(&message)).expect("it is JSON");
        let first: serde_json::Value = serde_json::from_slice(bytes).expect("it is JSON");
        assert_eq!(again, first);
        let packed = encode_as(Encoding::Msgpack, &message);
        assert!(decode_server(Encoding::Msgpack, &packed).is_ok(), "{first}");
    }
    let bytes = frame(Channel::Summary, 2, true, &summary).len();
    assert!(bytes <= 300, "a summary has {bytes} bytes; lists of hundreds of machines count on 300");
}

fn sharing() -> Sharing {
    let network = |interface: &str, address: &str, allowed| NetworkInfo {
        id: format!("{interface}-1"),
        interface: interface.into(),
        address: address.into(),
        prefix: "192.168.1.0/24".into(),
        local: true,
        allowed,
        listening: allowed == Some(true),
    };
    Sharing {
        reach: Reach::Lan,
        port: 7444,
        may_change: true,
        listening: vec!["192.168.1.20:7444".into(), "127.0.0.1:7444".into(), "[::1]:7444".into()],
        links: vec!["http://192.168.1.20:7444".into(), "http://atlas.local:7444".into()],
        networks: vec![
            network("enp5s0", "192.168.1.20", Some(true)),
            network("wlp1s0", "192.168.1.21", None),
        ],
        origins: vec![AddedOrigin { origin: "https://dash.example".into(), token: None }],
        invitation: Some(Invitation {
            link: Some("http://192.168.1.20:7444/#p=AAECAwQFBgcICQoLDA0ODw".into()),
            qr: vec!["101".into(), "010".into(), "101".into()],
            digits: "417902".into(),
            digits_paused_ms: 0,
            scope: Scope::View,
            arguments: false,
            lasts_ms: 300_000,
            left_ms: 192_000,
        }),
        requests: vec![PairingRequest {
            id: "r1".into(),
            name: "Phone".into(),
            client: "Safari on iPhone".into(),
            address: "192.168.1.64".into(),
            scope: Scope::View,
            arguments: false,
            compare: Some("418302".into()),
        }],
        viewers: vec![ViewerInfo {
            id: "v1".into(),
            name: "Kitchen tablet".into(),
            kind: ViewerKind::Browser,
            client: "Chrome on Android".into(),
            address: Some("192.168.1.81".into()),
            scope: Scope::Processes,
            arguments: true,
            paired_at_ms: AT,
            last_seen_at_ms: Some(AT),
            connected: 1,
        }],
        viewing: 1,
        recent: vec![AccessEvent {
            at_ms: AT,
            what: AccessWhat::WrongCode,
            who: None,
            address: Some("192.168.1.99".into()),
            scope: None,
            count: 4,
        }],
        ..Sharing::default()
    }
}

#[test]
fn messagepack_says_the_same_in_fewer_bytes() {
    let values = OverviewValues {
        generation: 1,
        values: vec![Some(0.2907), None, Some(16_750_100_480.0), Some(61.05)],
    };
    let message =
        FrameRef { channel: Channel::Overview, seq: 2, sampled_at_ms: AT, key: false, data: &values };
    let (json, packed) = (encode(&message), encode_as(Encoding::Msgpack, &message));
    assert!(packed.len() < json.len());
    let ServerMessage::Frame(read) = decode_server(Encoding::Msgpack, &packed).expect("it can be read")
    else {
        panic!("it is a frame")
    };
    let read: serde_json::Value = read.data.read().expect("it is JSON");
    let rounded = |at: usize| read["values"][at].as_f64().map(|v| (v * 1e4).round() / 1e4);
    assert_eq!(
        [rounded(0), rounded(1), rounded(2), rounded(3)],
        [Some(0.2907), None, Some(16_750_100_480.0), Some(61.05)]
    );
}

#[test]
fn what_is_not_a_message_is_refused_with_a_word() {
    let code = |bytes: &[u8]| decode_client(Encoding::Json, bytes).map_err(|error| error.code);
    assert_eq!(code(b"not json"), Err(ErrorCode::BadMessage));
    assert_eq!(code(b"{\"type\":\"dance\"}"), Err(ErrorCode::BadMessage));
    assert_eq!(code(b"[]"), Err(ErrorCode::BadMessage));
    assert_eq!(code(&vec![b' '; 70_000]), Err(ErrorCode::TooLarge));
    assert_eq!(
        code(format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000)).as_bytes()),
        Err(ErrorCode::BadMessage)
    );
    let with_a_field_of_tomorrow = br#"{"type":"ping","id":1,"colour":"blue"}"#;
    assert_eq!(code(with_a_field_of_tomorrow), Ok(ClientMessage::Ping { id: 1 }));
    let packed = |bytes: &[u8]| decode_client(Encoding::Msgpack, bytes).map_err(|error| error.code);
    let ping = encode_as(Encoding::Msgpack, &ClientMessage::Ping { id: 1 });
    assert_eq!(packed(&ping), Ok(ClientMessage::Ping { id: 1 }));
    assert_eq!(packed(&[&ping[..], b"\xc0"].concat()), Err(ErrorCode::BadMessage), "something follows");
    assert_eq!(packed(b"{\"type\":\"ping\"}"), Err(ErrorCode::BadMessage));
    assert_eq!(packed(&[0x91; 60_000]), Err(ErrorCode::BadMessage), "nested too deeply");
    assert_eq!(packed(b"\xdd\xff\xff\xff\xff"), Err(ErrorCode::BadMessage), "four billion entries claimed");
}
