//! T5: what a foreign page can make a browser send that is paired with this machine: forms, beacons, images. None of it
//! changes anything, with the most powerful cookie there is.

use serde_json::{Value, json};

use crate::ask::{Ask, HERE};
use crate::fixture::Fixture;
use crate::owner::{Owner, described};

const ALERT: &str = r#"{"severity": "info", "title": "forged", "message": "by a page"}"#;

/// A body as a page may send it without asking, and the header it goes with.
fn simple_bodies() -> Vec<(Option<&'static str>, String)> {
    let form = "severity=info&title=forged&message=by+a+page".to_owned();
    let multipart = format!("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n{ALERT}\r\n--b--\r\n");
    vec![
        (Some("application/x-www-form-urlencoded"), form),
        // A form whose one field makes JSON of the body.
        (Some("text/plain"), ALERT.to_owned()),
        (Some("text/plain;charset=UTF-8"), ALERT.to_owned()),
        (Some("multipart/form-data; boundary=b"), multipart),
        (None, ALERT.to_owned()),
        (Some(""), ALERT.to_owned()),
        (Some("text/plain; application/json"), ALERT.to_owned()),
        (Some("text/plain, application/json"), ALERT.to_owned()),
        (Some("application/jsonp"), ALERT.to_owned()),
    ]
}

#[tokio::test]
async fn what_a_page_sends_in_somebodys_name_changes_nothing() {
    let fixture = Fixture::start().await;
    let (at, token) = (fixture.address(), fixture.owner_token());
    let mut owner = Owner::of(at, &token).await;
    let cookie = owner.pair("control", "Laptop", HERE).await;
    let digits = owner.invite("view").await;
    let before = (owner.viewers().await, owner.ask("alerts.list", Value::Null).await);
    let (routes, _) = described(at, &token).await;
    let posts: Vec<_> = routes.iter().filter(|(method, _)| method == "POST").map(|(_, path)| path).collect();
    assert!(posts.len() >= 2, "{posts:?}");

    // Headers of a browser that tells which page asks, and of one that does not: then the type alone stops it.
    let told = [
        &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"), ("Origin", "http://evil.test")][..],
        &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Origin", "null")],
        &[("Origin", "http://evil.test")],
        &[],
    ];
    let sent = |ask: Ask, headers: &[(&str, &str)]| {
        headers.iter().fold(ask.header("Cookie", &cookie), |ask, (name, value)| ask.header(name, *value))
    };
    for path in &posts {
        for headers in told {
            for (kind, body) in simple_bodies() {
                let ask = sent(Ask::new("POST", path).body(body), headers);
                let ask = kind.into_iter().fold(ask, |ask, kind| ask.header("Content-Type", kind));
                let answer = ask.send(at).await;
                assert!([403, 415].contains(&answer.status()), "{path} {ask:?}: {answer:?}");
            }
        }
    }
    // With the right type, by a browser that tells: neither another site nor another port of this one.
    let pair = json!({"with": "digits", "digits": digits, "name": "forged"});
    let forged = [
        Ask::new("POST", "/api/ws/broadcast/alert").header("Content-Type", "application/json").body(ALERT),
        Ask::post("/api/v1/pair", &pair),
        Ask::new("DELETE", "/api/v1/session"),
    ];
    for ask in &forged {
        for site in ["cross-site", "same-site", "anything"] {
            for mode in ["cors", "no-cors", "navigate"] {
                let headers = [("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode)];
                let answer = sent(ask.clone(), &headers).send(at).await;
                assert_eq!(answer.status(), 403, "{ask:?} {site} {mode}: {answer:?}");
            }
        }
    }
    // What a link, an image or a form with GET asks for, and a method in disguise.
    for (method, path) in &routes {
        if method != "GET" {
            let links = [
                Ask::get(&format!("{path}?title=forged&severity=info&message=x")),
                Ask::get(path).header("X-HTTP-Method-Override", method),
                Ask::new("HEAD", path),
            ];
            for ask in links {
                let answer = sent(ask.clone(), &[]).send(at).await;
                assert_eq!(answer.status(), 405, "{ask:?}: {answer:?}");
            }
        }
    }
    let after = (owner.viewers().await, owner.ask("alerts.list", Value::Null).await);
    assert_eq!(before, after, "nobody came, nobody left, nobody was told anything");
    let sharing = owner.ask("sharing.read", Value::Null).await;
    assert_eq!(sharing["requests"], json!([]), "nobody waits for a yes");
    assert_eq!(sharing["invitation"]["digits"], json!(digits), "the code is as good as it was");

    // The same cookie, sent by our own page, does all of it: it was the rest that was wrong.
    for (ask, expected) in forged.iter().zip([200, 202, 204]) {
        let headers = [("Sec-Fetch-Site", "same-origin"), ("Origin", &*format!("http://{at}"))];
        let answer = sent(ask.clone(), &headers).send(at).await;
        assert_eq!(answer.status(), expected, "{ask:?}: {answer:?}");
    }
}
