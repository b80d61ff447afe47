//! What all commands begin with: a runtime, and a session with the Sightline of this computer.

use std::io::Write;

use anyhow::Context;
use client::control::Control;
use wire::sharing::Sharing;

use crate::args::Here;

/// One thread does for all commands.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("start the runtime")
}

/// The Sightline of this computer.
pub(crate) async fn connect(here: &Here) -> anyhow::Result<Control> {
    Ok(Control::connect(here.port, &here.data_dir()?).await?)
}

/// How sharing is, on this computer.
pub(crate) async fn read(here: &Here) -> anyhow::Result<Sharing> {
    Ok(connect(here).await?.read().await?)
}

/// `value` as JSON on lines of its own.
pub(crate) fn print_json<T: serde::Serialize>(out: &mut impl Write, value: &T) -> anyhow::Result<()> {
    writeln!(out, "{}", serde_json::to_string_pretty(value)?)?;
    Ok(())
}
