//! `watch` before a machine that means harm: what it says reaches neither the terminal nor a log as it is, keeps to its
//! line, and costs no more than it has to.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Message, WebSocket, accept_hdr};
use wire::limits::{ALERT_TEXT_CHARS, FRAME_BYTES, SERVER_MESSAGE_BURST, SERVER_MESSAGES_PER_S};
use wire::text::is_invisible;

use crate::agent::command;
use crate::terminal::Typed;
use crate::watch_process::Watching;

/// What a terminal obeys, what turns a line around, and what begins a new one.
const EVIL: &str =
    "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}x\u{2066}\u{200b}\r\nforged: live\u{2028}\u{85}";

type Socket = WebSocket<TcpStream>;

/// A machine of which `serve` has each WebSocket, once `watch` has subscribed.
fn machine(name: &str, serve: impl Fn(&mut Socket) + Clone + Send + 'static) -> SocketAddr {
    let connected = json!({
        "type": "connected", "protocol": 1, "clientId": EVIL, "serverTimeMs": u64::MAX, "scope": "view",
        "machine": {
            "id": "m", "name": name, "os": EVIL, "family": EVIL, "kernel": EVIL, "physicalCores": null, "cpuModel": EVIL,
            "virtualization": EVIL,
        },
        "channels": [],
    });
    listening(move |link| {
        #[expect(clippy::result_large_err, reason = "the shape is that of the library")]
        let echo = |_: &Request, mut answer: Response| {
            answer.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("sightline.v1"));
            Ok(answer)
        };
        let Ok(mut socket) = accept_hdr(link, echo) else { return };
        if send(&mut socket, &connected) && socket.read().is_ok() && socket.read().is_ok() {
            serve(&mut socket);
        }
    })
}

/// Something that serves each connection by `serve`, for as long as the tests run.
fn listening(serve: impl Fn(TcpStream) + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for link in listener.incoming().map_while(Result::ok) {
            let serve = serve.clone();
            thread::spawn(move || serve(link));
        }
    });
    at
}

fn send(socket: &mut Socket, message: &Value) -> bool {
    socket.send(Message::text(message.to_string())).is_ok()
}

fn alert(title: &str) -> Value {
    let event = json!({
        "id": u64::MAX, "atMs": u64::MAX, "severity": "critical", "title": title, "message": title, "source": title,
    });
    json!({"type": "alert", "event": event})
}

fn frame(summary: &Value) -> Value {
    json!({
        "type": "frame", "channel": "summary", "seq": u64::MAX, "sampledAtMs": u64::MAX, "key": true, "data": summary,
    })
}

fn summary(figure: f64) -> Value {
    json!({
        "cpuRatio": figure, "memoryRatio": figure, "fullestDisk": {"mount": EVIL, "usedRatio": figure},
        "rxBytesPerS": figure, "txBytesPerS": figure, "diskBytesPerS": figure, "temperatureCelsius": figure,
        "worstAlert": "critical",
    })
}

/// Says everything that a machine can say in words, then keeps the session.
fn talk(socket: &mut Socket) {
    // Three of them fit in a message.
    let long = format!("{EVIL}{}", "x".repeat(1_000_000));
    let said = [
        alert(EVIL),
        alert(&long),
        json!({"type": EVIL}),
        json!({"type": "frame", "channel": EVIL, "seq": 1, "sampledAtMs": 1, "key": true, "data": EVIL}),
        json!({"type": "error", "code": EVIL, "message": long}),
        json!({"type": "response", "id": 1, "error": {"code": "internal", "message": EVIL}}),
        json!({"type": "lagged", "channel": "alerts", "missed": u64::MAX}),
        json!({"type": "goodbye", "reason": EVIL}),
        frame(&summary(1e308)),
        alert("the last of them"),
    ];
    if said.iter().all(|message| send(socket, message)) {
        while socket.read().is_ok() {}
    }
}

fn watch(at: SocketAddr, data: &Path, arguments: &[&str]) -> Command {
    let mut command = command(None);
    command.args(["watch", &format!("http://{at}")]).args(arguments).arg("--data-dir").arg(data);
    command.env("RUST_LOG", "trace");
    command
}

#[track_caller]
fn harmless(text: &str) {
    let odd = text.chars().find(|c| is_invisible(*c) && *c != '\n');
    assert!(odd.is_none(), "{odd:?} in {text:.2000}");
    for line in text.lines() {
        assert!(!line.starts_with("forged"), "{line:.200}");
    }
}

