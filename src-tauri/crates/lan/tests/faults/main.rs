//! Faults of links and viewers, and what must hold all the same: no other viewer misses a frame, none gets a mixture of
//! two moments, and nothing is leaked.
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
