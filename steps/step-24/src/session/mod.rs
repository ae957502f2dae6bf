//! What any server with sessions could take over.

pub(crate) mod body;
pub(crate) mod cookie;
pub(crate) mod flash;
pub(crate) mod forms;
pub mod key_file;
pub mod lifetime;
pub mod secret;
pub(crate) mod strangers;
