//! How the server starts, as the program configures it. What the owner sets by sharing takes precedence over most of it.

use std::net::IpAddr;

use wire::sharing::Reach;

/// How the server starts, as far as its owner has not set otherwise.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// How far, until sharing is changed for the first time.
    pub reach: Reach,
    /// One address more, whatever the owner sets: from the command line.
    pub listen: Option<IpAddr>,
    /// Port; 0 takes any free one. `None`: as the owner set it, else [`PORT`].
    pub port: Option<u16>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self { reach: Reach::Local, listen: None, port: None }
    }
}
