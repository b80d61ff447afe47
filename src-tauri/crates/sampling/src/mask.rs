//! Secrets in arguments, hidden before a command line is stored.
