//! Who the members are, and which of them is signed in.

pub mod accounts;
pub(crate) mod credentials;
pub(crate) mod door;
pub(crate) mod member;
pub(crate) mod password;
pub(crate) mod tries;
