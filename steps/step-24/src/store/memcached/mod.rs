//! Sessions in Memcached, which forgets.

mod act;
mod check;
mod kept;
mod records;
mod rotation;

pub use crate::store::memcached::{act::Memcached, check::checked, kept::LONGEST};
