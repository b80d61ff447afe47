//! What server and client both need of the network below HTTP: which networks this machine is on, DNS-SD over
//! multicast, what is read off a certificate, and the socket by which the commands of this computer reach its monitor.
//!
//! It is a crate of its own because the server (`lan`) and the client (`client`) import nothing of each other, and
//! `wire`, which both know, has no operating system.
//!
//! In reading order: [`networks()`] (where this machine is) → [`dns_sd`] (how machines find each other) →
//! [`certificate`] (by which key one is known again, and until when) → `owner_socket` (the owner's, on Unix).

pub mod certificate;
pub mod dns_sd;
mod networks;
#[cfg(unix)]
pub mod owner_socket;

pub use networks::{Network, NetworkKey, is_local, is_private, networks};
