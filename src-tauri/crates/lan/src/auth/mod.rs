//! What is checked of every request before any route: by which name this machine was asked, by which page, and with
//! what proof. Who has access stands in [`crate::access`].
//!
//! In reading order: [`guard`] (the checks, and what they find) → [`host`] → [`origin`] → [`cookie`].

pub(crate) mod cookie;
pub(crate) mod guard;
pub(crate) mod host;
pub(crate) mod origin;
