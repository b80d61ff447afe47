//! Prints a pairing code and its link for people at a terminal, and as JSON for scripts.

use std::io::{self, IsTerminal, Write};

use wire::sharing::{Invitation, Sharing};

use crate::{messages, qr};

/// Prints how a device pairs with the code that `sharing` has, if it has one.
pub(crate) fn print(out: &mut impl Write, sharing: &Sharing) -> io::Result<()> {
    let Some(invitation) = &sharing.invitation else { return Ok(()) };
    let page = page(sharing);
    writeln!(out, "Scan this with the other device, or open the link there:")?;
    writeln!(out)?;
    write!(out, "{}", qr::draw(&invitation.qr, has_colours()))?;
    writeln!(out)?;
    writeln!(out, "  {}", invitation.link.as_deref().unwrap_or(&page))?;
    writeln!(out)?;
    match invitation.digits_paused_ms.div_ceil(60_000) {
        0 => writeln!(out, "Or open {page} there and type {}.", messages::spaced(&invitation.digits))?,
        minutes => writeln!(
            out,
            "Typed digits are not accepted for {}: too many wrong ones were tried. The link works.",
            messages::count(minutes as usize, "minute")
        )?,
    }
    let minutes = invitation.left_ms.div_ceil(60_000) as usize;
    let lasts = messages::count(minutes, "minute");
    let scope = messages::scope(invitation.scope);
    let sees = messages::sees(invitation.scope, invitation.arguments);
    writeln!(out, "The code pairs one device, within {lasts}. It sees {sees} ({scope}).")
}

/// What another device opens; without the code.
pub(crate) fn page(sharing: &Sharing) -> String {
    sharing.links.first().cloned().unwrap_or_default()
}

/// Whether standard output is a terminal with colours.
fn has_colours() -> bool {
    io::stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// What a script needs of an invitation.
#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Told<'a> {
    links: &'a [String],
    open: bool,
    encrypted: bool,
    invitation: Option<&'a Invitation>,
}

impl<'a> Told<'a> {
    pub(crate) fn of(sharing: &'a Sharing) -> Self {
        let encrypted = sharing.encryption != wire::sharing::Encryption::Off;
        let Sharing { links, open, invitation, .. } = sharing;
        Self { links, open: *open, encrypted, invitation: invitation.as_ref() }
    }
}
