//! stub until merged
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Network {
    pub(crate) interface: String,
    pub(crate) address: IpAddr,
    pub(crate) prefix: String,
    pub(crate) gateway_mac: Option<String>,
    pub(crate) local: bool,
}
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NetworkKey {
    pub(crate) prefix: String,
    pub(crate) gateway_mac: Option<String>,
}
impl Network {
    pub(crate) fn key(&self) -> NetworkKey {
        NetworkKey { prefix: self.prefix.clone(), gateway_mac: self.gateway_mac.clone() }
    }
}
pub(crate) fn networks() -> Vec<Network> {
    Vec::new()
}
