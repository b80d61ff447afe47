//! Gathers the built page for embedding. Where it was not built, a page that says so takes its place, so that
//! a bare `cargo build` works on a fresh clone. Beside it lies the stylesheet of `/api/docs`.

use std::path::Path;
use std::{env, fs, io};

const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sightline</title>\
    <p>This build of Sightline holds no page. Build one with <code>cargo xtask run --agent</code>.</p>\n";

fn main() -> io::Result<()> {
    let own = env::var("CARGO_MANIFEST_DIR").expect("set by cargo");
    let (own, ui) = (Path::new(&own), Path::new(&own).join("../../../ui"));
    let built = ui.join("dist");
    let page = Path::new(&env::var("OUT_DIR").expect("set by cargo")).join("page");
    println!("cargo::rerun-if-changed={}", built.display());
    if page.exists() {
        fs::remove_dir_all(&page)?;
    }
    fs::create_dir_all(&page)?;
    if built.join("index.html").exists() {
        copy(&built, &page)?;
    } else {
        fs::write(page.join("index.html"), PLACEHOLDER)?;
    }
    let sheets = [ui.join("src/styles/tokens.css"), own.join("src/http/api/docs/docs.css")];
    let mut style = font(&page)?;
    for sheet in sheets {
        println!("cargo::rerun-if-changed={}", sheet.display());
        style.push_str(&fs::read_to_string(sheet)?);
    }
    fs::write(page.join("docs.css"), style)
}

/// The page's own typeface for `/api/docs`, where it was built: its file has a name made by the build.
fn font(page: &Path) -> io::Result<String> {
    let assets = page.join("assets");
    let mut style = String::new();
    for entry in if assets.exists() { Some(fs::read_dir(assets)?) } else { None }.into_iter().flatten() {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with("inter-latin-wght-normal") {
            style = format!(
                "@font-face {{ font-family: Inter; font-weight: 100 900; src: url(/assets/{name}) format(\"woff2\"); }}\n"
            );
        }
    }
    Ok(style)
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
