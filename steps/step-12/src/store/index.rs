//! Whose sessions are whose.

use async_trait::async_trait;
use tower_sessions::{SessionStore, session::Record, session_store::Result};

/// The key under which a session holds the name of its member.
pub(crate) const MEMBER: &str = "member";

// ANCHOR: index
/// A store that can be asked for the sessions of a member. `SessionStore` by itself finds
/// a record by its identifier only.
#[async_trait]
pub trait Index: SessionStore {
    /// The records of this member's sessions that have not ended; of every member's, if
    /// none is named.
    ///
    /// # Errors
    /// Passes on what the store answers.
    async fn records_of(&self, member: Option<&str>) -> Result<Vec<Record>>;
}

/// The member whose session this is, as the record says.
pub(crate) fn member_of(record: &Record) -> Option<&str> {
    record.data.get(MEMBER)?.as_str()
}
// ANCHOR_END: index
