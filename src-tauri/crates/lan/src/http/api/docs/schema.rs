//! Schemas of the document in words and rows.

use serde_json::Value;

use super::html::Html;

/// Where references point.
const COMPONENTS: &str = "#/components/schemas/";

/// Name of the schema that `schema` refers to.
fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix(COMPONENTS)
}

/// Id of the section that describes a schema.
pub(super) fn anchor(html: &mut Html, name: &str) {
    html.markup("schema-").text(name);
}

/// The type of a value in a few words, with links to the schemas it is made of.
pub(super) fn kind(html: &mut Html, schema: &Value) {
    if let Some(name) = referred(schema) {
        html.markup("<a href=\"#");
        anchor(html, name);
        html.markup("\">").text(name).markup("</a>");
        return;
    }
    for parts in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema[parts].as_array() {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    html.markup(" or ");
                }
                match part["description"].as_str() {
                    Some(words) => drop(html.text(words)),
                    None => kind(html, part),
                }
            }
            return;
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        for (index, value) in values.iter().filter_map(Value::as_str).enumerate() {
            html.markup(if index > 0 { " | <code>" } else { "<code>" }).text(value).markup("</code>");
        }
        return;
    }
    match &schema["type"] {
        Value::Array(types) => {
            let mut one = schema.clone();
            for (index, name) in types.iter().enumerate() {
                if index > 0 {
                    html.markup(" or ");
                }
                one["type"] = name.clone();
                kind(html, &one);
            }
        }
        Value::String(name) => match name.as_str() {
            "array" => {
                html.markup("list of ");
                kind(html, &schema["items"]);
            }
            "object" if schema["additionalProperties"].is_object() => {
                html.markup("map of ");
                kind(html, &schema["additionalProperties"]);
            }
            "string" if schema["format"] == "date-time" => drop(html.markup("RFC 3339 time")),
            "string" if schema["format"] == "uuid" => drop(html.markup("UUID")),
            "string" => drop(html.markup("text")),
            other => drop(html.text(other)),
        },
        _ => drop(html.markup("anything")),
    }
}

/// The bounds of a value, and its default.
pub(super) fn bounds(schema: &Value) -> Option<String> {
    let least = |key: &str| schema[key].as_u64();
    let mut words = Vec::new();
    if let (Some(from), Some(to)) = (least("minimum"), least("maximum")) {
        words.push(format!("{from} to {to}"));
    }
    if let Some(most) = least("maxLength") {
        words.push(format!("{most} characters at most"));
    }
    if let (Some(from), Some(to)) = (least("minItems"), least("maxItems")) {
        words.push(format!("{from} to {to} of them"));
    }
    match &schema["default"] {
        Value::Null => {}
        Value::String(text) => words.push(format!("without it {text}")),
        value => words.push(format!("without it {value}")),
    }
    (!words.is_empty()).then(|| words.join(", "))
}

/// A schema with its fields, as a section of its own.
pub(super) fn section(html: &mut Html, name: &str, schema: &Value) {
    html.markup("<section class=\"schema\" id=\"");
    anchor(html, name);
    html.markup("\"><h3>").text(name).markup("</h3>");
    html.prose(schema["description"].as_str().unwrap_or_default());
    body(html, schema);
    html.markup("</section>");
}

fn body(html: &mut Html, schema: &Value) {
    if let Some(parts) = schema["allOf"].as_array() {
        for part in parts {
            match referred(part) {
                Some(_) => {
                    html.markup("<p>All of ");
                    kind(html, part);
                    html.markup(", and:</p>");
                }
                None => body(html, part),
            }
        }
    } else if let Some(properties) = schema["properties"].as_object() {
        html.markup("<dl class=\"fields\">");
        // The names of fields that are always there stand in the order of the program, which is the reading order.
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let others = properties.keys().map(String::as_str).filter(|name| !required.contains(name));
        for name in required.iter().copied().chain(others) {
            field(html, name, &properties[name], !required.contains(&name));
        }
        html.markup("</dl>");
    } else {
        html.markup("<p class=\"kind\">");
        kind(html, schema);
        html.markup("</p>");
    }
}

fn field(html: &mut Html, name: &str, schema: &Value, may_be_absent: bool) {
    html.markup("<div><dt><code>").text(name).markup("</code><span class=\"kind\">");
    kind(html, schema);
    html.markup("</span>");
    if may_be_absent {
        html.markup("<span class=\"tag\">may be absent</span>");
    }
    html.markup("</dt><dd>");
    html.prose(schema["description"].as_str().unwrap_or_default());
    html.markup("</dd></div>");
}

/// JSON for people: short lists stand on one line.
pub(super) fn pretty(value: &Value, indent: usize) -> String {
    let flat = value.to_string();
    if flat.len() + indent <= 64 {
        return spaced(value);
    }
    let pad = " ".repeat(indent + 2);
    let close = " ".repeat(indent);
    match value {
        Value::Array(items) => {
            let lines: Vec<_> =
                items.iter().map(|item| format!("{pad}{}", pretty(item, indent + 2))).collect();
            format!("[\n{}\n{close}]", lines.join(",\n"))
        }
        Value::Object(fields) => {
            let lines: Vec<_> = fields
                .iter()
                .map(|(name, value)| {
                    format!("{pad}{}: {}", Value::from(name.as_str()), pretty(value, indent + 2))
                })
                .collect();
            format!("{{\n{}\n{close}}}", lines.join(",\n"))
        }
        scalar => scalar.to_string(),
    }
}

/// JSON on one line, with a space where a person would put one.
fn spaced(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(spaced).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let pairs =
                fields.iter().map(|(name, it)| format!("{}: {}", Value::from(name.as_str()), spaced(it)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}
