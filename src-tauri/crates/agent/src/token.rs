//! `token`: makes a token for a script.

use std::io::Write;

use anyhow::Result;
use wire::Method;
use wire::sharing::{TokenMade, TokenParams};

use crate::args::{Sees, Token};
use crate::connect::{connect, print_json, runtime};
use crate::messages;

/// Makes a token and shows it, this once.
pub(crate) fn token(token: &Token, out: &mut impl Write) -> Result<()> {
    let (made, port): (TokenMade, u16) = runtime()?.block_on(async {
        let mut control = connect(&token.here).await?;
        let params = TokenParams {
            name: token.name.clone(),
            scope: token.sees.scope,
            arguments: token.sees.with_arguments,
        };
        let made = control.request(Method::ViewersAdd, &params).await?;
        anyhow::Ok((made, control.read().await?.port))
    })?;
    if token.json {
        return print_json(out, &made);
    }
    let secret = &made.token;
    let Sees { scope, with_arguments } = token.sees;
    let (scope, sees) = (messages::scope(scope), messages::sees(scope, with_arguments));
    writeln!(out, "This token is shown once. It gives access to {sees} ({scope}):")?;
    writeln!(out)?;
    writeln!(out, "  {secret}")?;
    writeln!(out)?;
    writeln!(out, "Scripts send it as a header:")?;
    writeln!(out)?;
    writeln!(out, "  Authorization: Bearer {secret}")?;
    writeln!(out, "  curl -H 'Authorization: Bearer {secret}' http://127.0.0.1:{port}/api/v1/snapshot")?;
    writeln!(out)?;
    writeln!(out, "Prometheus has it in its scrape_config:")?;
    writeln!(out)?;
    writeln!(out, "  authorization:")?;
    writeln!(out, "    credentials: {secret}")?;
    writeln!(out)?;
    writeln!(out, "Over a link that is not encrypted, others on the network can read it.")?;
    writeln!(out, "`sightline-agent revoke` revokes it.")?;
    Ok(())
}
