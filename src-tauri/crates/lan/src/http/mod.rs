//! What is answered in plain HTTP: this machine's own interface, the exposition for Prometheus, and the page.
//!
//! In reading order: [`api`] → [`exposition`] → [`page`].

pub(crate) mod api;
pub(crate) mod exposition;
pub(crate) mod page;
