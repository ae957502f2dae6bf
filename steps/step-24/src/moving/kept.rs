//! Where Express keeps its sessions, and how it signs their identifiers.

use std::sync::Arc;

use async_trait::async_trait;
use zeroize::Zeroizing;

/// What has to be known of the Express program.
#[derive(Clone)]
pub struct Moving {
    /// The name of its cookie.
    pub(super) cookie: String,
    /// Its secrets, the newest first. It signs with the first, and takes what any has
    /// signed.
    pub(super) secrets: Arc<[Zeroizing<String>]>,
    pub(super) kept: Arc<dyn Kept>,
}

/// The records of its sessions.
#[async_trait]
pub(super) trait Kept: Send + Sync {
    /// Takes a record out: of all who ask for it, one gets it.
    async fn take(&self, sid: &str) -> Result<Option<Vec<u8>>, String>;
}
