//! Sessions, accounts and orders in PostgreSQL, for as many servers as there are.

mod account_rows;
mod call;
mod name_column;
mod order_rows;
mod schema;
mod session_rows;

pub use crate::store::postgres::{call::Postgres, session_rows::LONGEST};
