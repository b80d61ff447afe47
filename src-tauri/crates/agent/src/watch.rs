//! `watch`: any machine in this terminal, a line a second for people, JSON Lines for scripts. As in the window, a session
//! that is lost is opened again, and the reason is printed.
//!
//! In reading order: [`places`] (where machines were paired) → [`target`] (which machine is meant) → [`report`] (what is shown of it, and how).

mod places;
mod report;
mod target;

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use client::link::{Link, LinkEvent, LinkState};
use client::probe::probe;
use client::secrets::Secrets;
use wire::fleet::{Probe, ProbeKind};
use wire::{Channel, ServerMessage};

use self::places::Places;
use self::report::{Figures, Report};
use self::target::WatchTarget;
use crate::args::Watch;
use crate::connect::runtime;
use crate::signals;

/// Watches a machine until Ctrl-C, or until an error that trying again cannot mend.
pub(crate) fn watch(watch: &Watch, out: &mut impl Write) -> Result<ExitCode> {
    let data_dir = watch.data_dir()?;
    let secrets = Secrets::open(&data_dir);
    let mut places = Places::open(&data_dir);
    runtime()?.block_on(async {
        let mut ended = std::pin::pin!(signals::ended().context("listen for signals")?);
        tokio::select! {
            biased;
            _ = &mut ended => Ok(ExitCode::SUCCESS),
            followed = follow(watch, &secrets, &mut places, out) => followed.map(|_| ExitCode::FAILURE),
        }
    })
}

/// Why there is nothing more to follow.
enum Over {}

/// Prints what the link reports, for ever.
async fn follow(watch: &Watch, secrets: &Secrets, places: &mut Places, out: &mut impl Write) -> Result<Over> {
    let mut target = WatchTarget::of(&watch.address, secrets, places).await?;
    let interval = Duration::from_secs(watch.interval);
    let mut report = Report::new(out, watch.json, target.to_string(), interval);
    let mut link = Link::start(target.link_target(interval));
    // Before it ever answered, what was typed may be wrong.
    let mut was_live = false;
    while let Some(event) = link.next().await {
        match event {
            LinkEvent::State(LinkState::Impossible(why)) => {
                if target.remembers(&why, secrets) {
                    link = Link::start(target.link_target(interval));
                    continue;
                }
                give_up(&mut report, &why)?;
            }
            LinkEvent::State(LinkState::WrongMachine { why, .. }) if !was_live => give_up(&mut report, &why)?,
            LinkEvent::State(LinkState::Reconnecting { why, retry_in }) if !was_live && is_odd(&why) => {
                let looked = Instant::now();
                let why = probe(&target.address, target.secure, target.known.as_ref()).await;
                if matches!(why.kind, ProbeKind::NotSightline | ProbeKind::WrongPort) {
                    give_up(&mut report, &why)?;
                }
                report.reconnecting(retry_in.saturating_sub(looked.elapsed()), &why)?;
            }
            LinkEvent::State(state) => {
                if let LinkState::Live { connected, pin, .. } = &state {
                    // It gives access without a token, and there is one: it has to prove that it is this machine.
                    if target.has_token(&connected.machine.id, secrets) {
                        link = Link::start(target.link_target(interval));
                        continue;
                    }
                    was_live = true;
                    target.proven(*pin, secrets, places);
                }
                report.state(&state)?;
            }
            LinkEvent::Stale => report.stale()?,
            LinkEvent::Snapshot(body) => {
                was_live = true;
                report.figures(Figures::of_snapshot(body))?;
            }
            LinkEvent::Message(message) => print_message(&mut report, message)?,
        }
    }
    bail!("the link ended by itself")
}

fn print_message(report: &mut Report<'_, impl Write>, message: ServerMessage) -> Result<()> {
    match message {
        ServerMessage::Frame(frame) if frame.channel == Channel::Summary => {
            if let Some(figures) = Figures::of_frame(&frame) {
                report.figures(figures)?;
            }
        }
        ServerMessage::Alert { event } => report.alert(event)?,
        ServerMessage::Lagged { missed, .. } => report.lagged(missed)?,
        _ => {}
    }
    Ok(())
}

/// Whether a probe may help: something answers, and it is no Sightline.
fn is_odd(why: &Probe) -> bool {
    matches!(why.kind, ProbeKind::Refused | ProbeKind::NotSightline | ProbeKind::Blocked)
}

/// The error for a machine that cannot be watched.
fn give_up(report: &mut Report<'_, impl Write>, why: &Probe) -> Result<()> {
    report.impossible(why)?;
    match why.kind {
        ProbeKind::ToPair => bail!(
            "{} Run sightline-agent share there, and watch the link that it shows: sightline-agent watch LINK",
            why.message()
        ),
        _ => bail!("{} {}", why.message(), why.remedy()),
    }
}
