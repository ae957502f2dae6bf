//! Where sessions are kept.

mod sorted;
pub mod strict;
pub mod sweep;
