//! `pair`: shows a code, waits in the terminal, and asks there about devices that typed its digits, and about apps
//! whose digits are to be compared.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use client::control::{Control, RequestError};
use wire::Method;
use wire::sharing::{InviteParams, PairingDecision, PairingRequest, Sharing, ViewerInfo};

use crate::args::{Pair, Sees};
use crate::connect::{connect, runtime};
use crate::pairing_prompt::{Next, PairingPrompt, Why};
use crate::terminal::{self, Lines};
use crate::{messages, pairing_link, signals};

/// The exit code of a program that Ctrl-C ended, as shells have it.
const INTERRUPTED: u8 = 130;
/// A code that is shown already is used, if it is still valid this long.
const LONG_ENOUGH_MS: u64 = 60_000;

/// Shows a code and waits until a device is paired, or the user gives up.
pub(crate) fn pair(pair: &Pair, out: &mut impl Write) -> Result<ExitCode> {
    if !io::stdin().is_terminal() {
        bail!(
            "`pair` asks whether to approve a device, and nobody is there to answer. The link that `share` prints \
             needs no answer; `token` makes one for a script"
        );
    }
    let runtime = runtime()?;
    let done = runtime.block_on(wait(pair, out));
    // The thread that reads the terminal still runs.
    runtime.shutdown_background();
    done
}

async fn wait(pair: &Pair, out: &mut impl Write) -> Result<ExitCode> {
    let mut control = connect(&pair.here).await?;
    let before = control.read().await?;
    if before.links.is_empty() {
        bail!("no other device can reach this machine: share it first, by `sightline-agent share`");
    }
    control.watch().await?;
    // Before the code is shown: Ctrl-C has to cancel it.
    let mut ended = std::pin::pin!(signals::ended().context("listen for signals")?);
    let mut prompt = PairingPrompt::new(before.clone());
    if before.requests.is_empty() {
        show(&mut control, &mut prompt, before, pair.sees, out).await?;
    }
    let mut lines = Lines::start();
    let mut asked = Instant::now();
    loop {
        while let Some(next) = prompt.next(Instant::now()) {
            asked = Instant::now();
            match next {
                Next::Paired(viewers) => {
                    print_paired(out, &viewers)?;
                    return Ok(ExitCode::SUCCESS);
                }
                Next::Ask(request) => terminal::prompt(out, &question(&request))?,
                Next::NoLonger(request) => writeln!(out, "\n{} does not wait any more.", request.name)?,
                Next::Goes(why) => writeln!(out, "{} The code is still valid.", reason(why))?,
                Next::Over(why) => writeln!(out, "{} Enter shows a new code, Ctrl-C ends.", reason(why))?,
            }
        }
        tokio::select! {
            biased;
            _ = &mut ended => return cancel(&mut control, &mut prompt).await,
            sharing = control.changed() => prompt.set_sharing(sharing?),
            line = lines.after(asked) => match line {
                None => return cancel(&mut control, &mut prompt).await,
                Some(line) if prompt.asking().is_some() => {
                    decide(&mut control, &mut prompt, terminal::is_yes(&line), out).await?;
                }
                Some(_) if prompt.is_over() => {
                    let sharing = control.read().await?;
                    show(&mut control, &mut prompt, sharing, pair.sees, out).await?;
                }
                Some(_) => {}
            },
            () = reached(prompt.deadline()) => {}
        }
    }
}

/// Shows the code that `sharing` has, where that does; else a new one.
async fn show(
    control: &mut Control,
    prompt: &mut PairingPrompt,
    sharing: Sharing,
    sees: Sees,
    out: &mut impl Write,
) -> Result<()> {
    let wanted = InviteParams { scope: sees.scope, arguments: sees.with_arguments };
    let does = sharing.invitation.as_ref().is_some_and(|invitation| {
        let shown = InviteParams { scope: invitation.scope, arguments: invitation.arguments };
        shown == wanted && invitation.link.is_some() && invitation.left_ms >= LONG_ENOUGH_MS
    });
    let sharing = if does { sharing } else { control.request(Method::PairingInvite, &wanted).await? };
    pairing_link::print(out, &sharing)?;
    if let Some(privacy) = messages::privacy(&sharing.encryption) {
        writeln!(out, "{privacy}")?;
    }
    writeln!(out, "Waiting for it here; Ctrl-C cancels the code.")?;
    prompt.show(sharing, Instant::now());
    Ok(())
}

/// Approves or denies the device that is asked about.
async fn decide(
    control: &mut Control,
    prompt: &mut PairingPrompt,
    allow: bool,
    out: &mut impl Write,
) -> Result<()> {
    let Some(request) = prompt.asking() else { return Ok(()) };
    let decision = PairingDecision { id: request.id.clone(), allow, scope: None, arguments: None };
    match control.request::<_, Sharing>(Method::PairingAnswer, &decision).await {
        Ok(sharing) => prompt.set_sharing(sharing),
        // It gave up, or the window answered first.
        Err(RequestError::Refused(error)) => writeln!(out, "{}", messages::sentence(&error.message))?,
        Err(error) => return Err(error.into()),
    }
    prompt.answer(allow, Instant::now());
    Ok(())
}

/// Cancels the code, if it is still valid.
async fn cancel(control: &mut Control, prompt: &mut PairingPrompt) -> Result<ExitCode> {
    prompt.set_sharing(control.read().await?);
    if prompt.is_good() {
        let _: Sharing = control.request(Method::PairingCancel, &()).await?;
    }
    Ok(ExitCode::from(INTERRUPTED))
}

async fn reached(deadline: Option<Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

fn question(request: &PairingRequest) -> String {
    let PairingRequest { name, client, address, scope, arguments, compare, .. } = request;
    let sees = messages::sees(*scope, *arguments);
    match compare {
        None => format!("{name} ({client}, {address}) typed the code. It would see {sees}. Allow it?"),
        Some(digits) => format!(
            "{name} ({client}, {address}) asks to pair. It would see {sees}. Another device could ask in its \
             name: does its own screen show {}?",
            messages::spaced(digits)
        ),
    }
}

fn print_paired(out: &mut impl Write, viewers: &[ViewerInfo]) -> io::Result<()> {
    for ViewerInfo { name, client, scope, arguments, .. } in viewers {
        writeln!(out, "{name} ({client}) is paired, and sees {}.", messages::sees(*scope, *arguments))?;
    }
    Ok(())
}

const fn reason(why: Why) -> &'static str {
    match why {
        Why::Late => "The code has ended.",
        Why::Gone => "The code was used, or another one is shown in its place.",
        Why::Refused => "It was refused.",
        Why::NotBack => "The device did not come back for the answer.",
    }
}
