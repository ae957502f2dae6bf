//! Accounts and orders in one SQLite file: whatever the sessions are kept in, these stay.

mod ask;
mod file;
mod orders;
mod rows;

pub use crate::store::account_file::ask::AccountFile;
