//! What the routes answer, and how they say that something does not fit.

use serde_json::Value;

use crate::Home;

#[tokio::test]
async fn history_comes_as_columns_and_as_a_table() {
    let home = Home::open().await;
    let json = home.get("/api/v1/history?series=memory.used,weather&series=cpu.busy").await;
    assert_eq!(json.header("content-type"), Some("application/json"));
    let history = json.json();
    let points = history["t"].as_array().map(Vec::len);
    assert!(points.is_some_and(|points| points >= 1), "{history}");
    let columns: Vec<_> = history["columns"].as_object().expect("columns").keys().collect();
    assert_eq!(columns, ["cpu.busy", "memory.used"], "what this machine does not have is absent");
    assert_eq!(history["columns"]["memory.used"]["avg"].as_array().map(Vec::len), points);

    let csv = home.get("/api/v1/history?series=memory.used,weather&series=cpu.busy&format=csv").await;
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let lines: Vec<_> = csv.body().split_terminator("\r\n").collect();
    assert_eq!(lines[0], "time,memory.used,weather,cpu.busy", "in the order asked for");
    let cells: Vec<_> = lines[1].split(',').collect();
    assert!(cells[0].ends_with('Z') && cells[1].parse::<f64>().is_ok() && cells[2].is_empty(), "{cells:?}");

    let at = history["t"][0].as_u64().expect("a time");
    let none = home.get(&format!("/api/v1/history?series=cpu.busy&from=0&to={}", at - 1)).await.json();
    assert_eq!(none["t"].as_array().map(Vec::len), Some(0), "nothing is older than the first sample");
    let all = home.get("/api/v1/history?series=cpu.busy&from=1970-01-01T00:00:00Z&points=1").await.json();
    assert_eq!(all["t"].as_array().map(Vec::len), Some(1), "{all}");
}

#[tokio::test]
async fn a_bad_parameter_is_named_and_an_unknown_one_is_passed_over() {
    let home = Home::open().await;
    let cases = [
        ("/api/v1/history", "series"),
        ("/api/v1/history?series=,", "series"),
        ("/api/v1/history?series=cpu.busy&from=yesterday", "from"),
        ("/api/v1/history?series=cpu.busy&to=-1", "to"),
        ("/api/v1/history?series=cpu.busy&from=2&to=1", "from"),
        ("/api/v1/history?series=cpu.busy&points=0", "points"),
        ("/api/v1/history?series=cpu.busy&points=4097", "points"),
        ("/api/v1/history?series=cpu.busy&points=1&points=2", "points"),
        ("/api/v1/history?series=cpu.busy&format=xml", "format"),
        ("/api/v1/processes?sort=age", "sort"),
        ("/api/v1/processes?limit=0", "limit"),
        ("/api/v1/processes?limit=10001", "limit"),
    ];
    for (path, name) in cases {
        let answer = home.get(path).await;
        assert_eq!(answer.status(), 400, "{path}: {answer:?}");
        let error = &answer.json()["error"];
        assert_eq!(error["code"], "badParams", "{path}");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.starts_with(&format!("\"{name}\" ")), "{path}: {message}");
    }
    for path in ["/api/v1/history?series=cpu.busy&colour=red", "/api/v1/processes?colour=red&=&&"] {
        assert_eq!(home.get(path).await.status(), 200, "{path}");
    }
    let many: Vec<_> = (0..1025).map(|id| format!("s{id}")).collect();
    let many = home.get(&format!("/api/v1/history?series={}", many.join(","))).await;
    assert_eq!((many.status(), &many.json()["error"]["code"]), (400, &Value::from("badParams")));
}

#[tokio::test]
async fn an_address_that_is_too_long_is_refused() {
    let home = Home::open().await;
    let answer = home.get(&format!("/api/v1/history?series={}", "x".repeat(20_000))).await;
    assert!([414, 431].contains(&answer.status()), "{answer:?}");
}

#[tokio::test]
async fn processes_come_sorted_and_only_those_who_may_see_whose_they_are() {
    let home = Home::open().await;
    let all = home.get("/api/v1/processes?limit=10000&sort=pid").await.json();
    let rows = all["processes"].as_array().expect("rows");
    assert_eq!(all["total"].as_u64(), Some(rows.len() as u64));
    assert!(rows.is_sorted_by_key(|row| row["pid"].as_u64()));
    let own = u64::from(std::process::id());
    let me = rows.iter().find(|row| row["pid"] == own).expect("this test is a process");
    assert!(me["command"].as_str().is_some_and(|command| !command.is_empty()), "{me}");

    let heaviest = home.get("/api/v1/processes?sort=memory&limit=2").await.json();
    let heaviest: Vec<_> = heaviest["processes"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["memoryBytes"].as_u64())
        .collect();
    assert!(heaviest.len() == 2 && heaviest[0] >= heaviest[1], "{heaviest:?}");

    let seen = home.ask("GET", "/api/v1/processes", Some(&home.view), "").await.json();
    for row in seen["processes"].as_array().expect("rows") {
        assert!(
            row["name"].is_string() && row.get("user").is_none() && row.get("command").is_none(),
            "{row}"
        );
    }
}

#[tokio::test]
async fn this_machine_is_its_only_device_and_alerts_are_kept() {
    let home = Home::open().await;
    let devices = home.get("/api/v1/devices").await.json();
    assert_eq!(devices["devices"].as_array().map(Vec::len), Some(1));
    assert_eq!(devices["devices"][0]["uuid"], home.machine_id());
    assert_eq!(home.get("/api/v1/alerts").await.json()["events"], Value::Array(Vec::new()));
    let alert =
        r#"{"severity": "critical", "title": "Backup failed", "message": "no space", "source": "cron"}"#;
    assert_eq!(home.ask("POST", "/api/ws/broadcast/alert", None, alert).await.status(), 200);
    let events = home.get("/api/v1/alerts").await.json()["events"].clone();
    assert_eq!((&events[0]["title"], &events[0]["severity"]), (&"Backup failed".into(), &"critical".into()));
}

#[tokio::test]
async fn the_page_of_the_description_is_whole_and_brings_nothing_along() {
    let home = Home::open().await;
    let page = home.get("/api/docs").await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let document = home.get("/api/openapi.json").await.json();
    for path in document["paths"].as_object().expect("paths").keys() {
        assert!(page.body().contains(&format!("<code>{path}</code>")), "{path}");
    }
    for schema in document["components"]["schemas"].as_object().expect("schemas").keys() {
        assert!(page.body().contains(&format!("id=\"schema-{schema}\"")), "{schema}");
    }
    for forbidden in ["<script", "<style", " style=", " onclick=", "http:", "https:", "src=\"//"] {
        let found = page.body().replace("http://localhost:7444", "").contains(forbidden);
        assert!(!found, "{forbidden}");
    }
    let anchors = page.body().split(" href=\"#").skip(1).filter_map(|rest| rest.split('"').next());
    for anchor in anchors {
        assert!(page.body().contains(&format!("id=\"{anchor}\"")), "#{anchor} leads nowhere");
    }
    let style = home.get("/docs.css").await;
    assert_eq!(style.header("content-type"), Some("text/css; charset=utf-8"));
    assert!(style.body().contains("--accent:"), "the product's tokens stand in front");
}
