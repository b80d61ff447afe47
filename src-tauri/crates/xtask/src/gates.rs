//! The rules of the house that a command can check: which crate may know which, and what a text must not hold.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::place;

/// A package and what must be nowhere below it.
#[derive(Debug)]
struct Layer {
    package: &'static str,
    never: &'static [&'static str],
}

/// What draws a window. A name that ends in `*` stands for all that begin so.
const WINDOW: &[&str] = &["tauri*", "wry", "tao", "gtk*", "gdk*", "webkit*", "soup*", "javascriptcore*"];

/// `wire ← sampling ← station ← lan ← { agent, src-tauri }` and `wire ← client ← { agent, src-tauri }`: an arrow points
/// at what is imported. `network` and `atomic-file` stand below server and client.
const LAYERS: &[Layer] = &[
    Layer { package: "sightline-wire", never: &["sightline-*", "tokio", "sysinfo", "rustix"] },
    Layer { package: "sightline-atomic-file", never: &["sightline-*", "tokio"] },
    Layer {
        package: "sightline-network",
        never: &[
            "axum*",
            "tauri*",
            "sightline-sampling",
            "sightline-station",
            "sightline-lan",
            "sightline-client",
            "sightline-agent",
            "sightline",
        ],
    },
    Layer {
        package: "sightline-sampling",
        never: &[
            "tokio",
            "axum",
            "sightline-station",
            "sightline-lan",
            "sightline-client",
            "sightline-network",
            "sightline-agent",
            "sightline",
        ],
    },
    Layer {
        package: "sightline-station",
        never: &[
            "axum*",
            "tauri*",
            "sightline-lan",
            "sightline-client",
            "sightline-network",
            "sightline-agent",
            "sightline",
        ],
    },
    Layer {
        package: "sightline-lan",
        never: &["tauri*", "sightline-client", "sightline-agent", "sightline"],
    },
    Layer {
        package: "sightline-client",
        never: &[
            "axum*",
            "tauri*",
            "sightline-sampling",
            "sightline-station",
            "sightline-lan",
            "sightline-agent",
            "sightline",
        ],
    },
    Layer { package: "sightline-agent", never: WINDOW },
];

/// Layers: what each crate may know.
pub(crate) fn layers() -> Result<()> {
    let mut broken = Vec::new();
    for layer in LAYERS {
        broken.extend(found(&tree(&["--package", layer.package])?, layer));
    }
    // A bare `cargo build` must work where no webview is installed.
    let bare = Layer { package: "default-members", never: WINDOW };
    broken.extend(found(&tree(&["--workspace", "--exclude", "sightline"])?, &bare));
    let members = default_members()?;
    if members.contains("sightline") {
        broken.push(
            "default-members holds the window's package, so a bare `cargo build` needs a webview".to_owned(),
        );
    }
    verdict(broken)
}

fn found(packages: &BTreeSet<String>, layer: &Layer) -> Vec<String> {
    let hit = |package: &&String| {
        *package != layer.package
            && layer.never.iter().any(|never| match never.strip_suffix('*') {
                Some(start) => package.starts_with(start),
                None => package == never,
            })
    };
    packages
        .iter()
        .filter(hit)
        .map(|package| format!("{} must not depend on {package}", layer.package))
        .collect()
}

