//! Sessions and accounts in PostgreSQL, for as many servers as there are.

mod account_rows;
mod call;
mod messages;
mod name_column;
mod schema;
mod session_rows;

pub use crate::store::postgres::{call::Postgres, session_rows::LONGEST};
