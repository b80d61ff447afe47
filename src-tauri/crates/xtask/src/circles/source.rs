//! The modules of a crate as they stand in its files: which there are, what each declares, what it imports, and which
//! paths it names. What is compiled for tests only is left out.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::lexer::{Kind, Token, tokens};

/// A module: a file, or a block within one.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// Names from the crate's root, which itself has none.
    pub(super) path: Vec<String>,
    /// Its file, for people.
    pub(super) file: PathBuf,
    /// Modules that it declares.
    pub(super) children: BTreeSet<String>,
    /// Names of items that it declares.
    pub(super) items: BTreeSet<String>,
    pub(super) imports: Vec<Import>,
    /// Paths of two names and more outside of imports.
    pub(super) paths: Vec<Named>,
    /// All names outside of imports.
    pub(super) names: BTreeSet<String>,
}

/// One name that a `use` brings in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Import {
    pub(super) named: Named,
    /// What it is called here; `None` where all of a module comes in (`*`).
    pub(super) alias: Option<String>,
    /// Others may have it from here (`pub use`).
    pub(super) shared: bool,
}

/// A path as it is written, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
}

/// All modules of the crate whose root is `root`.
pub(super) fn modules(root: &Path) -> Result<Vec<Module>> {
    let folder = root.parent().context("a crate's root lies in a folder")?;
    let mut modules = Vec::new();
    read(root, folder, Vec::new(), &mut modules)?;
    Ok(modules)
}

/// The modules of a crate that stands in one text.
#[cfg(test)]
pub(super) fn modules_in(source: &str) -> Vec<Module> {
    let mut modules = Vec::new();
    scan(&tokens(source), Path::new("lib.rs"), Path::new(""), Vec::new(), &mut modules).expect("no files");
    modules
}

/// Reads a module from `file`; its children lie in `folder`.
fn read(file: &Path, folder: &Path, path: Vec<String>, into: &mut Vec<Module>) -> Result<()> {
    let source = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    scan(&tokens(&source), file, folder, path, into)
}

/// What is declared behind `mod`.
struct Declared {
    name: String,
    /// Where its block is, if it has one.
    block: Option<(usize, usize)>,
    /// Its file where an attribute names it.
    file: Option<PathBuf>,
}

