//! Starts the engines in which sessions are kept: each a real one, on a free port of this machine's
//! own network, with its files in a temporary folder, and gone with the test that has asked for it,
//! however that ends.
//!
//! [`Postgres`] is a PostgreSQL, [`Redis`] a Redis, [`Memcached`] a Memcached, [`Wire`] a stretch of
//! network in front of any engine that can go silent.

mod engine;
mod memcached;
mod postgres;
mod redis;
mod wire;

pub use memcached::Memcached;
pub use postgres::{Ending, Postgres};
pub use redis::{Monitor, Redis};
pub use wire::Wire;
