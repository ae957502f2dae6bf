//! Finds out whether express-session is installed.

include!("../express/installed.rs");
