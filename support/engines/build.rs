//! Finds out which engines are installed.

include!("installed.rs");
