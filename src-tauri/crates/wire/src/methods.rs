//! The methods of the native stream: names, scopes, parameters and results. Server, clients and page use this one
//! table, so that an unknown name compiles nowhere.

use serde::{Deserialize, Serialize};

use crate::Scope;

macro_rules! methods {
    ($($(#[doc = $about:literal])* $method:ident $name:literal $scope:ident ($($params:ty)?) -> $result:ty;)*) => {
        /// What a client can ask for in `request`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
        pub enum Method {
            $($(#[doc = $about])* #[serde(rename = $name)] $method,)*
        }

        impl Method {
            /// Every method, in the order of the documentation.
            pub const ALL: &'static [Method] = &[$(Method::$method),*];

            /// Its name on the wire.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Method::$method => $name,)* }
            }

            /// The scope that it needs.
            #[must_use]
            pub const fn scope(self) -> Scope {
                match self { $(Method::$method => Scope::$scope,)* }
            }
        }

        /// The table for the generator.
        #[cfg(test)]
        pub(crate) fn listed() -> Vec<crate::typescript::MethodTypes> {
            vec![$(crate::typescript::MethodTypes {
                method: Method::$method,
                about: &[$($about),*],
                params: crate::typescript::optional_type!($($params)?),
                result: crate::typescript::TypeName::of::<$result>(),
                arrives: crate::typescript::Arriving::of::<$result>(),
            }),*]
        }
    };
}

methods! {
    /// The last sample, whole.
    Snapshot "snapshot" View () -> crate::message::SnapshotBody;
    /// Every series, with its definition.
    SeriesList "series.list" View () -> Vec<crate::message::SeriesInfo>;
    /// The past of some series.
    HistoryQuery "history.query" View (crate::message::HistoryQuery) -> crate::message::History;
    /// The past of the summary.
    SummaryHistory "summary.history" View (crate::fleet::SummaryQuery) -> crate::fleet::SummaryHistory;
    /// What of the machine matches a query.
    Find "find" View (crate::fleet::FindQuery) -> crate::fleet::Findings;
    /// The events that are kept, oldest first.
    AlertsList "alerts.list" View () -> crate::message::AlertsList;
    /// One process in full.
    ProcessDetail "process.detail" Processes (crate::message::ProcessRef) -> crate::ProcessDetail;
    /// How the machine is shared, and with whom.
    SharingRead "sharing.read" Control () -> crate::sharing::Sharing;
    /// Changes how the machine is shared. Only at the machine itself.
    SharingSet "sharing.set" Control (crate::sharing::SharingChange) -> crate::sharing::Sharing;
    /// Allows or refuses a network. Only at the machine itself.
    SharingNetwork "sharing.network" Control (crate::sharing::NetworkAnswer) -> crate::sharing::Sharing;
    /// The access log, newest first.
    SharingLog "sharing.log" Control () -> crate::sharing::AccessLog;
    /// Shows a new pairing code.
    PairingInvite "pairing.invite" Control (crate::sharing::InviteParams) -> crate::sharing::Sharing;
    /// Withdraws the pairing code.
    PairingCancel "pairing.cancel" Control () -> crate::sharing::Sharing;
    /// Accepts or refuses a device that waits.
    PairingAnswer "pairing.answer" Control (crate::sharing::PairingDecision) -> crate::sharing::Sharing;
    /// The paired devices.
    ViewersList "viewers.list" Control () -> Vec<crate::sharing::ViewerInfo>;
    /// Changes the name or the scope of a paired device.
    ViewersChange "viewers.change" Control (crate::sharing::ViewerChange) -> crate::sharing::Sharing;
    /// Revokes the access of a paired device.
    ViewersRevoke "viewers.revoke" Control (crate::sharing::ViewerRef) -> crate::sharing::Sharing;
    /// Makes a token for a script. Only at the machine itself.
    ViewersAdd "viewers.add" Control (crate::sharing::TokenParams) -> crate::sharing::TokenMade;
}

impl Method {
    /// The method of this name, if there is one.
    #[must_use]
    pub fn named(name: &str) -> Option<Method> {
        Method::ALL.iter().copied().find(|method| method.name() == name)
    }

    /// Whether it is answered by access control (`sharing.*`, `pairing.*`, `viewers.*`), not from what was sampled.
    #[must_use]
    pub const fn is_owners(self) -> bool {
        matches!(self.scope(), Scope::Control)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_found_by_its_name_and_written_by_it() {
        for &method in Method::ALL {
            assert_eq!(Method::named(method.name()), Some(method));
            assert_eq!(serde_json::to_value(method).unwrap(), method.name());
        }
        assert_eq!(Method::named("weather"), None);
    }
}
