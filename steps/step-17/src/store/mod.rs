//! Where sessions and accounts are kept.

pub mod account_file;
pub mod accounts;
pub mod apart;
pub(crate) mod failed;
pub(crate) mod front;
pub mod memcached;
pub mod name;
pub mod sessions;
