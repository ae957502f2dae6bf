//! Where sessions, accounts and orders are kept.

#[cfg(not(target_family = "wasm"))]
pub mod account_file;
pub mod accounts;
pub(crate) mod again;
#[cfg(not(target_family = "wasm"))]
pub mod apart;
pub(crate) mod failed;
pub(crate) mod front;
#[cfg(not(target_family = "wasm"))]
pub mod memcached;
pub mod name;
pub mod orders;
#[cfg(not(target_family = "wasm"))]
pub mod postgres;
#[cfg(not(target_family = "wasm"))]
pub mod redis;
pub mod sessions;
#[cfg(not(target_family = "wasm"))]
mod several;
#[cfg(not(target_family = "wasm"))]
pub mod sqlite;
pub mod sweep;
pub(crate) mod watched;
