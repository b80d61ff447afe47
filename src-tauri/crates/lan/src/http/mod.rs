//! What is answered in plain HTTP: this machine's own interface, the exposition for Prometheus, and the page.
//!
//! In reading order: [`body`] (the body of a request) → [`api`] → [`exposition`] → [`page`].

pub(crate) mod api;
pub(crate) mod body;
pub(crate) mod exposition;
pub(crate) mod page;
