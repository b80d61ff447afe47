//! What is answered in plain HTTP: this machine's own interface, the exposition for Prometheus, and the page.
//!
//! In reading order: [`api`] → [`exposition`] → [`page`], in the [`coding`] that a client wants.

pub(crate) mod api;
mod coding;
pub(crate) mod exposition;
pub(crate) mod page;
