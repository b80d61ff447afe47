//! When and where something was measured, and with which versions.

use std::process::Command;

use anyhow::Result;
use xtask::place;

/// Two lines: date and machine, then versions of Sightline and of `programs`, each with what makes it tell its own.
pub(crate) fn told<'a>(programs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<String> {
    let cpu = std::fs::read_to_string("/proc/cpuinfo")?;
    let model =
        cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':')).map_or("", |it| it.1);
    let memory = std::fs::read_to_string("/proc/meminfo")?;
    let kib = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")?.split_ascii_whitespace().next());
    let gib = kib.and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0 / 1024.0;
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let revision =
        first_line("git", &["-C", &place::root().to_string_lossy(), "rev-parse", "--short", "HEAD"]);
    let mut versions = vec![format!("Sightline {} ({revision})", env!("CARGO_PKG_VERSION"))];
    for (program, version) in programs {
        if place::program(program).is_some() {
            versions.push(first_line(program, &[version]));
        }
    }
    Ok(format!(
        "{}, {}, {cores} cores, {gib:.0} GiB, Linux {}\n\n{}",
        first_line("date", &["--utc", "+%Y-%m-%d %H:%M UTC"]),
        model.trim(),
        first_line("uname", &["--kernel-release"]),
        versions.join(" · ")
    ))
}

fn first_line(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
}
