//! Starts the engines in which sessions are kept: each a real one, on a free port of this machine's
//! own network, with its files in a temporary folder, and gone with the test that has asked for it,
//! however that ends.
//!
//! [`Postgres`] is a PostgreSQL, [`Memcached`] a Memcached, [`Redis`] a Redis, [`Sentinels`] and
//! [`Cluster`] are several that stand in for one another ([`Replicated`]), [`Wire`] is a stretch of
//! network in front of any engine that can go silent. [`Nginx`] keeps nothing: it stands in front of
//! a test's servers, with the certificate of an [`Authority`] that the test alone believes.

mod authority;
mod cluster;
mod engine;
mod memcached;
mod nginx;
mod postgres;
mod redis;
mod replicated;
mod sentinels;
mod wire;

pub use authority::{Authority, Certificate};
pub use cluster::Cluster;
pub use memcached::Memcached;
pub use nginx::Nginx;
pub use postgres::{Ending, Postgres};
pub use redis::{Monitor, Redis};
pub use replicated::Replicated;
pub use sentinels::Sentinels;
pub use wire::Wire;
