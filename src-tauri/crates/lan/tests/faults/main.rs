//! What links and viewers do to a server, and what must hold all the same: nobody else misses a frame, nobody is
//! shown a mixture of two moments, and nothing is left behind.
//!
//! In reading order: [`proxy`] (the link) → [`viewer`] → [`slow`] → [`lost`] → [`sliced`] → [`cut`] → [`restart`].

mod cut;
#[path = "../fixture/mod.rs"]
mod fixture;
mod lost;
mod proxy;
#[path = "../fixture/raw.rs"]
mod raw;
mod restart;
mod sliced;
mod slow;
mod viewer;
