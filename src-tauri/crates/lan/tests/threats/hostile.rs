//! Malicious pairing requests: what they contain is never trusted, never shown as it came, and never in a log. Each is
//! answered with what is wrong.

use serde_json::{Value, json};

use crate::ask::{Answer, Ask, HERE};
use crate::fixture::Fixture;
use crate::owner::Owner;

fn post(body: impl Into<Vec<u8>>) -> Ask {
    Ask::new("POST", "/api/v1/pair").header("Content-Type", "application/json").body(body)
}

fn is_told_off(answer: &Answer, what: &str) {
    assert!((400..500).contains(&answer.status()), "{what}: {answer:?}");
    let sentence = answer.sentence();
    assert!(sentence.len() > 10 && sentence.len() < 400, "{what}: {sentence}");
    assert!(!sentence.chars().any(char::is_control), "{what}: {sentence:?}");
}

#[tokio::test]
async fn what_is_no_request_to_pair_is_told_so() {
    let fixture = Fixture::start().await;
    let at = fixture.address();
    let deep = |open: &str, close: &str| open.repeat(1500) + &close.repeat(1500);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("no JSON", b"with=digits&digits=417902".to_vec()),
        ("half of it", br#"{"with": "digits", "digits": "417"#.to_vec()),
        ("a list", b"[]".to_vec()),
        ("a number", b"417902".to_vec()),
        ("no text", vec![0xff, 0xfe, 0x00, 0x80]),
        ("a NUL", b"{\"with\": \"digits\",\0 \"digits\": \"1\", \"name\": \"x\"}".to_vec()),
        ("no way", json!({"digits": "417902", "name": "x"}).to_string().into_bytes()),
        ("an unknown way", json!({"with": "magic", "name": "x"}).to_string().into_bytes()),
        ("markup for a way", json!({"with": "<img src=x onerror=alert(1)>"}).to_string().into_bytes()),
        ("a long way", json!({"with": "x".repeat(3000)}).to_string().into_bytes()),
        (
            "lines for a way",
            json!({"with": "x\r\nSet-Cookie: a=b\u{202e}\u{1b}[2J"}).to_string().into_bytes(),
        ),
        ("a list for a way", json!({"with": ["digits"]}).to_string().into_bytes()),
        (
            "digits as a number",
            json!({"with": "digits", "digits": 417_902, "name": "x"}).to_string().into_bytes(),
        ),
        ("no name", json!({"with": "digits", "digits": "417902"}).to_string().into_bytes()),
        ("a list for a name", json!({"with": "digits", "digits": "1", "name": [1]}).to_string().into_bytes()),
        ("a key twice", br#"{"with":"digits","digits":"1","digits":"2","name":"x"}"#.to_vec()),
        ("deep lists", deep("[", "]").into_bytes()),
        ("deep maps", deep("{\"a\":", "}").into_bytes()),
        (
            "a short nonce",
            json!({"with": "proof", "nonce": "", "proof": "", "name": "x"}).to_string().into_bytes(),
        ),
        ("nobody's ticket", json!({"with": "request", "request": "0".repeat(32)}).to_string().into_bytes()),
    ];
    for (what, body) in cases {
        is_told_off(&post(body).send(at).await, what);
    }
    for bytes in [4 * 1024 + 1, 5 * 1024, 1024 * 1024] {
        let name = "x".repeat(bytes);
        let long = post(json!({"with": "digits", "digits": "1", "name": name}).to_string());
        match long.try_send(at).await {
            Ok(answer) => assert_eq!(answer.status(), 413, "{bytes}: {answer:?}"),
            // It is closed while we still write, and the answer lost on the way.
            Err(_) => assert!(bytes > 64 * 1024, "{bytes}: no answer"),
        }
    }
    let claims = post("{}").header("Content-Length", "999999999999").try_send(at).await;
    assert!(claims.is_ok_and(|answer| answer.status() == 413), "a length that is claimed takes no memory");
}

#[tokio::test]
async fn names_of_devices_are_one_short_line_wherever_they_are_told() {
    let fixture = Fixture::start().await;
    let at = fixture.address();
    let mut owner = Owner::of(at, &fixture.owner_token()).await;
    let names = [
        "<img src=x onerror=alert(1)>".to_owned(),
        "\u{202e}enohp\u{202c} \u{200b}\u{feff}x".to_owned(),
        "a\0b\u{1b}[31m\r\nSet-Cookie: x=y".to_owned(),
        "é".repeat(1_000),
        "\u{e0041}\u{e0042}".to_owned(),
        String::new(),
    ];
    for name in names {
        let digits = owner.invite("view").await;
        let ask = json!({"with": "digits", "digits": digits, "name": name});
        let waits =
            Ask::post("/api/v1/pair", &ask).header("User-Agent", &*"\u{7f}<b>".repeat(90)).send(at).await;
        // A header with control characters is no header; one without is taken.
        let waits =
            if waits.status() == 202 { waits } else { Ask::post("/api/v1/pair", &ask).send(at).await };
        assert_eq!(waits.status(), 202, "{name:?}: {waits:?}");
        let sharing = owner.ask("sharing.read", Value::Null).await;
        let waiting = &sharing["requests"].as_array().expect("requests")[0];
        for field in ["name", "client", "address"] {
            let shown = waiting[field].as_str().expect("text");
            let hidden =
                |c: char| c.is_control() || ('\u{200b}'..='\u{206f}').contains(&c) || c == '\u{feff}';
            assert!(!shown.is_empty() && shown.chars().count() <= 64, "{field} of {name:?}: {shown:?}");
            assert!(!shown.chars().any(hidden), "{field} of {name:?}: {shown:?}");
        }
        owner.ask("pairing.answer", json!({"id": waiting["id"], "allow": false})).await;
        let ticket = json!({"with": "request", "request": waits.json()["request"]});
        let refused = Ask::post("/api/v1/pair", &ticket).from(HERE).send(at).await;
        assert_eq!(refused.status(), 403, "{refused:?}");
        is_told_off(&refused, &name);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_strangers_send_is_in_no_log() {
    const SENT: [&str; 4] = ["STRANGERS-NAME", "STRANGERS-WAY", "STRANGERS-CODE", "STRANGERS-TOKEN"];
    let agent = crate::agent::Agent::start("trace", &json!({})).ticking().await;
    let digits = json!({"with": "digits", "digits": "STRANGERS-CODE", "name": "STRANGERS-NAME\n\u{1b}[2J"});
    let asks = [
        Ask::post("/api/v1/pair", &digits),
        Ask::post("/api/v1/pair", &json!({"with": "STRANGERS-WAY"})),
        Ask::post(
            "/api/v1/pair",
            &json!({"with": "code", "code": "STRANGERS-CODE", "name": "STRANGERS-NAME"}),
        ),
        Ask::get("/api/v1/snapshot").bearer("STRANGERS-TOKEN.0"),
        Ask::get("/api/v1/snapshot").header("Cookie", "sightline=STRANGERS-TOKEN"),
        Ask::get("/STRANGERS-WAY?code=STRANGERS-CODE"),
    ];
    for ask in asks {
        let answer = ask.send(agent.address).await;
        assert!(answer.status() < 500, "{ask:?}: {answer:?}");
    }
    let (_, log) = agent.end();
    assert!(log.contains("published"), "the log is there: {log}");
    for sent in SENT {
        let line = log.lines().find(|line| line.contains(sent));
        assert_eq!(line, None, "{sent}");
    }
    assert!(!log.contains("\u{1b}[2J"));
}
