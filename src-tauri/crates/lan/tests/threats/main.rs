//! The threats of the design, one by one, at a real server or a real agent:
//!
//! | | | |
//! |---|---|---|
//! | T1 | [`pages`] | pages of somebody else in a viewer's browser |
//! | T2 | [`names`] | names that are not this machine's |
//! | T3, T12 | [`canary`] | secrets in command lines, environments, settings and files |
//! | T4 | [`methods`], and routes in `api/access.rs` | what each caller may ask |
//! | T5 | [`forgery`] | forms, beacons and links in somebody's name |
//! | T8, T9 | [`tapped`], [`revoked`], and `client/impostors.rs` | eavesdroppers, revoked viewers, and impostors |
//! | T10 | [`guesses`], [`cycles`], `clocks.rs` | guesses of codes and tokens, and pairings without end |
//! | T11 | [`attack`], [`siege`] and [`seats`], and `agent/tests/commands/flood.rs` | floods |
//! | T13 | [`files`] | paths that lead out |
//! | | [`own_files`], and `atomic-file/tests/planted.rs` | files that were planted, mistaken, or cannot be written |
//! | | `agent/tests/commands/local_users.rs` and `proxies.rs` | who is local: other users, and what proxies pass on |
//! | T14 | | hostile frames: `wire/fuzz`, and the bounds of MessagePack in `wire/src/codec` |
//! | T15 | [`packages`] | nothing that is installed runs as somebody else |
//!
//! What takes long is tried for seconds in [`short`], and for minutes in `long.rs`: `cargo xtask test --long`.
//! [`hostile`] is what strangers send to be paired. T6, names that hold markup, is tried where they are drawn:
//! `ui/e2e`.

#![expect(clippy::print_stdout, reason = "figures, and what a failed test was about")]

#[cfg(target_os = "linux")]
mod agent;
mod ask;
#[cfg(target_os = "linux")]
mod attack;
#[cfg(target_os = "linux")]
mod canary;
#[cfg(target_os = "linux")]
mod cycles;
#[cfg(target_os = "linux")]
mod files;
#[path = "../fixture/mod.rs"]
mod fixture;
mod forgery;
#[cfg(target_os = "linux")]
mod guesses;
mod hostile;
mod methods;
mod names;
#[cfg(unix)]
mod own_files;
mod owner;
mod packages;
mod pages;
#[path = "../fixture/raw.rs"]
mod raw;
mod revoked;
mod seats;
#[cfg(target_os = "linux")]
mod short;
#[cfg(target_os = "linux")]
mod siege;
mod tapped;

pub(crate) use fixture::{DEADLINE, Fixture};
