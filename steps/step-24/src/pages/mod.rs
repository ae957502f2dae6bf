//! What is shown.

pub(crate) mod administrator;
pub(crate) mod credentials;
pub(crate) mod devices;
pub(crate) mod errors;
pub(crate) mod headers;
pub(crate) mod held;
mod layout;
pub(crate) mod member;
pub(crate) mod message;
mod problem;
pub(crate) mod shop;
