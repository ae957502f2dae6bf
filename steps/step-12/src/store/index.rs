//! Whose sessions are whose.

use async_trait::async_trait;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};

/// The key under which a session holds the name of its member.
pub(crate) const MEMBER: &str = "member";

/// The key under which a session holds the stamp that the account had when the session
/// became its member's.
pub(crate) const STAMP: &str = "stamp";

/// The key under which a session holds the identifier that it had before.
pub(crate) const BEFORE: &str = "before";

/// The key under which a session holds whether it was the same member's under that
/// identifier.
pub(crate) const WAS_MEMBER: &str = "was_member";

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
}

/// The member whose session this is, as the record says.
pub(crate) fn member_of(record: &Record) -> Option<&str> {
    record.data.get(MEMBER)?.as_str()
}

/// The stamp that the session of this record carries.
pub(crate) fn stamp_of(record: &Record) -> Option<&str> {
    record.data.get(STAMP)?.as_str()
}

/// Whether the session of this record was the same member's under the identifier of before.
pub(crate) fn was_member(record: &Record) -> bool {
    record.data.get(WAS_MEMBER).is_some_and(|was| *was == true)
}

/// The identifier that the session of this record had before.
pub(crate) fn before(record: &Record) -> Option<Id> {
    record.data.get(BEFORE)?.as_str()?.parse().ok()
}
// ANCHOR_END: index
