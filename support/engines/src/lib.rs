//! Starts the engines in which sessions are kept: each a real one, on a free port of this machine's
//! own network, with its files in a temporary folder, and gone with the test that has asked for it,
//! however that ends.
//!
//! [`Postgres`] is a PostgreSQL, [`Wire`] a stretch of network in front of any engine that can go
//! silent.

mod engine;
mod postgres;
mod wire;

pub use postgres::{Ending, Postgres};
pub use wire::Wire;
