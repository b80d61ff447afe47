//! The error where no window can be shown.

/// There is nothing to show a window on.
#[derive(Debug, thiserror::Error)]
#[error(
    "There is no display here. Run `sightline-agent serve` and open http://127.0.0.1:{} in a browser.",
    wire::PORT
)]
pub(crate) struct NoDisplay;
