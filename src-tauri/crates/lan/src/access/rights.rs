//! What a token or a place of this computer lets see: a scope, and the owner's choice about arguments.

use wire::{Commands, Scope};

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rights {
    pub(crate) scope: Scope,
    /// Command lines come with their arguments, where the scope shows any.
    pub(crate) arguments: bool,
}

impl Rights {
    /// The owner's own, and those of programs of the same user: there is nothing they could not read anyway.
    pub(crate) const fn whole(scope: Scope) -> Self {
        Self { scope, arguments: true }
    }

    /// Those of everybody whom the owner gave no more.
    pub(crate) const fn programs(scope: Scope) -> Self {
        Self { scope, arguments: false }
    }

    /// The same, but for what is said otherwise.
    pub(crate) fn or(self, scope: Option<Scope>, arguments: Option<bool>) -> Self {
        Self { scope: scope.unwrap_or(self.scope), arguments: arguments.unwrap_or(self.arguments) }
    }

    /// How much of command lines is shown.
    pub(crate) const fn commands(self) -> Commands {
        Commands::of(self.scope, self.arguments)
    }
}
