//! `encrypt`: whether browsers get https, and by which certificate. Apps and agents connect encrypted in any case.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use wire::Method;
use wire::sharing::{Encryption, Sharing, SharingChange};

use crate::args::{Encrypt, Mode};
use crate::connect::{connect, runtime};
use crate::messages;

/// Changes how links are encrypted, where arguments ask for it, and prints how they are.
pub(crate) fn encrypt(encrypt: &Encrypt, out: &mut impl Write) -> Result<()> {
    let encryption = asked_for(encrypt)?;
    let sharing = runtime()?.block_on(async {
        let mut control = connect(&encrypt.here).await?;
        match encryption {
            None => anyhow::Ok(control.read().await?),
            encryption => {
                let change = SharingChange { encryption, ..SharingChange::default() };
                Ok(control.request(Method::SharingSet, &change).await?)
            }
        }
    })?;
    explain(out, &sharing)
}

fn asked_for(encrypt: &Encrypt) -> Result<Option<Encryption>> {
    Ok(match (encrypt.mode, &encrypt.certificate, &encrypt.key) {
        (Some(Mode::Off), ..) => Some(Encryption::Off),
        (Some(Mode::SelfSigned), ..) => Some(Encryption::SelfSigned),
        (None, Some(certificate), Some(key)) => {
            Some(Encryption::Own { certificate: whole(certificate)?, key: whole(key)? })
        }
        _ => None,
    })
}

/// The path as the agent finds it, which runs in another folder.
fn whole(path: &Path) -> Result<String> {
    let path = std::path::absolute(path).with_context(|| format!("find {}", path.display()))?;
    path.into_os_string().into_string().map_err(|path| {
        anyhow::anyhow!("{} is not written in UTF-8; move the file to another path", path.display())
    })
}

fn explain(out: &mut impl Write, sharing: &Sharing) -> Result<()> {
    let Some(certificate) = &sharing.certificate else {
        writeln!(
            out,
            "Apps and agents connect encrypted. Browsers get http: others on the network can read that."
        )?;
        writeln!(
            out,
            "`sightline-agent encrypt self-signed` gives browsers https, which they warn about once."
        )?;
        return Ok(());
    };
    writeln!(
        out,
        "Apps and agents connect encrypted, and browsers by https. SHA-256 of the certificate of browsers:"
    )?;
    writeln!(out, "  {}", certificate.fingerprint)?;
    writeln!(out, "It is valid until {}.", messages::moment(certificate.expires_at_ms))?;
    if sharing.encryption == Encryption::SelfSigned {
        writeln!(
            out,
            "Browsers warn about it once, since it is self-signed: compare the fingerprint above."
        )?;
    }
    if let Some(problem) = messages::certificate_problem(certificate) {
        writeln!(out, "{}", messages::sentence(&problem))?;
    }
    if !sharing.links.is_empty() {
        writeln!(out, "This machine is at {}.", sharing.links.join(", "))?;
    }
    writeln!(out, "The same port answers without encryption, too, and gives nobody control there.")?;
    Ok(())
}
