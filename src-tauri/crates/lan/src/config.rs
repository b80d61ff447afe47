//! How the server starts, as its program says: what sharing says later goes before most of it.

use std::net::IpAddr;

use wire::sharing::Reach;

/// How the server opens, as far as its owner has not said otherwise.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// How far, until sharing is changed for the first time.
    pub reach: Reach,
    /// One address more, whatever sharing says: asked for on the command line.
    pub listen: Option<IpAddr>,
    /// Port; 0 takes any free one. `None`: as sharing says, else [`PORT`].
    pub port: Option<u16>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self { reach: Reach::Local, listen: None, port: None }
    }
}
