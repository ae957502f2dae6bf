//! Where sessions and accounts are kept.

pub mod accounts;
pub(crate) mod failed;
pub(crate) mod front;
pub mod name;
pub mod sessions;
pub mod sqlite;
pub mod sweep;
