//! Plays the recorder's people against the real express-session.
//!
//! [`Express`] is a server that runs in Node, from `server.js`. The recorder sees it as what it sees of
//! a step: an [axum app](Express::app), which sends each request on, and a
//! [store](conversation::Backend) that is watched. Hence the same jars, and the same transcripts.
//!
//! [`Stores`] are those of express-session, from `stores.js`, each held to the rules of [`conformance`].

mod calls;
mod process;
mod server;
mod store;
mod transcript;

pub use server::{Express, agent};
pub use store::{Store, Stores};
pub use transcript::transcript;
