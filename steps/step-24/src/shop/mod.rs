//! What the shop is about.

pub(crate) mod basket;