/// All that it printed up to the line with this, and its logs.
fn said_until(mut watching: Watching, last: &str) -> String {
    let lines = std::cell::RefCell::new(String::new());
    watching.line(|line| {
        lines.borrow_mut().push_str(line);
        lines.borrow_mut().push('\n');
        line.contains(last)
    });
    watching.interrupt();
    let (code, words) = watching.end();
    assert_eq!(code, Some(0), "{words:.2000}");
    assert!(words.contains("a message was ignored"), "it logs: {words:.2000}");
    harmless(&words);
    lines.into_inner()
}

#[test]
fn words_of_a_machine_move_no_cursor_and_keep_to_their_lines() {
    let at = machine(&format!("{EVIL}{}", "n".repeat(2_000_000)), talk);
    let data = tempfile::tempdir().expect("a temporary directory");
    let people = said_until(Watching::spawn(&mut watch(at, data.path(), &[])), "the last of them");
    harmless(&people);
    for line in people.lines() {
        assert!(line.chars().count() <= 512, "{line}");
    }
    let figures = people.lines().find(|line| line.ends_with("critical")).expect("figures");
    assert!(figures.ends_with("      –       –          –         –       –  critical"), "{figures}");
    assert!(!people.contains("inf"), "{people}");

    let scripts = said_until(Watching::spawn(&mut watch(at, data.path(), &["--json"])), "the last of them");
    harmless(&scripts);
    for line in scripts.lines() {
        let value: Value = serde_json::from_str(line).expect("JSON");
        harmless_within(&value);
    }

    let mut terminal = Typed::spawn(&watch(at, data.path(), &[]));
    let screen = terminal.wait_for("the last of them");
    // Its own logs may be coloured, on a terminal; what was said by the machine is on lines of its own.
    for line in screen.lines().filter(|line| line.contains("owned") && !line.contains("sightline")) {
        harmless(line.trim_end_matches('\r'));
    }
    for sequence in ["\u{1b}]0;", "\u{7}", "\u{1b}[2J", "\u{9b}", "\u{202e}", "\u{2066}", "\u{2028}"] {
        assert!(!screen.contains(sequence), "{sequence:?} in {screen:.2000}");
    }
}

/// No text of it is anything but one visible line, once a script has parsed it.
fn harmless_within(value: &Value) {
    match value {
        Value::String(text) => {
            assert!(!text.chars().any(is_invisible), "{text:.200?}");
            assert!(text.chars().count() <= ALERT_TEXT_CHARS, "{text:.200}");
        }
        Value::Array(list) => list.iter().for_each(harmless_within),
        Value::Object(map) => map.values().for_each(harmless_within),
        _ => {}
    }
}

#[test]
fn what_answers_in_http_or_leaves_with_words_is_told_without_them() {
    let closes = machine("nas", |socket| {
        let reason = EVIL.replace(['\r', '\n'], "").into();
        drop(socket.close(Some(CloseFrame { code: CloseCode::Policy, reason })));
        while socket.read().is_ok() {}
    });
    let breaks = machine("nas", |socket| {
        // No message: what the library says of it is printed.
        drop(socket.get_mut().write_all(format!("\u{ff}{EVIL}").as_bytes()));
        while socket.read().is_ok() {}
    });
    let answers = |status: &'static str| {
        listening(move |mut link| {
            let mut head = [0; 4096];
            drop(link.read(&mut head));
            let said = EVIL.replace(['\r', '\n'], "");
            let answer = format!(
                "HTTP/1.1 {status}\r\nWWW-Authenticate: Sightline machine=\"a\tb[2J{}\", nonce=\"n\"\r\nX-Said: {said}\r\n\
                 Connection: close\r\n\r\n{EVIL}{}",
                "x".repeat(9_000),
                "x".repeat(2_000_000),
            );
            drop(link.write_all(answer.as_bytes()));
        })
    };
    let data = tempfile::tempdir().expect("a temporary directory");
    for at in [closes, breaks, answers("401 Unauthorized"), answers("404 \u{9b}31m"), answers("200 OK")] {
        for arguments in [&[][..], &["--json"]] {
            let mut watching = Watching::spawn(&mut watch(at, data.path(), arguments));
            let lines = std::cell::RefCell::new(String::new());
            // Either it gives up, or it says that it tries again.
            let gave_up = |line: &str| {
                lines.borrow_mut().push_str(line);
                lines.borrow_mut().push('\n');
                ["reconnecting", "failed", "toPair", "polling", "unauthorized"]
                    .iter()
                    .any(|state| line.contains(state))
            };
            let ended = watching.line_or_end(gave_up).is_none();
            if !ended {
                watching.interrupt();
            }
            let (_, words) = watching.end();
            harmless(&lines.into_inner());
            harmless(&words);
            assert!(!words.contains("[2Jxxx"), "{words:.2000}");
        }
    }
}

