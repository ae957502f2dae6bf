//! Sessions in Redis, for as many servers as there are. Each command that writes has one
//! key, so it does not matter how many machines the keys lie on.

mod call;
mod check;
mod connection;
mod kept;
mod lists;
mod notes;
mod place;
mod records;
mod swap;
mod way;

pub use crate::store::redis::{call::Redis, connection::PATIENCE, kept::LONGEST};
