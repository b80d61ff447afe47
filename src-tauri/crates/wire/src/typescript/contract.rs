//! `contract.ts`: constants, and the tables of channels, methods, scopes and close codes.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{Constant, doc, file, quoted};
use crate::process::Top;
use crate::{Channel, Goodbye, Scope, limits, link, methods};

const HEAD: &str = "// Generated from the Rust crate `wire` by `cargo xtask types`. Do not edit.\n";

#[test]
fn export_bindings_contract() {
    std::fs::write(file("contract.ts"), contract()).unwrap();
}

fn contract() -> String {
    let methods = methods::listed();
    let mut imports: BTreeSet<&str> = ["Channel", "Goodbye", "Method", "Scope"].into();
    for method in &methods {
        imports.extend(method.params.iter().flat_map(|it| it.imports()).chain(method.result.imports()));
    }
    let imports: Vec<&str> = imports.into_iter().collect();
    let mut out = HEAD.to_owned();
    writeln!(out, "import type {{ {} }} from './wire';", imports.join(", ")).unwrap();

    constants(&mut out);
    scopes(&mut out);
    channels(&mut out);
    close_codes(&mut out);

    doc(&mut out, "\n", &["Every method: the scope that it needs."]);
    writeln!(out, "export const METHODS: Readonly<Record<Method, Scope>> = {{").unwrap();
    for it in &methods {
        writeln!(out, "  {}: {},", quoted(it.method.name()), scope(it.method.scope())).unwrap();
    }
    writeln!(out, "}};").unwrap();

    doc(&mut out, "\n", &["What each method takes and gives."]);
    writeln!(out, "export interface Methods {{").unwrap();
    for it in &methods {
        doc(&mut out, "  ", it.about);
        let params = it.params.as_ref().map_or("undefined", |params| &params.0);
        let (name, result) = (quoted(it.method.name()), &it.result.0);
        writeln!(out, "  {name}: {{ params: {params}; result: {result} }};").unwrap();
    }
    writeln!(out, "}}").unwrap();
    out
}

fn constants(out: &mut String) {
    let modules = [crate::listed(), limits::listed(), link::listed(), crate::process::listed()];
    let mut names = BTreeSet::new();
    for Constant { name, about, value } in modules.iter().flatten() {
        assert!(names.insert(name), "two constants are called {name}");
        doc(out, "\n", about);
        // A number is a number: what is counted with it need not be of its literal type.
        let number = if value.starts_with(|c: char| c.is_ascii_digit()) { ": number" } else { "" };
        let list = if value.starts_with('[') { " as const" } else { "" };
        writeln!(out, "export const {name}{number} = {value}{list};").unwrap();
    }
    doc(out, "\n", &["Processes in each list of channel `top`, at most."]);
    writeln!(out, "export const TOP_LENGTH: number = {};", Top::LENGTH).unwrap();
}

fn scopes(out: &mut String) {
    let all: Vec<String> = Scope::ALL.into_iter().map(scope).collect();
    doc(out, "\n", &["Every scope; each includes those before it."]);
    writeln!(out, "export const SCOPES = [{}] as const satisfies readonly Scope[];", all.join(", ")).unwrap();
}

fn channels(out: &mut String) {
    doc(
        out,
        "\n",
        &["Every channel: the time between two frames (0: every tick), and the scope that it needs."],
    );
    let type_of = "Readonly<Record<Channel, { intervalMs: number; scope: Scope }>>";
    writeln!(out, "export const CHANNELS: {type_of} = {{").unwrap();
    for channel in Channel::ALL {
        let (name, every) = (quoted(channel.name()), channel.interval_ms());
        writeln!(out, "  {name}: {{ intervalMs: {every}, scope: {} }},", scope(channel.scope())).unwrap();
    }
    writeln!(out, "}};").unwrap();
}

fn close_codes(out: &mut String) {
    doc(out, "\n", &["The WebSocket close code that goes with each reason."]);
    writeln!(out, "export const CLOSE_CODES: Readonly<Record<Goodbye, number>> = {{").unwrap();
    for reason in Goodbye::ALL {
        writeln!(out, "  {}: {},", word(&reason), reason.close_code()).unwrap();
    }
    writeln!(out, "}};").unwrap();
}

fn scope(scope: Scope) -> String {
    format!("'{}'", word(&scope))
}

/// A name on the wire.
fn word<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}
