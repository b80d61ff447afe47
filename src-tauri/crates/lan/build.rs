//! Gathers the built page for embedding. Where it was not built, a page that says so takes its place, so that
//! a bare `cargo build` works on a fresh clone.

use std::path::Path;
use std::{env, fs, io};

const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sightline</title>\
    <p>This build of Sightline holds no page. Build one with <code>cargo xtask run --agent</code>.</p>\n";

fn main() -> io::Result<()> {
    let built = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("../../../ui/dist");
    let page = Path::new(&env::var("OUT_DIR").expect("set by cargo")).join("page");
    println!("cargo::rerun-if-changed={}", built.display());
    if page.exists() {
        fs::remove_dir_all(&page)?;
    }
    fs::create_dir_all(&page)?;
    if built.join("index.html").exists() {
        copy(&built, &page)
    } else {
        fs::write(page.join("index.html"), PLACEHOLDER)
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
