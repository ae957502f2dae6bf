//! What the provider knows.

use crate::codes::Codes;

/// Who may send people here, and where they are sent back.
#[derive(Clone, Debug)]
pub struct Client {
    /// What the client is called.
    pub id: String,
    /// What it proves with that it is the one.
    pub secret: String,
    /// Where its people go, byte for byte.
    pub redirect_uri: String,
}

/// What the provider knows.
pub(crate) struct Provider {
    pub(crate) issuer: String,
    pub(crate) client: Client,
    pub(crate) codes: Codes,
}
