//! What a member's program brings in the place of a cookie.

pub(crate) mod access;
mod bearer;
pub(crate) mod issuer;
pub(crate) mod refresh;
