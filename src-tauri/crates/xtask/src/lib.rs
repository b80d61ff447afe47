//! What the chores and the bench share: where things are in this repository, and how its programs are built.

pub mod node;
pub mod place;
pub mod processes;
pub mod selection;
