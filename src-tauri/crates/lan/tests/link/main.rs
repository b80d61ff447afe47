//! A session that reconnects, over links that are cut, silent, blocked or forged. What the clock alone decides is
//! tested beside the code, in simulated time; here it is real sockets.

#[path = "../fixture/mod.rs"]
mod fixture;
mod hostile;
mod kept;
mod lost;
#[path = "../client/owned.rs"]
#[allow(dead_code, reason = "not every owner is of interest here")]
mod owned;
#[path = "../faults/proxy.rs"]
#[allow(dead_code, reason = "not every fault is of interest here")]
mod proxy;
mod refused;
#[path = "../client/stand_in.rs"]
#[allow(dead_code, reason = "not everybody stands in here")]
mod stand_in;

use fixture::{DEADLINE, Fixture};
