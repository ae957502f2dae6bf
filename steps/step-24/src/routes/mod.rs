//! What is done with a request.

pub(crate) mod administrator;
pub(crate) mod api;
pub(crate) mod devices;
pub(crate) mod elsewhere;
pub(crate) mod member;
pub(crate) mod password;
pub(crate) mod shop;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod step_up;
pub(crate) mod tokens;
