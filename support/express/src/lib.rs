//! Plays the recorder's people against the real express-session.
//!
//! [`Express`] is a server that runs in Node, from `server.js`. The recorder sees it as what it sees of
//! a step: an [axum app](Express::app), which sends each request on, and a
//! [store](conversation::Backend) that is watched. Hence the same jars, and the same transcripts.

mod process;
mod server;
mod transcript;

pub use server::{Express, agent};
pub use transcript::transcript;
