//! Section 7: both sides say that they close, then the server closes the socket.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use crate::Suite;
use crate::raw::{CLOSE, FIN, PING, Raw, TEXT, close, frame, text};

/// The longest a close may take once it was asked for. It takes no time at all.
const SOON: Duration = Duration::from_secs(5);

/// A viewer that sends `bytes`, the last of which is a close; the code it is answered with.
async fn answer_to(suite: &mut Suite, bytes: &[u8]) -> Option<u16> {
    let mut raw = Raw::connect(suite.fixture.address()).await;
    raw.recv_type("connected").await;
    raw.send(bytes).await;
    let ended = async {
        let mut frame = raw.recv_frame().await;
        // Where the close itself breaks the rules, the word comes first.
        while frame.opcode == TEXT {
            assert_eq!(frame.json()["type"], "goodbye", "nothing else is said after a close");
            frame = raw.recv_frame().await;
        }
        let code = frame.close_code();
        raw.recv_close().await;
        code
    };
    let code = timeout(SOON, ended).await.expect("the server closes the socket");
    suite.nobody_else_noticed().await;
    code
}

#[tokio::test]
async fn a_close_is_answered_with_its_code_and_the_socket_is_closed() {
    let mut suite = Suite::open().await;
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] {
        let with_reason = close(code, "gone home, κόσμε".as_bytes());
        for bytes in [close(code, b""), with_reason] {
            assert_eq!(answer_to(&mut suite, &bytes).await, Some(code));
        }
    }
    let longest = close(1000, &[b'x'; 123]);
    assert_eq!(answer_to(&mut suite, &longest).await, Some(1000));
    suite.witness.is_in_step().await;
}

#[tokio::test]
async fn a_close_without_a_code_is_answered() {
    let mut suite = Suite::open().await;
    let code = answer_to(&mut suite, &frame(FIN | CLOSE, b"")).await;
    assert!(code.is_none_or(|code| code == 1000), "{code:?}");
}

#[tokio::test]
async fn a_close_that_breaks_the_rules_is_answered_by_an_error_code() {
    let mut suite = Suite::open().await;
    let mut cases = vec![
        ("half a code".to_owned(), frame(FIN | CLOSE, &[3])),
        ("a reason that is no text".to_owned(), close(1000, &[0xCE, 0xBA, 0xE1, 0xBD])),
        ("a reason that is too long".to_owned(), close(1000, &[b'x'; 124])),
        ("a fragmented close".to_owned(), frame(CLOSE, &1000_u16.to_be_bytes())),
    ];
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
        cases.push((format!("code {code}"), close(code, b"")));
    }
    for (name, bytes) in &cases {
        let code = answer_to(&mut suite, bytes).await;
        assert!(matches!(code, Some(1002 | 1007 | 1008)), "{name} was answered by {code:?}");
    }
    suite.witness.is_in_step().await;
}

#[tokio::test]
async fn what_comes_after_a_close_is_not_looked_at() {
    let mut suite = Suite::open().await;
    let afterwards = [
        ("a message", text(r#"{"type":"ping","id":1}"#)),
        ("a ping", frame(FIN | PING, b"anyone?")),
        ("another close", close(1001, b"")),
        ("what breaks the rules", frame(FIN | 0x70 | 0xF, b"")),
        ("a lot", frame(FIN | TEXT, &[b' '; 60_000])),
    ];
    for (name, bytes) in &afterwards {
        println!("case: {name}");
        let code = answer_to(&mut suite, &[close(1000, b""), bytes.clone()].concat()).await;
        assert_eq!(code, Some(1000), "{name}");
    }
}

#[tokio::test]
async fn a_viewer_that_never_answers_the_servers_close_is_left() {
    let mut suite = Suite::open().await;
    let mut raw = Raw::connect(suite.fixture.address()).await;
    raw.send(&frame(FIN | 0x3, b"")).await;
    raw.recv_type("goodbye").await;
    assert_eq!(raw.recv_frame().await.close_code(), Some(1008));
    timeout(SOON, raw.recv_close()).await.expect("the server does not wait for ever");
    suite.nobody_else_noticed().await;
}

#[tokio::test]
async fn a_viewer_that_hangs_up_without_a_word_leaves_nothing_behind() {
    let mut suite = Suite::open().await;
    let cuts: [&[u8]; 4] = [b"", &frame(TEXT, b"{"), &text("{}")[..3], &frame(FIN | PING, b"")];
    for bytes in cuts {
        let mut raw = Raw::connect(suite.fixture.address()).await;
        raw.send_json(&json!({"type": "subscribe", "channels": ["overview", "processes"]})).await;
        raw.send(bytes).await;
        drop(raw);
        suite.nobody_else_noticed().await;
    }
    suite.witness.is_in_step().await;
}
