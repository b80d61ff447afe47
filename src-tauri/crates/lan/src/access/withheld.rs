//! What was taken away and is not in the file yet: the disk is full, the file must not be written, or another program has
//! it. It is gone in memory at once, stays gone whatever the file says, and is written as soon as that is possible; a
//! restart before then gives it back.

use network::NetworkKey;
use wire::Scope;
use wire::sharing::{AddedOrigin, Reach};

use super::store::Store;

/// What is taken from a store whenever it is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Withheld {
    /// Ids of viewers that were revoked.
    viewers: Vec<String>,
    /// Viewers that see no more than this.
    scopes: Vec<(String, Scope)>,
    /// Ids of viewers that see no arguments any more.
    arguments: Vec<String>,
    /// It is shared no further than this.
    reach: Option<Reach>,
    /// Not anyone may view.
    closed: bool,
    networks: Vec<NetworkKey>,
    origins: Vec<AddedOrigin>,
    /// Why it is not written.
    detail: Option<String>,
}

impl Withheld {
    /// What the change from `before` to `after` takes away; `None` where it does anything else besides. Where nobody said
    /// how far to share, it is as far as is `usual`.
    pub(super) fn between(before: &Store, after: &Store, usual: Reach) -> Option<Self> {
        let gone = |id: &str| after.viewer(id).is_none();
        let withheld = Self {
            viewers: before.viewers.iter().map(|viewer| viewer.id.clone()).filter(|id| gone(id)).collect(),
            scopes: before
                .viewers
                .iter()
                .filter_map(|viewer| lower(viewer.scope, &viewer.id, after))
                .collect(),
            arguments: before
                .viewers
                .iter()
                .filter(|viewer| viewer.arguments)
                .filter(|viewer| after.viewer(&viewer.id).is_some_and(|now| !now.arguments))
                .map(|viewer| viewer.id.clone())
                .collect(),
            reach: after.reach.filter(|_| after.reach != before.reach),
            closed: before.open && !after.open,
            networks: refused(before, after),
            origins: before.origins.iter().filter(|it| !after.origins.contains(it)).cloned().collect(),
            detail: None,
        };
        let mut expected = before.clone();
        withheld.take_from(&mut expected, usual);
        (expected == *after).then_some(withheld)
    }

    /// Takes it away from `store`.
    pub(super) fn take_from(&self, store: &mut Store, usual: Reach) {
        store.viewers.retain(|viewer| !self.viewers.contains(&viewer.id));
        for viewer in &mut store.viewers {
            for (_, scope) in self.scopes.iter().filter(|(id, _)| *id == viewer.id) {
                viewer.scope = viewer.scope.min(*scope);
            }
            viewer.arguments &= !self.arguments.contains(&viewer.id);
        }
        if let Some(reach) = self.reach {
            let narrower =
                store.reach.map_or(width(reach) <= width(usual), |known| width(reach) < width(known));
            store.reach = if narrower { Some(reach) } else { store.reach };
        }
        store.open &= !self.closed;
        for key in
            self.networks.iter().filter(|key| store.allowed(key) != Some(false)).cloned().collect::<Vec<_>>()
        {
            store.remember(key, false);
        }
        store.origins.retain(|origin| !self.origins.contains(origin));
    }

    /// Adds what was taken away later, and why it is not written.
    pub(super) fn add(&mut self, later: Self, detail: String) {
        let Self { viewers, scopes, arguments, reach, closed, networks, origins, detail: _ } = later;
        self.viewers.extend(viewers);
        self.scopes.extend(scopes);
        self.arguments.extend(arguments);
        self.reach = reach.or(self.reach);
        self.closed |= closed;
        self.networks.extend(networks);
        self.origins.extend(origins);
        self.detail = Some(detail);
    }

    /// Why something that was taken away is not written; `None` where all is.
    pub(crate) fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }
}

fn lower(scope: Scope, id: &str, after: &Store) -> Option<(String, Scope)> {
    let now = after.viewer(id)?.scope;
    (now < scope).then(|| (id.to_owned(), now))
}

fn refused(before: &Store, after: &Store) -> Vec<NetworkKey> {
    let refused =
        after.networks.iter().filter(|known| !known.allowed && before.allowed(&known.key) != Some(false));
    refused.map(|known| known.key.clone()).collect()
}

fn width(reach: Reach) -> u8 {
    match reach {
        Reach::Off => 0,
        Reach::Local => 1,
        Reach::Lan => 2,
    }
}

#[cfg(test)]
mod tests {
    use wire::proof::Secret;
    use wire::sharing::Encryption;

    use super::super::rights::Rights;
    use super::super::store::Viewer;
    use super::*;

    fn open(origin: &str) -> AddedOrigin {
        AddedOrigin { origin: origin.to_owned(), token: None }
    }

    fn store() -> Store {
        let viewer = |id: &str| Viewer {
            name: id.to_owned(),
            ..Viewer::new(id, Rights::whole(Scope::Processes), 1, Secret::new([7; 32]).verifier())
        };
        Store {
            reach: Some(Reach::Lan),
            open: true,
            viewers: vec![viewer("a"), viewer("b")],
            origins: vec![open("https://a"), open("https://b")],
            ..Store::default()
        }
    }

    #[test]
    fn what_only_takes_away_is_told_from_what_gives() {
        let key = || NetworkKey { prefix: "10.0.0.0/24".to_owned(), gateway_mac: None };
        type Change = fn(&mut Store);
        let takes: [Change; 7] = [
            |store| store.viewers.truncate(1),
            |store| store.viewers[1].scope = Scope::View,
            |store| store.viewers[1].arguments = false,
            |store| store.reach = Some(Reach::Off),
            |store| store.reach = Some(Reach::Local),
            |store| store.open = false,
            |store| store.origins.truncate(1),
        ];
        for (at, change) in takes.iter().enumerate() {
            let (before, mut after) = (store(), store());
            change(&mut after);
            let withheld = Withheld::between(&before, &after, Reach::Local).unwrap_or_else(|| panic!("{at}"));
            let mut again = before.clone();
            withheld.take_from(&mut again, Reach::Local);
            assert_eq!(again, after, "{at}");
            assert!(Withheld::between(&after, &before, Reach::Local).is_none(), "{at}: the way back gives");
        }
        let (mut before, mut after) = (store(), store());
        before.remember(key(), true);
        after.remember(key(), false);
        assert!(Withheld::between(&before, &after, Reach::Local).is_some());
        assert!(Withheld::between(&after, &before, Reach::Local).is_none());
        let gives: [Change; 6] = [
            |store| store.viewers[0].name = "c".to_owned(),
            |store| store.viewers[0].scope = Scope::Control,
            |store| store.encryption = Encryption::SelfSigned,
            |store| store.host_names.push("nas".to_owned()),
            |store| store.port = Some(1),
            |store| {
                store.viewers.truncate(1);
                store.origins.push(open("https://c"));
            },
        ];
        for (at, change) in gives.iter().enumerate() {
            let mut after = store();
            change(&mut after);
            assert!(Withheld::between(&store(), &after, Reach::Local).is_none(), "{at}");
        }
        let (unsaid, said) = (Store::default(), |reach| Store { reach: Some(reach), ..Store::default() });
        let takes = |reach, usual| Withheld::between(&unsaid, &said(reach), usual).is_some();
        assert!(takes(Reach::Off, Reach::Local) && takes(Reach::Local, Reach::Local));
        assert!(takes(Reach::Local, Reach::Lan));
        assert!(
            !takes(Reach::Local, Reach::Off) && !takes(Reach::Lan, Reach::Local),
            "it is less where nobody said"
        );
    }
}
