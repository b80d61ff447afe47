//! `validators.ts`: whether what arrives has the shape it has to have, made from the same schemas as the description of
//! the HTTP interface. Plain functions, since the page's content policy evaluates nothing.
//!
//! A machine may be of another version, so they are as lenient as this crate's own reader: fields that are not known
//! are passed over; a field that may be `null` may be absent, and is set to `null`; one with a default
//! (`#[serde(default)]`) may be absent. Names of an enumeration are any text: a newer machine may know more of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::Value;

use super::arrives::{Arrivals, Arriving, arrivals};
use super::{doc, file, quoted};

const HEAD: &str = "// Generated from the Rust crate `wire` by `cargo xtask types`. Do not edit.\n";

/// What `check.ts` has for them.
const CHECKS: [&str; 8] =
    ["absent", "isBoolean", "isFields", "isList", "isMap", "isNumber", "isNumberOrNull", "isString"];

#[test]
fn export_bindings_validators() {
    std::fs::write(file("validators.ts"), Writer::default().write(&arrivals())).unwrap();
}

/// Writes each schema once, those that others refer to first.
#[derive(Default)]
struct Writer {
    out: String,
    /// Functions that are written, by the schema that they check.
    written: BTreeMap<String, String>,
    schemas: BTreeMap<String, Value>,
}

impl Writer {
    fn write(mut self, all: &Arrivals) -> String {
        self.schemas.clone_from(&all.schemas);

        let variants = variants(&all.message.schema).expect("messages are told apart by their type");
        let messages: Vec<_> = variants
            .iter()
            .map(|(tag, schema)| (quoted(tag), self.function(schema, &format!("{}Message", title(tag)))))
            .collect();
        let mut frames = Vec::new();
        for (channel, data) in &all.frames {
            let name = title(channel.name());
            let mut check = |it: &Option<Arriving>, end| {
                it.as_ref().map_or("null".to_owned(), |it| self.function(&it.schema, &format!("{name}{end}")))
            };
            frames.push((quoted(channel.name()), check(&data.key, "Key"), check(&data.change, "Change")));
        }
        let results: Vec<_> = all
            .results
            .iter()
            .map(|(method, it)| {
                (quoted(method), self.function(&it.schema, &format!("{}Result", title(method))))
            })
            .collect();
        let pair_answer = self.function(&all.pair_answer.schema, "PairAnswer");

        let out = &mut self.out;
        doc(out, "\n", &["Every message, by its type."]);
        table(out, "MESSAGES: Readonly<Record<ServerMessage['type'], Check>>", &messages);
        doc(
            out,
            "\n",
            &[
                "The data of every channel: of its key frames, and of those between. `null`: it has no frames.",
            ],
        );
        let frames: Vec<_> = frames
            .into_iter()
            .map(|(channel, key, change)| match key.as_str() {
                "null" => (channel, key),
                _ => (channel, format!("{{ key: {key}, change: {change} }}")),
            })
            .collect();
        table(out, "FRAMES: Readonly<Record<Channel, { key: Check; change: Check } | null>>", &frames);
        doc(out, "\n", &["The result of every method."]);
        table(out, "RESULTS: Readonly<Record<Method, Check>>", &results);
        doc(out, "\n", &["The answer of `POST /api/v1/pair`."]);
        writeln!(out, "export const PAIR_ANSWER: Check = {pair_answer};").unwrap();
        // By word: one name is the beginning of another.
        let words: BTreeSet<&str> = self.out.split(|c: char| !c.is_alphanumeric()).collect();
        let used: Vec<&str> = CHECKS.into_iter().filter(|check| words.contains(check)).collect();
        format!(
            "{HEAD}import {{ type Check, {} }} from './check';\n\
             import type {{ Channel, Method, ServerMessage }} from './wire';\n{}",
            used.join(", "),
            self.out
        )
    }

    /// The name of a function that checks `schema`; `name`, where it has none of its own.
    fn function(&mut self, schema: &Value, name: &str) -> String {
        if let Some(referred) = referred(schema) {
            let referred = referred.to_owned();
            let schema = self.schemas.get(&referred).cloned().expect("all that is referred to is there");
            return self.function(&schema, &referred);
        }
        let key = bare(schema).to_string();
        if let Some(name) = self.written.get(&key) {
            return name.clone();
        }
        let primitive = match &schema["type"] {
            Value::String(kind) if kind == "string" => Some("isString"),
            Value::String(kind) if kind == "integer" || kind == "number" => Some("isNumber"),
            Value::String(kind) if kind == "boolean" => Some("isBoolean"),
            Value::Array(_) if is_nullable(schema) && self.value(schema, "v", name).contains("'number'") => {
                Some("isNumberOrNull")
            }
            _ => None,
        };
        if let Some(primitive) = primitive {
            return primitive.to_owned();
        }
        let body = match variants(schema) {
            Some(variants) => self.union(schema, &variants, name),
            None => format!("(v) => {}", self.value(schema, "v", name)),
        };
        let name = format!("is{name}");
        assert!(!self.written.values().any(|other| *other == name), "two schemas are called {name}");
        writeln!(self.out, "\nconst {name}: Check = {body};").unwrap();
        self.written.insert(key, name.clone());
        name
    }

