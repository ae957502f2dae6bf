//! Finds out which engines are installed.

include!("../engines/installed.rs");
