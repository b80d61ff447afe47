//! Checks of every request before any route: its `Host`, its `Origin`, and its proof. Who has access is decided in
//! [`crate::access`].
//!
//! In reading order: [`guard`] (the checks, and what they find) → [`host`] → [`origin`] → [`cookie`]
//! → [`http_proof`].

pub(crate) mod cookie;
pub(crate) mod guard;
pub(crate) mod host;
mod http_proof;
pub(crate) mod origin;
