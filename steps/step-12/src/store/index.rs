//! Whose sessions are whose.

use async_trait::async_trait;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};

/// The key under which a session holds the name of its member.
pub(crate) const MEMBER: &str = "member";

/// The key under which a session holds the identifier that it had before.
pub(crate) const BEFORE: &str = "before";

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

    /// The identifier that the session with this one has got since, if it has.
    ///
    /// # Errors
    /// Passes on what the store answers.
    async fn successor_of(&self, id: &Id) -> Result<Option<Id>>;

    /// Ends those sessions of this member, or of every member, that `which` picks, and
    /// returns how many there were.
    ///
    /// # Errors
    /// Passes on what the store answers; what is left has not ended.
    async fn end(&self, member: Option<&str>, which: Which<'_>) -> Result<usize> {
        let mut records = self.records_of(member).await?;
        records.retain(which);
        for record in &records {
            self.delete(&record.id).await?;
        }
        Ok(records.len())
    }
}

/// Picks sessions by what their records say.
pub type Which<'a> = &'a (dyn Fn(&Record) -> bool + Send + Sync);

/// The member whose session this is, as the record says.
pub(crate) fn member_of(record: &Record) -> Option<&str> {
    record.data.get(MEMBER)?.as_str()
}
// ANCHOR_END: index

/// The identifier that the session of this record had before.
pub(crate) fn before(record: &Record) -> Option<Id> {
    record.data.get(BEFORE)?.as_str()?.parse().ok()
}
