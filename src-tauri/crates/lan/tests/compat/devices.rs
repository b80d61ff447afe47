//! Family B from outside.
