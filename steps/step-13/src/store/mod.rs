//! Where sessions are kept.

pub(crate) mod front;
pub mod memory;
pub mod name;
mod order;
pub mod sessions;
pub mod sweep;
