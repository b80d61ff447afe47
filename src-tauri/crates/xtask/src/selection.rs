//! Which packages cargo builds, and with which features.
//!
//! Cargo unifies features over the packages that are selected together: the same crate is built again for
//! another selection. So that a window, an agent and all tests come out of one build, every chore selects
//! the same packages. xtask stays out: it runs meanwhile, and Windows does not let a running file be replaced.

use std::process::Command;

use crate::place;

/// What a build is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// Everything, the window with the UI built in. Needs the system's webview and `ui/dist`.
    WithWindow,
    /// What a bare `cargo build` takes.
    WithoutWindow,
}

impl Selection {
    /// Puts the built page into the window.
    pub const WINDOW_FEATURES: &'static str = "sightline/custom-protocol";

    /// `cargo <verb>` for this selection.
    pub fn cargo(self, verb: &[&str]) -> Command {
        let mut command = self.cargo_with_chores(verb);
        command.args(["--exclude", "sightline-xtask"]);
        command
    }

    /// `cargo <verb>` for this selection and xtask, where no program is built.
    pub fn cargo_with_chores(self, verb: &[&str]) -> Command {
        let mut command = place::cargo();
        command.args(verb).arg("--workspace");
        match self {
            Self::WithWindow => command.args(["--features", Self::WINDOW_FEATURES]),
            Self::WithoutWindow => command.args(["--exclude", "sightline"]),
        };
        command
    }
}
