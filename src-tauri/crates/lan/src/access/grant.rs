//! What a token grants, and how much of that is allowed over the link it comes by.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use wire::Scope;
use wire::endpoint::OWNER;
use wire::pin::ChannelBinding;

use super::rights::Rights;
use crate::transport::local_user::LocalUser;

/// The result of checking a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It is valid and grants this.
    Granted(Grant),
    /// It is right, and was not sent as it has to be: see [`Sent`]. That is no wrong guess.
    Misplaced,
    /// It was valid and is revoked.
    Revoked,
    /// It is not known.
    Unknown,
    /// Whether it is valid cannot be told: a file that says so is not understood. That is no wrong guess.
    Unclear,
    /// It is not known, as too many before; the next is checked after this.
    TooMany(Duration),
}

/// How a token was sent. One that is kept in a cookie counts as a cookie only, and on the port that it was given on: a browser
/// sends it to every program of this host, whatever its port, and what those get must be good for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// By a program: itself, or a proof of it.
    ByProgram,
    /// In a cookie, to this port as the browser sees it.
    Cookie(u16),
}

/// What a token grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    /// Id of the token.
    pub(crate) id: Arc<str>,
    pub(crate) rights: Rights,
}

/// How a peer is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) address: IpAddr,
    /// What tells it from a connection that somebody else opened.
    pub(crate) binding: ChannelBinding,
    /// Whose program of this computer it comes from; `None` where it comes from elsewhere, or through a proxy.
    pub(crate) user: Option<LocalUser>,
}

impl Link {
    /// Whether it is by TLS.
    pub(crate) fn is_encrypted(self) -> bool {
        self.binding.is_encrypted()
    }

    /// Whether no one between the two ends can read what is sent: it is encrypted, or it never leaves the programs of one
    /// user.
    pub(crate) fn is_private(self) -> bool {
        self.is_encrypted() || self.user == Some(LocalUser::Own)
    }

    /// Whether the owner's own commands may come by it. Windows tells no users apart here, and has no owner's socket: any
    /// program of the computer may come, and has to know the owner's token, which is not sent.
    fn is_of_owner(self) -> bool {
        let untold = cfg!(windows) && self.user == Some(LocalUser::Unknown);
        self.is_private() || untold
    }

    /// As much of `rights` as is allowed over this link.
    pub(crate) fn carries(self, rights: Rights) -> Rights {
        let most = if self.is_private() { Scope::Control } else { Scope::Processes };
        Rights { scope: rights.scope.min(most), ..rights }
    }
}

impl Grant {
    pub(crate) fn new(id: &str, rights: Rights) -> Self {
        Self { id: id.into(), rights }
    }

    /// What it grants over `link`, where its token is the `only` one that counts, if one is. The owner's token is refused
    /// as unknown where anybody else may be between: a program of another user that holds our port, and passes on what is
    /// said.
    pub(crate) fn over(&self, link: Link, only: Option<&str>) -> Option<Rights> {
        if only.is_some_and(|only| *self.id != *only) {
            return None;
        }
        if &*self.id == OWNER {
            return link.is_of_owner().then_some(self.rights);
        }
        Some(link.carries(self.rights))
    }
}

#[cfg(test)]
mod tests {
    use wire::pin::Pin;

    use super::*;

    #[test]
    fn a_link_that_others_read_carries_no_control_and_no_owner() {
        let link = |address: &str, binding, user| Link { address: address.parse().unwrap(), binding, user };
        let plain = ChannelBinding::Plain;
        let here = |user| link("127.0.0.1", plain, user);
        let secure = link("192.168.1.64", ChannelBinding::Key(Pin::new([1; 32])), None);
        for other in [here(None), here(Some(LocalUser::Person)), here(Some(LocalUser::System))] {
            let control = Rights::whole(Scope::Control);
            assert_eq!(Grant::new(OWNER, control).over(other, None), None, "{other:?}");
            assert_eq!(other.carries(control), Rights::whole(Scope::Processes), "{other:?}");
        }
        let (here, plain) = (here(Some(LocalUser::Own)), link("192.168.1.64", plain, None));
        let cases = [
            (OWNER, Scope::Control, [Some(Scope::Control), None, Some(Scope::Control)]),
            ("a", Scope::Control, [Some(Scope::Control), Some(Scope::Processes), Some(Scope::Control)]),
            ("a", Scope::View, [Some(Scope::View); 3]),
        ];
        for (id, scope, expected) in cases {
            for rights in [Rights::whole, Rights::programs] {
                let grant = Grant::new(id, rights(scope));
                let given = [here, plain, secure].map(|link| grant.over(link, None));
                assert_eq!(given, expected.map(|scope| scope.map(rights)), "{id} {scope:?}");
            }
        }
    }
}
