//! What any server with sessions could take over.

pub(crate) mod cookie;
pub mod lifetime;
pub mod secret;
