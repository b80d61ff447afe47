//! Family A from outside.
