//! Circles of modules: none in any crate, so that each module can be read, tested and moved with what stands below it.
//!
//! What counts as a use is what the source says by name: imports, and paths in code, in attributes and in texts of
//! attributes, as far as they lead to an item, or take in all of a module (`*`). A re-export is followed to the module that declares the item, and is no
//! use of its own. Tests do not count. A method that is called says nothing of where it is written, and does not count.
//! What a circle is says [`graph`].
//!
//! In reading order: [`lexer`] (text to tokens) → [`source`] (tokens to modules) → [`graph`] (modules to circles).

mod graph;
mod lexer;
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::place;

/// No crate has a circle of modules.
pub(crate) fn none() -> Result<()> {
    let mut found = Vec::new();
    for root in roots(&place::root().join("src-tauri"))? {
        found.extend(of_crate(&root, place::root())?);
    }
    if found.is_empty() { Ok(()) } else { bail!("       {}", found.join("\n       ")) }
}

/// The root file of each crate: those of the window, and all below `crates`; a package may have a library and a program.
fn roots(folder: &Path) -> Result<Vec<PathBuf>> {
    let crates = folder.join("crates");
    let entries = fs::read_dir(&crates).with_context(|| format!("reading {}", crates.display()))?;
    let mut folders = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    folders.push(folder.to_owned());
    folders.sort();
    let roots = |folder: &PathBuf| ["src/lib.rs", "src/main.rs"].map(|file| folder.join(file));
    Ok(folders.iter().flat_map(roots).filter(|file| file.is_file()).collect())
}

/// The circles of one crate, a few lines each, with paths from `top`.
fn of_crate(root: &Path, top: &Path) -> Result<Vec<String>> {
    let mut modules = source::modules(root)?;
    for module in &mut modules {
        module.file = module.file.strip_prefix(top).unwrap_or(&module.file).to_owned();
    }
    let package = root.ancestors().nth(2).and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let circles = graph::circles(&modules, &graph::uses(&modules));
    Ok(circles
        .iter()
        .map(|circle| {
            let mut text = format!(
                "{package}: {} modules in a circle: {}",
                circle.places.len(),
                circle.places.join(", ")
            );
            for (from, to, said) in &circle.steps {
                text += &format!("\n           {from} → {to}: {said}");
            }
            text
        })
        .collect())
}
