//! The golden queries: what each one finds in the rows at the head of the file, or what of it cannot be read. The page's
//! tests read the same file. `UPDATE_EXPECT=1 cargo test -p sightline-wire` writes the results anew.

use expect_test::expect_file;
use proptest::prelude::*;
use serde_json::{Value, json};
use wire::limits::{FIND_CHARS, FIND_DEPTH, FIND_TERMS, PATTERN_CHARS};
use wire::query::{Context, Field, Measure, Query, QueryProblem, Subject};

/// A row as it stands in the file: measures, texts by field, and `words`.
struct Row<'a>(&'a Value);

fn word(of: impl serde::Serialize) -> String {
    serde_json::to_value(of).expect("it has a name").as_str().unwrap_or_default().to_owned()
}

impl Subject for Row<'_> {
    fn number(&self, measure: Measure) -> Option<f64> {
        self.0[word(measure)].as_f64()
    }

    fn any_text(&self, field: Field, test: &dyn Fn(&str) -> bool) -> Option<bool> {
        any(&self.0[field.word()], test)
    }

    fn any_word(&self, test: &dyn Fn(&str) -> bool) -> Option<bool> {
        any(&self.0["words"], test)
    }
}

fn any(value: &Value, test: &dyn Fn(&str) -> bool) -> Option<bool> {
    match value {
        Value::String(text) => Some(test(text)),
        Value::Array(texts) => Some(texts.iter().filter_map(Value::as_str).any(test)),
        _ => None,
    }
}

/// Keys of the rows that are found, in their order.
fn found(query: &Query, context: Context, rows: &Value) -> Vec<String> {
    let list = |name: &str| rows[name].as_array().cloned().unwrap_or_default();
    let key = |row: &Value| row["key"].as_str().unwrap_or_default().to_owned();
    if context != Context::Find {
        return list("rows").iter().filter(|row| query.holds(&Row(row))).map(key).collect();
    }
    let machine = &rows["machine"];
    let around = json!({ "host": machine["host"], "os": machine["os"] });
    let itself = query.holds(&Row(machine)).then(|| key(machine));
    let processes = list("processes").into_iter().filter(|row| query.holds_beyond(&Row(row), &Row(&around)));
    let disks = list("disks").into_iter().filter(|row| query.holds_beyond(&Row(row), &Row(machine)));
    let disks = disks.filter(|_| query.compares(Field::Disk));
    itself.into_iter().chain(processes.chain(disks).map(|row| key(&row))).collect()
}

#[test]
fn every_query_finds_what_the_file_says() {
    let golden = include_str!("../golden/queries.jsonl");
    let mut tables = Vec::new();
    let mut cases = 0;
    let told = golden.lines().map(|line| {
        let value: Value = serde_json::from_str(line).expect("each line is JSON");
        let context: Context = serde_json::from_value(value["in"].clone()).expect("a context");
        let Some(text) = value["query"].as_str() else {
            tables.push((context, value));
            return format!("{line}\n");
        };
        cases += 1;
        let (_, rows) = tables.iter().find(|(of, _)| *of == context).expect("rows stand before their cases");
        let result = match Query::read(text, context) {
            Ok(query) => format!("\"match\":{}", json!(found(&query, context, rows))),
            Err(error) => format!("\"error\":{}", serde_json::to_string(&error).expect("it is JSON")),
        };
        format!("{{\"in\":{},\"query\":{},{result}}}\n", json!(context), json!(text))
    });
    expect_file!["../golden/queries.jsonl"].assert_eq(&told.collect::<String>());
    assert!(cases > 300, "there are {cases} cases");
}

#[test]
fn bounds_are_where_they_are_said_to_be() {
    let problem = |text: &str| Query::read(text, Context::Processes).err().map(|error| error.problem);
    assert_eq!(problem(&"x".repeat(FIND_CHARS)), None);
    let limit = FIND_CHARS as u32;
    assert_eq!(problem(&"x".repeat(FIND_CHARS + 1)), Some(QueryProblem::TooLong { limit }));
    assert_eq!(problem(&"x ".repeat(FIND_TERMS)), None);
    let limit = FIND_TERMS as u32;
    assert_eq!(problem(&"x ".repeat(FIND_TERMS + 1)), Some(QueryProblem::TooManyTerms { limit }));
    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(problem(&nested(FIND_DEPTH)), None);
    let limit = FIND_DEPTH as u32;
    assert_eq!(problem(&nested(FIND_DEPTH + 1)), Some(QueryProblem::TooDeep { limit }));
    assert_eq!(problem(&format!("name~{}", "a".repeat(PATTERN_CHARS))), None);
    let limit = PATTERN_CHARS as u32;
    let long = format!("name~{}", "a".repeat(PATTERN_CHARS + 1));
    assert_eq!(problem(&long), Some(QueryProblem::PatternTooLong { limit }));
}

/// The largest patterns that are taken are small enough for the engine: none is refused for another reason than its
/// parts, which the page counts as well.
#[test]
fn every_pattern_of_few_enough_parts_compiles() {
    let class = format!("[^{}]", "Ⱥé".repeat(40));
    for pattern in ["[^a]{499}", ".{499}", "(?:é{49}|[^k]{49}){4}", r"\W{499}", &format!("{class}{{6}}")] {
        let read = Query::read(&format!("name~\"{pattern}\""), Context::Processes);
        assert_eq!(read.err(), None, "{pattern}");
    }
}

/// Nothing of anything: every comparison is unknown.
struct Nothing;

impl Subject for Nothing {
    fn number(&self, _: Measure) -> Option<f64> {
        None
    }

    fn any_text(&self, _: Field, _: &dyn Fn(&str) -> bool) -> Option<bool> {
        None
    }

    fn any_word(&self, _: &dyn Fn(&str) -> bool) -> Option<bool> {
        None
    }
}

/// Texts that are nearly queries, with letters that are longer in one encoding than in another.
fn texts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => "(cpu|mem|name|user|nmae|state|disk|host)(>|<|>=|=|==|!=|~|:)",
        3 => "(and|or|not)",
        3 => r#"[() "'\\\[\]{}*+?|^$.:~=<>!%]{1,3}"#,
        3 => "[0-9]{1,3}(%|GB|GiB|MB/s|m)?",
        2 => "[a-cßéΣςİ𝒳\u{a0}\u{3000}]{1,4}",
    ];
    prop_oneof![
        6 => proptest::collection::vec(part, 0..12).prop_map(|parts| parts.join(" ")),
        1 => ".{0,40}",
    ]
}

proptest! {
    /// Whatever is typed: it is read or it is said where not, and of what is unknown nothing is true.
    #[test]
    fn any_text_is_read_or_refused_in_its_place(text in texts(), at in 0..3usize) {
        let context = [Context::Processes, Context::Machines, Context::Find][at];
        match Query::read(&text, context) {
            Ok(query) => prop_assert!(query.is_empty() || !query.holds(&Nothing)),
            Err(error) => {
                let units: Vec<u16> = text.encode_utf16().collect();
                prop_assert!(error.from <= error.to && error.to as usize <= units.len());
                for place in [error.from, error.to] {
                    prop_assert!(String::from_utf16(&units[..place as usize]).is_ok(), "a letter is cut");
                }
            }
        }
    }
}
