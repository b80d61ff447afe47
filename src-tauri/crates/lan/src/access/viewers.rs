//! Viewers, which are paired devices and tokens made by hand: renamed, given other rights, revoked.

use std::net::IpAddr;

use station::{Peer, clock};
use tracing::warn;
use wire::limits::{NAME_CHARS, VIEWERS};
use wire::message::ErrorBody;
use wire::proof::{Secret, Verifier, hex};
use wire::sharing::{AccessEvent, AccessWhat, TokenMade, TokenParams, ViewerChange, ViewerKind};
use wire::text::shown;
use wire::{Goodbye, Reason, Scope};

use super::Access;
use super::events::about;
use super::grant::{Grant, Link};
use super::rights::Rights;
use super::store::{Store, Viewer};
use crate::random::random;

impl Access {
    /// Renames a viewer, or gives it other rights. Its sessions end when these change, so that they connect anew.
    pub(crate) fn change_viewer(&self, change: ViewerChange) -> Result<(), ErrorBody> {
        let name = change.name.as_deref().map(name).transpose()?;
        let (before, after) = self.change(|store| {
            let viewer = find(store, &change.id)?;
            if viewer.sent_in_clear && change.scope == Some(Scope::Control) {
                return Err(Reason::SentInClear.into());
            }
            let before = viewer.clone();
            viewer.name = name.unwrap_or_else(|| before.name.clone());
            viewer.set_rights(before.rights().or(change.scope, change.arguments));
            Ok((before, viewer.clone()))
        })?;
        if before.name != after.name {
            self.note(AccessEvent { who: Some(after.name.clone()), ..about(AccessWhat::Renamed, None) });
        }
        if before.rights() != after.rights() {
            let (who, scope) = (Some(after.name), Some(after.scope));
            self.note(AccessEvent { who, scope, ..about(AccessWhat::ScopeChanged, None) });
            self.end_sessions(&change.id, Goodbye::Changed);
        }
        Ok(())
    }

    /// Revokes a viewer's access. Its sessions end at once.
    pub(crate) fn revoke(&self, id: &str) -> Result<(), ErrorBody> {
        self.remove(id, AccessWhat::Revoked)
    }

    /// A viewer removes its own access.
    pub(crate) fn leave(&self, id: &str) -> Result<(), ErrorBody> {
        self.remove(id, AccessWhat::Left)
    }

    fn remove(&self, id: &str, what: AccessWhat) -> Result<(), ErrorBody> {
        let name = self.change(|store| {
            let name = find(store, id)?.name.clone();
            store.viewers.retain(|viewer| viewer.id != id);
            Ok(name)
        })?;
        self.state().remember_revoked(id);
        self.end_sessions(id, Goodbye::Revoked);
        self.note(AccessEvent { who: Some(name), ..about(what, None) });
        Ok(())
    }

    /// The token of `grant` itself was sent over `link`. One that gives control gives it no longer, where others may have
    /// read it: whoever has it now would have control over any encrypted link.
    pub(crate) fn sent_by(&self, grant: &Grant, link: Link) {
        if link.is_private() || grant.rights.scope < Scope::Control {
            return;
        }
        let mut state = self.state();
        let found = state.store.viewers.iter_mut().find(|viewer| *viewer.id == *grant.id);
        let Some(viewer) = found.filter(|viewer| viewer.scope == Scope::Control) else { return };
        viewer.read_by_others();
        let who = Some(viewer.name.clone());
        state.seen_since_kept = true;
        drop(state);
        warn!(id = &*grant.id, "a token of scope control was sent in clear, and has it no longer");
        self.end_sessions(&grant.id, Goodbye::Changed);
        let scope = Some(Scope::Processes);
        self.note(AccessEvent { who, scope, ..about(AccessWhat::SentInClear, Some(link.address)) });
    }

    pub(super) fn end_sessions(&self, id: &str, reason: Goodbye) {
        self.0.station.close_sessions(|peer| peer.token.as_deref() == Some(id), reason);
    }

    /// Ends sessions without a token whose access is another one `after` the change.
    pub(crate) fn end_tokenless(&self, before: &Store, after: &Store) {
        // With a first name added, a loopback address gives no access any more.
        let proxied = after.is_guarded() != before.is_guarded();
        if after.open == before.open && after.origins == before.origins && !proxied {
            return;
        }
        // A page that was added may be open in a browser of this computer: it has `view` there, too.
        let gone = |peer: &Peer| {
            let comes_so = |it: IpAddr| proxied || !it.is_loopback() || peer.scope == Scope::View;
            peer.token.is_none() && peer.address.is_some_and(comes_so)
        };
        self.0.station.close_sessions(gone, Goodbye::Changed);
    }

    /// A token for a script, which only this answer contains.
    pub(crate) fn make_token(&self, params: &TokenParams) -> Result<TokenMade, ErrorBody> {
        let (secret, id) = (Secret::new(random()?), new_id()?);
        let client = "made by hand".to_owned();
        let viewer =
            NewViewer { id: &id, name: name(&params.name)?, client, kind: ViewerKind::App, port: None };
        let rights = Rights { scope: params.scope, arguments: params.arguments };
        self.change(|store| viewer.enter(store, rights, secret.verifier()))?;
        let (who, scope) = (Some(params.name.clone()), Some(params.scope));
        self.note(AccessEvent { who, scope, ..about(AccessWhat::Paired, None) });
        Ok(TokenMade { token: format!("{id}.{}", secret.to_hex()) })
    }
}

/// A device about to be paired.
#[derive(Debug)]
pub(super) struct NewViewer<'a> {
    pub(super) id: &'a str,
    pub(super) name: String,
    pub(super) client: String,
    pub(super) kind: ViewerKind,
    /// Of a browser: the port that its cookie is given on.
    pub(super) port: Option<u16>,
}

impl NewViewer<'_> {
    pub(super) fn enter(
        self,
        store: &mut Store,
        rights: Rights,
        verifier: Verifier,
    ) -> Result<(), ErrorBody> {
        if store.viewers.len() >= VIEWERS {
            return Err(Reason::ViewersFull { most: VIEWERS }.into());
        }
        let Self { id, name, client, kind, port } = self;
        let viewer = Viewer::new(id, rights, clock::unix_ms(), verifier);
        store.viewers.push(Viewer { name, client, kind, port, ..viewer });
        Ok(())
    }
}

/// An id for a token. It proves nothing.
pub(super) fn new_id() -> Result<String, ErrorBody> {
    Ok(hex(&random::<8>()?))
}

fn find<'a>(store: &'a mut Store, id: &str) -> Result<&'a mut Viewer, ErrorBody> {
    store.viewers.iter_mut().find(|viewer| viewer.id == id).ok_or_else(|| Reason::ViewerUnknown.into())
}

fn name(text: &str) -> Result<String, ErrorBody> {
    shown(text).ok_or_else(|| Reason::BadName { most: NAME_CHARS }.into())
}
