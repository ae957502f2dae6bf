//! What stands between the network and the sessions.

pub(crate) mod address;
pub mod capacity;
pub(crate) mod cors;
#[cfg(not(target_family = "wasm"))]
pub mod handed;
pub(crate) mod limits;
pub(crate) mod origin;
#[cfg(not(target_family = "wasm"))]
pub(crate) mod over_http;
pub(crate) mod places;
pub mod provider;
#[cfg(not(target_family = "wasm"))]
pub mod serve;
pub mod site;
mod tries;
