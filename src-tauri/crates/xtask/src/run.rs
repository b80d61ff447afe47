//! `cargo xtask run`: from a clone to a window, or to an agent where there is no display.

use std::process::{Child, Command, ExitCode};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::selection::Selection;
use crate::{install, node, place};

/// Install what is missing, build, and open the window.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Run the agent instead of the window.
    #[arg(long)]
    agent: bool,
    /// Serve the page by Vite, which reloads it when a file changes.
    #[arg(long)]
    dev: bool,
    /// Build with optimisations.
    #[arg(long)]
    release: bool,
    /// Handed on to the program.
    #[arg(last = true)]
    arguments: Vec<String>,
}

impl Run {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let agent = self.agent || no_display();
        if agent && !self.agent {
            println!("There is no display here, so the agent runs instead of the window.");
        }
        let chore = if agent { install::For::Agent } else { install::For::Window };
        install::install(chore)?;
        prepare_page(self.dev)?;
        let program = if agent { self.build_agent()? } else { self.build_window()? };

        let mut command = Command::new(program);
        if agent && self.arguments.is_empty() {
            // Prints the address to open as soon as it listens.
            command.arg("serve");
        }
        command.args(&self.arguments);
        let page = if self.dev { Some(serve_page()?) } else { None };
        println!("$ {}", shown(&command));
        let status =
            command.status().with_context(|| format!("starting {}", command.get_program().display()));
        if let Some(mut page) = page {
            let _ = page.kill();
            let _ = page.wait();
        }
        Ok(match status?.code() {
            Some(0) => ExitCode::SUCCESS,
            code => ExitCode::from(u8::try_from(code.unwrap_or(1)).unwrap_or(1)),
        })
    }

    fn build_agent(&self) -> Result<std::path::PathBuf> {
        self.build(Selection::WithoutWindow.cargo(&["build", "--bin", "sightline-agent"]), "sightline-agent")
    }

    fn build_window(&self) -> Result<std::path::PathBuf> {
        // Without the UI built in, Tauri opens the address of Vite.
        let selection = if self.dev {
            let mut cargo = place::cargo();
            cargo.args(["build", "--package", "sightline"]);
            cargo
        } else {
            Selection::WithWindow.cargo(&["build", "--bin", "sightline"])
        };
        self.build(selection, "sightline")
    }

    fn build(&self, mut cargo: Command, name: &str) -> Result<std::path::PathBuf> {
        if self.release {
            cargo.arg("--release");
        }
        step(&format!("building {name}"), &mut cargo)?;
        Ok(place::built(if self.release { "release" } else { "debug" }, name))
    }
}

/// Only X11 and Wayland systems can be without one.
fn no_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(all(unix, not(target_os = "macos"))) && !set("DISPLAY") && !set("WAYLAND_DISPLAY")
}

/// The page is part of both programs, so it is built first; `--dev` serves it by itself.
fn prepare_page(dev: bool) -> Result<()> {
    node::require()?;
    if !node::installed() {
        step("installing the UI's npm packages", &mut node::install())?;
    }
    if !dev && !node::built() {
        step("building the UI", &mut node::build())?;
        node::mark_built()?;
    }
    Ok(())
}

/// Vite, until the program ends.
fn serve_page() -> Result<Child> {
    let mut vite = node::tool("vite/bin/vite.js");
    println!("$ {}   (http://localhost:5173)", shown(&vite));
    vite.spawn().context("starting Vite")
}

fn step(what: &str, command: &mut Command) -> Result<()> {
    println!("· {what}");
    let status = command.status().with_context(|| format!("starting {}", command.get_program().display()))?;
    if !status.success() {
        bail!("{what} failed: {status}\n  {}", shown(command));
    }
    Ok(())
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
