//! What is done with a request.

pub(crate) mod member;
pub(crate) mod shop;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
