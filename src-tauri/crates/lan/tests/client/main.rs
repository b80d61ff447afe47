//! The client side, against a real machine where it behaves, and against those that are none where it has to be
//! on its guard.

mod comparing;
#[path = "../fixture/mod.rs"]
mod fixture;
mod impostors;
mod owned;
mod poll;
mod probe;
mod relays;
mod secure;
mod stand_in;

use fixture::{DEADLINE, Fixture};
