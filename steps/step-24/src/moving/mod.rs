//! Visitors who still have a session of the Express program before this one. Whoever signs
//! in here brings along what is in it, and there it ends. When nobody comes from there any
//! more, this room goes.

mod came;
mod cookie;
#[cfg(not(target_family = "wasm"))]
mod in_redis;
mod kept;
mod old;
#[cfg(not(target_family = "wasm"))]
mod settings;

pub(crate) use crate::moving::came::{Came, follow};
pub use crate::moving::kept::Moving;