fn scan(
    tokens: &[Token],
    file: &Path,
    folder: &Path,
    path: Vec<String>,
    into: &mut Vec<Module>,
) -> Result<()> {
    let mut module = Module { path, file: file.to_owned(), ..Module::default() };
    let mut declared = Vec::new();
    let (mut at, mut depth) = (0, 0_usize);
    let mut named_file = None;
    while let Some(token) = tokens.get(at) {
        if is_test_only(tokens, at) {
            at = item_end(tokens, attribute_end(tokens, at));
            continue;
        }
        if sign(tokens, at) == Some('#') {
            let end = attribute_end(tokens, at);
            named_file = file_named(&tokens[at..end], file).or(named_file);
            attribute(&mut module, &tokens[at..end]);
            at = end;
            continue;
        }
        match &token.kind {
            Kind::Sign('{') => depth += 1,
            Kind::Sign('}') => depth = depth.saturating_sub(1),
            Kind::Name(word) if word == "use" => {
                let end = item_end(tokens, at);
                let shared = is_shared(tokens, at);
                imports(&tokens[at + 1..end], &mut Vec::new(), shared, &mut module.imports);
                at = end;
                continue;
            }
            Kind::Name(word) if word == "mod" && depth == 0 => {
                if let Some(name) = name(tokens, at + 1) {
                    let end = item_end(tokens, at);
                    let block = (sign(tokens, at + 2) == Some('{')).then_some((at + 3, end - 1));
                    declared.push(Declared { name: name.to_owned(), block, file: named_file.take() });
                    at = end;
                    continue;
                }
            }
            Kind::Name(word) => {
                if depth == 0 && declares(word) {
                    module.items.extend(name(tokens, at + 1).map(str::to_owned));
                }
                at = named(&mut module, tokens, at);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    module.children = declared.iter().map(|declared| declared.name.clone()).collect();
    let path = module.path.clone();
    into.push(module);
    for Declared { name, block, file: named } in declared {
        let path: Vec<_> = path.iter().cloned().chain([name.clone()]).collect();
        let folder = folder.join(&name);
        match block {
            Some((from, to)) => scan(&tokens[from..to], file, &folder, path, into)?,
            None => {
                let usual = [folder.with_extension("rs"), folder.join("mod.rs")];
                let Some(file) = named.into_iter().chain(usual).find(|file| file.is_file()) else {
                    bail!("{} declares {name}, which has no file", file.display());
                };
                read(&file, &folder, path, into)?;
            }
        }
    }
    Ok(())
}

/// The file that an attribute of a module names (`#[path = "…"]`), which is declared in `file`.
fn file_named(attribute: &[Token], file: &Path) -> Option<PathBuf> {
    match attribute {
        [_, _, word, _, Token { kind: Kind::Text(path), .. }, ..]
            if word.kind == Kind::Name("path".to_owned()) =>
        {
            Some(file.with_file_name("").join(path))
        }
        _ => None,
    }
}

/// Words behind which an item's name stands.
fn declares(word: &str) -> bool {
    matches!(word, "fn" | "struct" | "enum" | "union" | "trait" | "type" | "const" | "static")
}

/// Takes the path that begins at `at`; where it ends.
fn named(module: &mut Module, tokens: &[Token], at: usize) -> usize {
    let mut path = Vec::new();
    let mut end = at;
    while let Some(word) = name(tokens, end) {
        path.push(word.to_owned());
        end += 1;
        if tokens.get(end).map(|token| &token.kind) != Some(&Kind::Path) || name(tokens, end + 1).is_none() {
            break;
        }
        end += 1;
    }
    // What follows `.` is a field or a method, and what follows `::` belongs to a path that no name begins.
    let is_start = at == 0 || (sign(tokens, at - 1) != Some('.') && tokens[at - 1].kind != Kind::Path);
    module.names.extend(path.iter().cloned());
    if path.len() > 1 && is_start {
        module.paths.push(Named { path, line: tokens[at].line });
    }
    end
}

/// Names in an attribute, those in texts too: serde names functions there.
fn attribute(module: &mut Module, tokens: &[Token]) {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match &token.kind {
            Kind::Name(_) => {
                at = named(module, tokens, at);
                continue;
            }
            Kind::Text(text) if text.contains("::") => {
                let path: Vec<_> = text.split("::").map(|part| part.trim().to_owned()).collect();
                let is_name =
                    |part: &String| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
                if path.iter().all(is_name) {
                    module.paths.push(Named { path, line: token.line });
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// The names that the tree of a `use` brings in; `before` stands in front of it.
fn imports(tree: &[Token], before: &mut Vec<String>, shared: bool, into: &mut Vec<Import>) {
    let (depth, mut at) = (before.len(), 0);
    let Some(line) = tree.first().map(|token| token.line) else { return };
    while let Some(token) = tree.get(at) {
        match &token.kind {
            Kind::Name(word) if word == "as" => {
                let alias = name(tree, at + 1).unwrap_or_default().to_owned();
                into.push(Import { named: Named { path: before.clone(), line }, alias: Some(alias), shared });
                before.truncate(depth);
                return;
            }
            Kind::Name(word) => before.push(word.clone()),
            Kind::Sign('*') => {
                into.push(Import { named: Named { path: before.clone(), line }, alias: None, shared });
                before.truncate(depth);
                return;
            }
            Kind::Sign('{') => {
                let end = closing(tree, at);
                for part in parts(&tree[at + 1..end]) {
                    imports(part, before, shared, into);
                }
                before.truncate(depth);
                return;
            }
            Kind::Sign(';') => break,
            _ => {}
        }
        at += 1;
    }
    if before.len() > depth {
        // `use a::{self}` brings in `a`.
        let mut path = before.clone();
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let alias = path.last().cloned();
        into.push(Import { named: Named { path, line }, alias, shared });
    }
    before.truncate(depth);
}

/// What stands between the commas of a list, nested lists left whole.
fn parts(list: &[Token]) -> Vec<&[Token]> {
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, token) in list.iter().enumerate() {
        match token.kind {
            Kind::Sign('{') => depth += 1,
            Kind::Sign('}') => depth = depth.saturating_sub(1),
            Kind::Sign(',') if depth == 0 => {
                parts.push(&list[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[from..]);
    parts
}

/// Whether an attribute at `at` keeps what follows for tests.
fn is_test_only(tokens: &[Token], at: usize) -> bool {
    let words = ["cfg", "test"].map(|word| Kind::Name(word.to_owned()));
    let expected =
        [&Kind::Sign('#'), &Kind::Sign('['), &words[0], &Kind::Sign('('), &words[1], &Kind::Sign(')')];
    let found = tokens.get(at..at + expected.len());
    found.is_some_and(|found| found.iter().map(|token| &token.kind).eq(expected))
}

/// Whether the `use` at `at` is one that others may have.
fn is_shared(tokens: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1);
    before.is_some_and(|before| name(tokens, before) == Some("pub") || sign(tokens, before) == Some(')'))
}

/// Where the attribute at `at` ends.
fn attribute_end(tokens: &[Token], at: usize) -> usize {
    let open = (at..tokens.len()).find(|at| sign(tokens, *at) == Some('['));
    open.map_or(tokens.len(), |open| closing(tokens, open) + 1)
}

/// Where the item, the field or the arm ends that begins at `at`: behind its semicolon, its block or its comma.
fn item_end(tokens: &[Token], mut at: usize) -> usize {
    // Further attributes stand before it.
    while sign(tokens, at) == Some('#') {
        at = attribute_end(tokens, at);
    }
    let is_use = |word: &str| matches!(word, "use" | "pub");
    let is_item = name(tokens, at).is_some_and(|word| {
        declares(word) || is_use(word) || matches!(word, "impl" | "mod" | "async" | "unsafe" | "extern")
    });
    let mut within_use = false;
    while at < tokens.len() {
        within_use |= name(tokens, at) == Some("use");
        match sign(tokens, at) {
            Some('{') if !within_use => return closing(tokens, at) + 1,
            Some('{' | '(' | '[') => at = closing(tokens, at),
            Some(',') if is_item => {}
            Some(';' | ',' | '}') => return at + 1,
            _ => {}
        }
        at += 1;
    }
    tokens.len()
}

/// Where the bracket closes that opens at `at`.
fn closing(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(at) {
        match token.kind {
            Kind::Sign('{' | '(' | '[') => depth += 1,
            Kind::Sign('}' | ')' | ']') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    tokens.len().saturating_sub(1)
}

fn name(tokens: &[Token], at: usize) -> Option<&str> {
    match &tokens.get(at)?.kind {
        Kind::Name(name) => Some(name),
        _ => None,
    }
}

fn sign(tokens: &[Token], at: usize) -> Option<char> {
    match tokens.get(at)?.kind {
        Kind::Sign(sign) => Some(sign),
        _ => None,
    }
}