#[test]
fn a_flood_is_read_and_printed_at_a_pace() {
    let at = machine("nas", |socket| {
        let (alert, frame) = (alert("flood"), frame(&summary(0.5)));
        while send(socket, &alert) && send(socket, &frame) {}
    });
    let data = tempfile::tempdir().expect("a temporary directory");
    let mut command = watch(at, data.path(), &["--json"]);
    let mut watching = Watching::spawn(command.env_remove("RUST_LOG"));
    watching.state("live");
    let begun = Instant::now();
    let (mut alerts, mut figures) = (0, 0);
    while begun.elapsed() < Duration::from_secs(5) {
        let line = watching.json(|_| true);
        if line.get("alert").is_some() { alerts += 1 } else { figures += 1 }
    }
    let seconds = begun.elapsed().as_secs() as u32 + 2;
    let most = SERVER_MESSAGE_BURST + seconds * SERVER_MESSAGES_PER_S;
    assert!((100..=most).contains(&alerts), "{alerts} alerts");
    // Those that were asked for each second, however late one of them was.
    assert!((2..=2 * seconds).contains(&figures), "{figures} figures");
}

#[test]
fn messages_of_four_mebibytes_cost_no_more_than_four_times_as_much() {
    const LENGTH: usize = FRAME_BYTES - 200_000;
    /// As much of this as has the length.
    fn list(item: &str) -> String {
        let items = vec![item; LENGTH / (item.len() + 1)];
        format!("[{}]", items.join(","))
    }
    let at = machine("nas", |socket| {
        send(socket, &frame(&summary(0.5)));
        send(socket, &alert("the first"));
        let frame = |channel: &str, data: &str| {
            format!(
                r#"{{"type":"frame","channel":"{channel}","seq":1,"sampledAtMs":1,"key":true,"data":{data}}}"#
            )
        };
        let text = format!("\"{}\"", "x".repeat(LENGTH));
        let said = [
            frame("summary", &list("[]")),
            frame("processes", &list("{}")),
            frame("summary", &format!(r#"{{"fullestDisk":{{"mount":{text},"usedRatio":1}}}}"#)),
            format!(r#"{{"type":"response","id":1,"result":{}}}"#, list("1")),
            format!(
                r#"{{"type":"response","id":1,"error":{{"code":"internal","message":"","reason":{}}}}}"#,
                list("1")
            ),
            format!(r#"{{"type":"error","code":"internal","message":"","reason":{}}}"#, list("[]")),
            format!(
                r#"{{"type":"alert","event":{{"id":1,"atMs":1,"severity":"info","title":{text},"message":"","source":""}}}}"#
            ),
            format!(r#"{{"type":"alert","event":{},"more":1}}"#, list("[]")),
            format!(r#"{{"type":"connected","more":{}}}"#, list("1")),
            format!(r#"{{"type":"later","more":{}}}"#, list("1")),
        ];
        for message in said {
            assert!(message.len() <= FRAME_BYTES, "{}", message.len());
            if socket.send(Message::text(message)).is_err() {
                return;
            }
        }
        send(socket, &alert("the last"));
        while socket.read().is_ok() {}
    });
    let data = tempfile::tempdir().expect("a temporary directory");
    let mut command = watch(at, data.path(), &[]);
    let mut watching = Watching::spawn(command.env_remove("RUST_LOG"));
    watching.line(|line| line.contains("the first"));
    let before = peak_bytes(watching.id());
    watching.line(|line| line.contains("the last"));
    let grown = peak_bytes(watching.id()) - before;
    assert!(grown <= 4 * FRAME_BYTES, "{:.1} MiB for messages of 4 MiB", grown as f64 / 1_048_576.0);
}

/// The most memory that process `id` ever had.
fn peak_bytes(id: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
    let kibibytes: usize = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kibibytes * 1024
}
