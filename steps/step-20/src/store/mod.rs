//! Where sessions, accounts and orders are kept.

pub mod account_file;
pub mod accounts;
pub(crate) mod again;
pub mod apart;
pub(crate) mod failed;
pub(crate) mod front;
pub mod name;
pub mod orders;
pub mod postgres;
pub mod redis;
pub mod sessions;
pub mod sqlite;
pub mod sweep;
