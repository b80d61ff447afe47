//! The machine that `watch` was asked for: its address, and the token that this computer has for it.

use std::fmt;
use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use client::address::Address;
use client::link::{Target, Want};
use client::pairing::{is_same, pair};
use client::secrets::{Kept, Known, Secrets, Token};
use wire::Channel;
use wire::fleet::{Probe, ProbeKind};
use wire::pin::Pin;

use super::places::Places;
use crate::messages;

/// A machine to watch.
#[derive(Debug)]
pub(crate) struct WatchTarget {
    pub(crate) address: Address,
    pub(crate) secure: bool,
    pub(crate) known: Option<Known>,
}

impl WatchTarget {
    /// An address, or a link, by which this computer is paired first; the token is kept. Connections are encrypted, but for
    /// an address that is given with `http://`.
    pub(crate) async fn of(text: &str, secrets: &Secrets, places: &Places) -> Result<Self> {
        let text = text.trim();
        if text.contains("#p=") {
            return Self::paired(text, secrets).await;
        }
        let secure = !text.starts_with("http://");
        let bare = text.trim_start_matches("https://").trim_start_matches("http://");
        let address = Address::typed(bare.trim_end_matches('/'))?;
        let known = places.machine_at(&address).and_then(|id| {
            let token = secrets.find(id)?;
            Some(Known { machine_id: id.to_owned(), token })
        });
        // A token is proven over encrypted links only.
        Ok(Self { address, secure: secure || known.is_some(), known })
    }

    async fn paired(link: &str, secrets: &Secrets) -> Result<Self> {
        let name = sampling::Sampler::new(sampling::Sources::live(), Duration::from_secs(1)).machine().name;
        let paired = pair(link, &name).await?;
        let known = paired.known();
        if let Some(token) = secrets.find(&known.machine_id) {
            let before = Known { machine_id: known.machine_id.clone(), token };
            if !is_same(&before, &paired).await {
                bail!(
                    "what answers at {} says that it is a machine which this computer knows, and cannot prove it. Its \
                     token was not replaced. If the machine was set up anew, remove the entry {} from secrets.json or \
                     the keyring, then pair again",
                    paired.address,
                    known.machine_id,
                );
            }
        }
        let kept = secrets.keep(&known.machine_id, &known.token).context("keep the token")?;
        let place = match kept {
            Kept::Keyring => "the keyring".to_owned(),
            Kept::File(path) => path.display().to_string(),
        };
        let (machine, sees) = (&paired.machine_name, messages::sees(paired.scope, false));
        // Standard output is for scripts; this is for the person who started them.
        let mut stderr = std::io::stderr();
        let written =
            writeln!(stderr, "Paired with {machine}: this computer sees {sees}. The token is in {place}.");
        // Where it cannot be written, it is left out.
        drop(written);
        Ok(Self { address: paired.address, secure: true, known: Some(known) })
    }

    /// Whether there is a token for the machine that answers and wants one: it is used from now on.
    pub(crate) fn remembers(&mut self, why: &Probe, secrets: &Secrets) -> bool {
        match (why.kind, &why.machine_id) {
            (ProbeKind::ToPair, Some(machine_id)) => self.has_token(machine_id, secrets),
            _ => false,
        }
    }

    /// Whether there is a token for the machine that calls itself `machine_id`, and it was not used yet: it is from now
    /// on, over an encrypted link.
    pub(crate) fn has_token(&mut self, machine_id: &str, secrets: &Secrets) -> bool {
        if self.known.is_some() {
            return false;
        }
        let Some(token) = secrets.find(machine_id) else { return false };
        self.secure = true;
        self.known = Some(Known { machine_id: machine_id.to_owned(), token });
        true
    }

    /// Keeps where the machine has proven itself, and its key where it was paired before its links were encrypted.
    pub(crate) fn proven(&mut self, pin: Option<Pin>, secrets: &Secrets, places: &mut Places) {
        let Some(known) = &mut self.known else { return };
        places.proven(&self.address, &known.machine_id);
        if let Some(pin) = pin
            && known.token.pin.is_none()
        {
            let token = Token { pin: Some(pin), ..known.token.clone() };
            if let Err(err) = secrets.keep(&known.machine_id, &token) {
                tracing::warn!(error = %err, "the key of the machine is not kept");
            }
            known.token = token;
        }
    }

    /// What is wanted of the machine.
    pub(crate) fn link_target(&self, interval: Duration) -> Target {
        let Self { address, secure, known } = self;
        let wants = vec![
            Want { channel: Channel::Summary, interval: Some(interval) },
            Want { channel: Channel::Alerts, interval: None },
        ];
        Target { addresses: vec![address.clone()], secure: *secure, known: known.clone(), wants }
    }
}

impl fmt::Display for WatchTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}
