//! Who the members are, which of them is signed in, and where.

mod account;
pub(crate) mod administrator;
pub(crate) mod client;
pub(crate) mod credentials;
pub(crate) mod current;
pub mod devices;
pub(crate) mod door;
pub(crate) mod elsewhere;
pub(crate) mod member;
pub(crate) mod next;
pub(crate) mod orders;
pub(crate) mod password;
pub(crate) mod program;
pub mod step_up;
pub(crate) mod visitor;