    /// Told apart by a field.
    fn union(&mut self, schema: &Value, variants: &[(String, Value)], name: &str) -> String {
        let tag = tag(schema).expect("it has variants");
        let mut body = format!("(v) => {{\n  if (!isFields(v)) return false;\n  switch (v.{tag}) {{\n");
        for (value, schema) in variants {
            let check = self.function(schema, &format!("{name}{}", title(value)));
            writeln!(body, "    case {}: return {check}(v);", quoted(value)).unwrap();
        }
        // One that is not known is a newer machine's.
        body.push_str("    default: return isString(v.");
        body.push_str(tag);
        body.push_str(");\n  }\n}");
        body
    }

    /// An expression: whether `value` fits.
    fn value(&mut self, schema: &Value, value: &str, name: &str) -> String {
        if referred(schema).is_some() {
            let check = self.function(schema, name);
            return match check.as_str() {
                "isString" => format!("typeof {value} === 'string'"),
                check => format!("{check}({value})"),
            };
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let parts: Vec<String> = parts.iter().map(|part| self.value(part, value, name)).collect();
            return parts.join(" && ");
        }
        if let Some(parts) = schema["oneOf"].as_array() {
            let parts: Vec<String> = parts.iter().map(|part| self.value(part, value, name)).collect();
            return format!("({})", parts.join(" || "));
        }
        match &schema["type"] {
            Value::Array(kinds) => {
                let mut one = schema.clone();
                let parts: Vec<String> = kinds
                    .iter()
                    .map(|kind| {
                        one["type"] = kind.clone();
                        self.value(&one, value, name)
                    })
                    .collect();
                format!("({})", parts.join(" || "))
            }
            Value::String(kind) => match kind.as_str() {
                "null" => format!("{value} === null"),
                "string" => format!("typeof {value} === 'string'"),
                "integer" | "number" => format!("typeof {value} === 'number'"),
                "boolean" => format!("typeof {value} === 'boolean'"),
                "array" => {
                    let item = self.function(&schema["items"], &format!("{name}Item"));
                    format!("isList({value}, {item})")
                }
                "object" if schema["additionalProperties"].is_object() => {
                    let item = self.function(&schema["additionalProperties"], &format!("{name}Value"));
                    format!("isMap({value}, {item})")
                }
                "object" => self.record(schema, value, name),
                other => panic!("{name}: no check for type {other}"),
            },
            Value::Null => "true".to_owned(),
            other => panic!("{name}: no check for {other}"),
        }
    }

    fn record(&mut self, schema: &Value, value: &str, name: &str) -> String {
        let mut checks = vec![format!("isFields({value})")];
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
            assert!(!field.contains('_'), "{name}.{field} is not called so on the wire");
            let at = format!("{value}.{field}");
            let check = self.value(schema, &at, &format!("{name}{}", title(field)));
            checks.push(match check.as_str() {
                "true" => continue,
                _ if is_nullable(schema) => format!("({check} || absent({value}, {}))", quoted(field)),
                _ if required.contains(&field.as_str()) => check,
                _ => format!("({at} === undefined || {check})"),
            });
        }
        checks.join("\n  && ")
    }
}

fn table(out: &mut String, head: &str, rows: &[(String, String)]) {
    writeln!(out, "export const {head} = {{").unwrap();
    for (key, value) in rows {
        writeln!(out, "  {key}: {value},").unwrap();
    }
    writeln!(out, "}};").unwrap();
}

fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

fn is_nullable(schema: &Value) -> bool {
    let is_null = |kind: &Value| kind == "null";
    schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(is_null))
        || schema["oneOf"].as_array().is_some_and(|parts| parts.iter().any(|part| is_null(&part["type"])))
}

/// The field by which the variants are told apart.
fn tag(schema: &Value) -> Option<&str> {
    let part = schema["oneOf"].as_array()?.first()?;
    let object = part["allOf"].as_array().and_then(|parts| parts.last()).unwrap_or(part);
    let properties = object["properties"].as_object()?;
    properties
        .iter()
        .find(|(_, it)| it["enum"].as_array().is_some_and(|it| it.len() == 1))
        .map(|(name, _)| name.as_str())
}

/// The variants of a union that are told apart by a field: its value, and the schema.
fn variants(schema: &Value) -> Option<Vec<(String, Value)>> {
    let tag = tag(schema)?;
    let parts = schema["oneOf"].as_array()?;
    parts
        .iter()
        .map(|part| {
            let object = part["allOf"].as_array().and_then(|parts| parts.last()).unwrap_or(part);
            Some((object["properties"][tag]["enum"][0].as_str()?.to_owned(), part.clone()))
        })
        .collect()
}

/// The schema without what is only read by people.
fn bare(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| *name != "description")
            .map(|(name, it)| (name.clone(), bare(it)))
            .collect(),
        Value::Array(items) => items.iter().map(bare).collect(),
        other => other.clone(),
    }
}

/// `process.detail` as `ProcessDetail`.
fn title(name: &str) -> String {
    let mut words = name.split(['.', '-']).map(|word| {
        let mut chars = word.chars();
        chars
            .next()
            .map(|first| first.to_uppercase().collect::<String>() + chars.as_str())
            .unwrap_or_default()
    });
    words.by_ref().collect()
}
