//! What has to be there before anything is tested: system packages, the page's packages, the page.

use super::limits::{SUITE_LIMIT, TOOL_LIMIT};
use crate::progress::Progress;
use crate::selection::Selection;
use crate::{install, node};

/// What is there to test with.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) selection: Selection,
    /// The UI's npm packages are installed.
    pub(super) packages: bool,
}

impl Prepared {
    pub(super) fn now(progress: &mut Progress, tests_run: bool) -> Self {
        let chore = if tests_run { install::For::Tests } else { install::For::Window };
        // Said once and counted as a failure; what can run without it still runs.
        progress.check("system packages", || install::install(chore));
        let packages = node_packages(progress);
        let page = packages && ui_built(progress);
        let window = page && install::still_missing(install::For::Window).is_empty();
        Self { selection: if window { Selection::WithWindow } else { Selection::WithoutWindow }, packages }
    }
}

fn node_packages(progress: &mut Progress) -> bool {
    if let Err(error) = node::require() {
        progress.cannot("Node", &format!("{error:#}"));
        return false;
    }
    node::installed() || progress.step("npm ci", node::install(), SUITE_LIMIT)
}

fn ui_built(progress: &mut Progress) -> bool {
    node::built() || {
        progress.step("ui: build", node::build(), TOOL_LIMIT)
            && progress.check("ui: remember the build", node::mark_built)
    }
}
