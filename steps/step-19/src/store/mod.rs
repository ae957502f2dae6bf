//! Where sessions, accounts and orders are kept.

pub mod accounts;
pub(crate) mod again;
pub(crate) mod failed;
pub(crate) mod front;
pub mod name;
pub mod orders;
pub mod sessions;
pub mod sqlite;
pub mod sweep;
