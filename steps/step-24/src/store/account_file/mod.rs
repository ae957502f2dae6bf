//! Accounts and orders in one SQLite file: whatever the sessions are kept in, these stay.
//! Beside them stands who has which session, for a store that cannot tell.

mod ask;
mod file;
mod notes;
mod orders;
mod rows;

pub use crate::store::account_file::ask::AccountFile;
