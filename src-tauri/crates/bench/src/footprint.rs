//! `cargo xtask bench footprint`: one table, everything in it measured the same way in the same run.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use xtask::place;

use super::crowd::Crowd;
use super::figures::median;
use super::screen::{self, Screen};
use super::selection::Selection;
use super::subjects::{self, PEERS, Running};
use super::tree::{self, Cost};
use super::{building, machine};

/// CPU and memory of agent and window, and of the peers that are installed, as a table.
#[derive(Debug, Args)]
pub(crate) struct Footprint {
    /// Seconds of one run.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Runs of each row; the median counts.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Idle processes beside those of this machine.
    #[arg(long, default_value_t = 500)]
    processes: usize,
    #[command(flatten)]
    selection: Selection,
}

/// After its start something may still be getting ready; that is not what it costs.
const SETTLE: Duration = Duration::from_secs(5);
const MIB: f64 = 1024.0 * 1024.0;

/// What a row must not pass.
#[derive(Debug, Clone, Copy)]
struct Target {
    cpu_percent: f64,
    pss_mib: Option<f64>,
}

impl Footprint {
    pub(crate) fn run(self) -> Result<ExitCode> {
        if !cfg!(target_os = "linux") {
            bail!("the bench reads /proc, so it runs on Linux only");
        }
        let window = if self.selection.no_build {
            place::built("release", "sightline").exists()
        } else {
            building::agent()?;
            building::window()
        };
        let _crowd = Crowd::start(self.processes)?;
        self.head()?;

        let target = |cpu_percent, pss_mib| Some(Target { cpu_percent, pss_mib });
        self.row("agent, 1 Hz, nobody watching", target(0.5, Some(15.0)), &|| subjects::agent(false));
        self.row("agent, one viewer with the process table", target(2.0, None), &|| subjects::agent(true));
        if window {
            self.window_rows()?;
        } else {
            println!("| window | – | – | | could not be built here |");
        }
        self.peers();
        Ok(ExitCode::SUCCESS)
    }

    fn window_rows(&self) -> Result<()> {
        let screen = Screen::start()?;
        let seen = Target { cpu_percent: 4.0, pss_mib: Some(220.0) };
        self.row("window, Overview, 1 Hz, drawn by the CPU", Some(seen), &|| {
            subjects::window(&screen, false)
        });
        // What is left is the sampling itself.
        let hidden = Target { cpu_percent: 1.0, pss_mib: None };
        self.row("window, hidden", Some(hidden), &|| subjects::window(&screen, true));
        const NAME: &str = "window, start to first numbers, warm";
        if self.selection.wants(NAME) {
            match self.first_numbers(&screen) {
                Ok(seconds) => {
                    let verdict = if seconds <= 1.5 { "kept" } else { "**missed**" };
                    println!("| {NAME} | {seconds:.2} s | | ≤ 1.5 s | {verdict} |");
                }
                Err(error) => println!("| {NAME} | – | – | | not measured: {error:#} |"),
            }
        }
        Ok(())
    }

    /// The first one warms the caches up and does not count.
    fn first_numbers(&self, screen: &Screen) -> Result<f64> {
        let times = (0..=self.runs).map(|run| {
            eprintln!("start to first numbers: run {run} of {}", self.runs);
            Ok(screen::first_numbers(screen)?.as_secs_f64())
        });
        Ok(median(times.collect::<Result<Vec<f64>>>()?.split_off(1)))
    }

    fn peers(&self) {
        let mut missing: Vec<&str> = Vec::new();
        let mut shown: Vec<&str> = Vec::new();
        for peer in PEERS {
            match place::program(peer.program) {
                Some(program) => {
                    self.row(peer.name, None, &|| (peer.start)(&program));
                    shown.push(peer.name);
                }
                None => missing.push(peer.name),
            }
        }
        missing.retain(|name| !shown.contains(name) && self.selection.wants(name));
        missing.dedup();
        for name in missing {
            println!("| {name} | – | – | | not installed |");
        }
    }

    fn row(&self, name: &str, target: Option<Target>, start: &dyn Fn() -> Result<Running>) {
        if !self.selection.wants(name) {
            return;
        }
        match self.runs_of(name, start) {
            Ok(cost) => println!("{}", line(name, cost, target)),
            Err(error) => println!("| {name} | – | – | | not measured: {error:#} |"),
        }
    }

    fn runs_of(&self, name: &str, start: &dyn Fn() -> Result<Running>) -> Result<Cost> {
        let time = Duration::from_secs(self.seconds);
        let mut costs = Vec::new();
        for run in 1..=self.runs {
            eprintln!("{name}: run {run} of {}", self.runs);
            let mut running = start()?;
            std::thread::sleep(SETTLE);
            costs.push(tree::measure(&running.roots, time)?);
            if let Some(watcher) = running.watcher.take() {
                watcher.end(time)?;
            }
        }
        Ok(Cost {
            cpu_ratio: median(costs.iter().map(|cost| cost.cpu_ratio).collect()),
            pss_bytes: median(costs.iter().map(|cost| cost.pss_bytes as f64).collect()) as u64,
        })
    }

    fn head(&self) -> Result<()> {
        println!("{}", machine::told(PEERS.iter().map(|peer| (peer.program, peer.version)))?);
        println!(
            "\nMedians of {} runs of {} s, with {} idle processes beside those of the machine. CPU: user and system \
             time of the whole process tree, 100 % is one core. Memory: PSS of the whole tree.\n",
            self.runs, self.seconds, self.processes
        );
        println!("| | CPU | memory | target | verdict |");
        println!("|---|--:|--:|---|---|");
        Ok(())
    }
}

fn line(name: &str, cost: Cost, target: Option<Target>) -> String {
    let (cpu, pss) = (cost.cpu_ratio * 100.0, cost.pss_bytes as f64 / MIB);
    let figures = format!("| {name} | {cpu:.2} % | {pss:.1} MiB |");
    let Some(Target { cpu_percent, pss_mib }) = target else { return format!("{figures} | |") };
    let memory = pss_mib.map(|mib| format!(", ≤ {mib} MiB")).unwrap_or_default();
    let kept = cpu <= cpu_percent && pss_mib.is_none_or(|mib| pss <= mib);
    let verdict = if kept { "kept" } else { "**missed**" };
    format!("{figures} ≤ {cpu_percent} %{memory} | {verdict} |")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_kept_where_both_figures_are() {
        let cost = Cost { cpu_ratio: 0.004, pss_bytes: 12 << 20 };
        let target = Some(Target { cpu_percent: 0.5, pss_mib: Some(15.0) });
        assert_eq!(line("agent", cost, target), "| agent | 0.40 % | 12.0 MiB | ≤ 0.5 %, ≤ 15 MiB | kept |");
        let heavy = Cost { pss_bytes: 16 << 20, ..cost };
        assert!(line("agent", heavy, target).ends_with("**missed** |"));
    }
}
