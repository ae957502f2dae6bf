//! Where sessions are kept.

pub mod index;
mod sorted;
pub mod strict;
pub mod sweep;
