//! Where sessions and accounts are kept.

pub mod accounts;
pub mod cache;
pub mod cached;
pub(crate) mod failed;
pub(crate) mod front;
pub(crate) mod look;
pub mod name;
#[cfg(not(target_family = "wasm"))]
pub mod postgres;
pub mod sessions;
pub mod sweep;
