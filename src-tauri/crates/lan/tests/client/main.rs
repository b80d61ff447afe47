//! The client side, against a real machine where it behaves, and against those that are none where it has to be
//! on its guard.

mod comparing;
#[path = "../house/mod.rs"]
mod house;
mod impostors;
mod owned;
mod poll;
mod probe;
mod secure;
mod stand_in;

use house::{House, PATIENCE};
