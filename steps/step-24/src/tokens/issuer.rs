//! Who gives tokens to programs, and knows them again.

use crate::{
    edge::site::{Site, Tokens},
    session::secret::Ring,
};

/// Who gives tokens to programs: this server, or another one with the same keys.
pub(crate) struct Issuer {
    pub(crate) ring: Ring,
    /// What it is called in its tokens.
    pub(crate) name: String,
    pub(crate) tokens: Tokens,
}

impl Issuer {
    pub(crate) fn new(ring: Ring, site: &Site) -> Self {
        let name = site.origin.as_ref().map(ToString::to_string);
        let name = name.unwrap_or("tea-shop".to_owned());
        Self { ring, name, tokens: site.tokens }
    }
}
