//! Where sessions are kept.

mod sorted;
pub mod sweep;