/// Names of the packages that `cargo tree` lists, for every system; without those of tests.
fn tree(which: &[&str]) -> Result<BTreeSet<String>> {
    let output = place::cargo()
        .args([
            "tree",
            "--quiet",
            "--target",
            "all",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .args(which)
        .output()
        .context("running cargo tree")?;
    if !output.status.success() {
        bail!("cargo tree {}: {}", which.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout).context("reading the output of cargo tree")?;
    Ok(text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}

/// Names of the packages that a bare `cargo build` takes.
fn default_members() -> Result<BTreeSet<String>> {
    let output = place::cargo().args(["metadata", "--format-version=1", "--no-deps"]).output()?;
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("reading cargo metadata")?;
    let list = |key: &str| metadata[key].as_array().cloned().unwrap_or_default();
    let defaults = list("workspace_default_members");
    Ok(list("packages")
        .iter()
        .filter(|package| defaults.contains(&package["id"]))
        .filter_map(|package| Some(package["name"].as_str()?.to_owned()))
        .collect())
}

/// What the top of the repository may hold, dot-files aside.
const TOP: &[&str] = &["Cargo.toml", "Cargo.lock", "src-tauri", "ui", "icons", "README.md", "LICENSE"];

/// The top level holds what architecture says, and nothing else.
pub(crate) fn top_level() -> Result<()> {
    let output = place::command("git").args(["ls-files", "-z"]).output().context("running git ls-files")?;
    let text = String::from_utf8(output.stdout)?;
    let top: BTreeSet<&str> = text.split('\0').filter_map(|path| path.split('/').next()).collect();
    verdict(
        top.into_iter()
            .filter(|name| !name.is_empty() && !name.starts_with('.') && !TOP.contains(name))
            .map(|name| format!("{name} does not belong at the top of the repository"))
            .collect(),
    )
}

/// `unsafe` is sampling's alone. The lint denies it everywhere; this finds an `allow` elsewhere.
pub(crate) fn unsafe_only_in_sampling() -> Result<()> {
    let mut broken = Vec::new();
    for file in files(&place::root().join("src-tauri"), &["rs"])? {
        if file.starts_with(place::root().join("src-tauri/crates/sampling")) {
            continue;
        }
        each_line(&file, |number, line| {
            let code = line.split("//").next().unwrap_or_default();
            let allows = ["allow", "expect"].iter().any(|word| code.contains(&format!("{word}(unsafe_code")));
            if allows
                || ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"]
                    .iter()
                    .any(|it| begins_word(code, it))
            {
                broken.push(format!("{}:{number}: unsafe belongs in sampling", shown(&file)));
            }
        })?;
    }
    verdict(broken)
}

/// `needle` stands in `code` at the beginning of a word and not in a text.
fn begins_word(code: &str, needle: &str) -> bool {
    code.match_indices(needle).any(|(at, _)| {
        let before = &code[..at];
        !before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
            && before.replace("\\\"", "").matches('"').count().is_multiple_of(2)
    })
}

/// What would make foreign text into markup.
const MARKUP: &[&str] = &["{@html", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"];

/// Text from any machine is rendered as text.
pub(crate) fn no_markup_from_text() -> Result<()> {
    let mut broken = Vec::new();
    for file in files(&place::ui().join("src"), &["svelte", "ts", "js", "html"])? {
        each_line(&file, |number, line| {
            for word in MARKUP.iter().filter(|word| line.contains(**word)) {
                broken.push(format!("{}:{number}: {word} makes text into markup", shown(&file)));
            }
        })?;
    }
    verdict(broken)
}

/// The page draws when data arrives: nothing in it moves by itself.
pub(crate) fn nothing_draws_by_itself() -> Result<()> {
    let mut broken = Vec::new();
    for file in files(&place::ui().join("src"), &["svelte", "ts", "js", "css", "html"])? {
        let text = fs::read_to_string(&file)?;
        for rule in text.split([';', '{', '}']).filter(|rule| rule.contains("animation")) {
            if rule.split(|c: char| !c.is_alphanumeric()).any(|word| word == "infinite") {
                broken.push(format!("{}: an animation without end: {}", shown(&file), rule.trim()));
            }
        }
        for name in frame_loops(&text) {
            broken.push(format!("{}: {name} asks for a frame from within a frame", shown(&file)));
        }
    }
    verdict(broken)
}

/// Functions that hand themselves to `requestAnimationFrame`.
fn frame_loops(text: &str) -> Vec<&str> {
    const CALL: &str = "requestAnimationFrame(";
    let mut loops = Vec::new();
    for (at, _) in text.match_indices(CALL) {
        let handed =
            text[at + CALL.len()..].split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').next();
        let Some(name) = handed.filter(|name| !name.is_empty() && *name != "function" && *name != "async")
        else {
            continue;
        };
        let inside = [format!("function {name}("), format!("{name} = ("), format!("{name} = function")]
            .iter()
            .filter_map(|head| Some(text.find(head.as_str())? + head.len()))
            .any(|start| body(&text[start..]).contains(CALL));
        if inside && !loops.contains(&name) {
            loops.push(name);
        }
    }
    loops
}

/// From the first brace of `text` to the one that closes it.
fn body(text: &str) -> &str {
    let Some(open) = text.find('{') else { return "" };
    let mut depth = 0;
    for (at, c) in text[open..].char_indices() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if depth == 0 {
            return &text[open..=open + at];
        }
    }
    &text[open..]
}

fn verdict(broken: Vec<String>) -> Result<()> {
    if broken.is_empty() { Ok(()) } else { bail!("       {}", broken.join("\n       ")) }
}

fn each_line(file: &Path, mut look: impl FnMut(usize, &str)) -> Result<()> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    text.lines().enumerate().for_each(|(index, line)| look(index + 1, line));
    Ok(())
}

fn shown(file: &Path) -> String {
    file.strip_prefix(place::root()).unwrap_or(file).display().to_string()
}

/// All files below `folder` with one of these endings, sorted; tests aside, and what the fuzzer builds.
fn files(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                if !path.ends_with("target") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|it| endings.iter().any(|ending| it == *ending))
                && !path.to_string_lossy().contains(".test.")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_asks_for_the_next_is_a_loop_and_one_that_batches_is_none() {
        let looping =
            "function draw() { paint(); requestAnimationFrame(draw); }\nrequestAnimationFrame(draw);";
        assert_eq!(frame_loops(looping), ["draw"]);
        let arrow = "const tick = () => { if (on) { requestAnimationFrame(tick) } }";
        assert_eq!(frame_loops(arrow), ["tick"]);
        let batch = "function ask() { requestAnimationFrame(paint); }\nfunction paint() { drawAll(); }";
        assert!(frame_loops(batch).is_empty());
        assert!(frame_loops("requestAnimationFrame(() => { drawAll(); });").is_empty());
    }

    #[test]
    fn a_layer_is_broken_by_name_or_by_beginning() {
        let packages: BTreeSet<String> =
            ["sightline-agent", "gtk", "gtk-sys", "tokio"].map(str::to_owned).into();
        let layer = Layer { package: "sightline-agent", never: &["gtk*", "axum"] };
        assert_eq!(found(&packages, &layer).len(), 2);
    }

    #[test]
    fn unsafe_is_found_as_a_word_of_code() {
        assert!(begins_word("let x = unsafe { y };", "unsafe {"));
        assert!(!begins_word("call(b\"it is unsafe {", "unsafe {"));
        assert!(!begins_word("not_unsafe { y }", "unsafe {"));
    }
}
