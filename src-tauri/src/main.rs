//! `sightline`: this machine in a window, and in any browser of this computer.
//!
//! Parse, choose how to draw, start the monitor, open the window, shut down. In reading order: [`arguments`] →
//! [`render`] (is there a display, and how is it drawn on) → [`monitor`] (the station and its page) → [`window`] →
//! [`ipc`] (messages of the page) → [`preferences`] with [`json_store`] (small files) → [`machines`] (the others) →
//! [`process_signal`] (ending a process) → [`signals`] → [`webkit`] (its processes, at the end of a demo).

// A release on Windows opens no console beside its window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arguments;
mod ipc;
mod json_store;
mod machines;
mod monitor;
mod preferences;
mod process_signal;
mod render;
mod signals;
mod webkit;
mod window;

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use arguments::Arguments;
use clap::Parser;
use machines::Machines;
use machines::choose::Choosing;
use machines::pair::Comparisons;
use machines::sockets::Sockets;
use machines::watcher::Watcher;
use monitor::Monitor;
use preferences::Preferences;
use tauri::{App, AppHandle, Manager, RunEvent};
use tracing::warn;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log();
    if let Err(error) = render::prepare(arguments.safe_graphics) {
        return fail(&error.to_string());
    }
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => fail(&format!("sightline: {error:#}.")),
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let folder = arguments.demo.then(|| tempfile::Builder::new().prefix("sightline-demo-").tempdir());
    let folder = folder.transpose().context("make a folder for the demo")?;
    let data_dir =
        folder.as_ref().map_or_else(|| arguments.data_dir(), |folder| Ok(folder.path().to_owned()))?;
    let mut builder = tauri::Builder::default();
    if !arguments.demo {
        // First of all: a second launch ends here, and the window of the first comes to the front.
        builder = builder.plugin(tauri_plugin_single_instance::init(|app, _, _| window::focus(app)));
    }
    let app = builder
        .plugin(tauri_plugin_store::Builder::default().build())
        .plugin(tauri_plugin_dialog::init())
        .plugin(
            tauri_plugin_window_state::Builder::default()
                .with_state_flags(window::kept_state())
                .with_filename(data_dir.join("window-state.json").to_string_lossy())
                .build(),
        )
        .invoke_handler(tauri::generate_handler![
            ipc::send,
            ipc::next,
            window::window_ready,
            preferences::preferences_read,
            preferences::preferences_write,
            process_signal::process_signal,
            machines::machines_read,
            machines::machines_save,
            machines::pair::machine_pair,
            machines::pair::machine_compare,
            machines::pair::machine_compare_end,
            machines::links::machine_probe,
            machines::links::machine_poll,
            machines::links::machines_found,
            machines::links::machine_socket_open,
            machines::sockets::machine_socket_send,
            machines::sockets::machine_socket_next,
            machines::sockets::machine_socket_close,
            machines::watcher::machines_take,
            machines::choose::machines_export,
            machines::choose::machines_import,
        ])
        .build(tauri::generate_context!())
        .context("prepare the window")?;
    let monitor = open(&app, arguments, &data_dir)?;

    let mut monitor = Some(monitor);
    let code = app.run_return(move |app, event| {
        if matches!(event, RunEvent::Exit)
            && let Some(monitor) = monitor.take()
        {
            app.state::<Preferences>().finish();
            app.state::<Arc<Machines>>().finish();
            let watcher = app.state::<Watcher>();
            tauri::async_runtime::block_on(async { tokio::join!(watcher.end(), monitor.end()) });
        }
    });
    if let Some(folder) = folder {
        webkit::end_processes();
        if let Err(error) = folder.close() {
            warn!(%error, "the folder of the demo stays");
        }
    }
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

/// Starts the monitor and opens its window.
fn open(app: &App, arguments: &Arguments, data_dir: &Path) -> anyhow::Result<Monitor> {
    let monitor = Monitor::start(arguments, data_dir)?;
    let now_ms = station::clock::unix_ms();
    let (preferences, notice) =
        Preferences::open(app.handle(), data_dir, now_ms).context("open the preferences")?;
    if let Some(notice) = notice {
        monitor.handle().set_notice("preferences", notice.into());
    }
    let (machines, notice) =
        Machines::open(app.handle(), data_dir, monitor.handle(), monitor.others(), now_ms)
            .context("open the list of machines")?;
    if let Some(notice) = notice {
        monitor.handle().set_notice("machines", notice.into());
    }
    let theme = preferences.theme();
    app.manage(preferences);
    app.manage(machines);
    app.manage(Choosing::default());
    app.manage(Comparisons::default());
    app.manage(Sockets::default());
    app.manage(window::Shown::default());
    app.manage(process_signal::Recorded(arguments.demo));
    app.manage(tauri::async_runtime::block_on(async {
        ipc::IpcSessions::new(monitor.handle(), monitor.scope())
    }));
    app.manage(Watcher::start(app.handle()));
    window::open(app.handle(), theme, data_dir, arguments.demo)?;
    app.manage(signals::on_signal(AppHandle::clone(app.handle())));
    Ok(monitor)
}

fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|_| "info".into()))
        .fmt_fields(station::log::harmless_fields())
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}

/// The error message of a program that cannot start.
#[expect(clippy::print_stderr, reason = "there is no window to say it in")]
fn fail(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}
