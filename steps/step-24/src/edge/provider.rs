//! Another server that says who somebody is.

use std::fmt::Debug;

use async_trait::async_trait;
use time::OffsetDateTime;

/// What this server and the provider have agreed upon.
#[derive(Clone, Debug)]
pub struct Agreed {
    /// What the provider calls itself: its origin, such as `https://login.example`.
    pub issuer: String,
    /// What the provider calls this server.
    pub client: String,
    /// Where the provider sends people back, byte for byte.
    pub redirect_uri: String,
}

/// Whom the provider has before it.
#[derive(Clone, Debug)]
pub struct Subject {
    /// What the provider calls somebody, and nobody else.
    pub name: String,
    /// When that somebody has proven it.
    pub proven: OffsetDateTime,
}

/// Why the provider does not say who somebody is. No secret stands in it.
#[derive(Clone, Debug)]
pub enum Silence {
    /// It does not take the code, or not any more.
    Refused,
    /// There is no provider to ask, or it takes too long.
    OutOfReach(String),
    /// What it says is not understood.
    Unclear(String),
}

/// A server that says who somebody is (OpenID Connect Core 1.0).
#[async_trait]
pub trait Provider: Debug + Send + Sync + 'static {
    /// What was agreed upon.
    fn agreed(&self) -> &Agreed;

    /// Who has brought this code, which is good once, and only together with the verifier.
    ///
    /// # Errors
    /// Why it does not say so.
    async fn exchange(
        &self,
        code: &str,
        verifier: &str,
    ) -> Result<Subject, Silence>;
}

impl Agreed {
    /// The provider's name, with a port if it has one.
    pub(crate) fn host(&self) -> &str {
        self.issuer.split_once("://").map_or("", |(_, host)| host)
    }
}
