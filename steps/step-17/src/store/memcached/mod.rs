//! Sessions in Memcached, which forgets.

mod act;
mod records;

pub use self::{act::Memcached, records::LONGEST};
