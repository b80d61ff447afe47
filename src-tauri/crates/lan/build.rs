//! Gathers the built page for embedding. Where it was not built, a page that says so takes its place, so that
//! a bare `cargo build` works on a fresh clone. Beside it lies the stylesheet of `/api/docs`.
//!
//! Each file is there as it is and, where that is shorter, compressed (folders `br` and `gzip`): serving the page costs
//! no compression, whoever asks for it.

use std::io::Write;
use std::path::Path;
use std::{env, fs, io};

use brotli::CompressorWriter;
use flate2::Compression;
use flate2::write::GzEncoder;

const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sightline</title>\
    <p>This build of Sightline holds no page. Build one with <code>cargo xtask run --agent</code>.</p>\n";

fn main() -> io::Result<()> {
    let own = env::var("CARGO_MANIFEST_DIR").expect("set by cargo");
    let (own, ui) = (Path::new(&own), Path::new(&own).join("../../../ui"));
    let built = ui.join("dist");
    let out = env::var("OUT_DIR").expect("set by cargo");
    let [page, br, gzip] = ["page", "br", "gzip"].map(|folder| Path::new(&out).join(folder));
    println!("cargo::rerun-if-changed={}", built.display());
    for folder in [&page, &br, &gzip] {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
    }
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
    fs::write(page.join("docs.css"), style)?;
    // As far as it goes takes 12 s: too long for each debug build.
    let best = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    compress(&page, &br, &|text| brotli_of(text, if best { 11 } else { 5 }))?;
    compress(&page, &gzip, &|text| {
        gzip_of(text, if best { Compression::best() } else { Compression::default() })
    })
}

/// Puts the files of `from` that are shorter so into `to`, under the same names.
fn compress(from: &Path, to: &Path, compressed: &impl Fn(&[u8]) -> io::Result<Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            compress(&entry.path(), &target, compressed)?;
            continue;
        }
        let whole = fs::read(entry.path())?;
        let short = compressed(&whole)?;
        // Pictures and typefaces are compressed already: for a few bytes less nothing is embedded twice.
        if short.len() < whole.len() / 10 * 9 {
            fs::write(target, short)?;
        }
    }
    Ok(())
}

fn brotli_of(text: &[u8], quality: u32) -> io::Result<Vec<u8>> {
    const BUFFER_BYTES: usize = 64 * 1024;
    // Windows of 2^22 bytes hold every file whole.
    let mut writer = CompressorWriter::new(Vec::new(), BUFFER_BYTES, quality, 22);
    writer.write_all(text)?;
    Ok(writer.into_inner())
}

fn gzip_of(text: &[u8], level: Compression) -> io::Result<Vec<u8>> {
    let mut writer = GzEncoder::new(Vec::new(), level);
    writer.write_all(text)?;
    writer.finish()
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
