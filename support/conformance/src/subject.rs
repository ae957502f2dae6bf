//! A store, and what it can do beyond tower-sessions' own trait.

use std::collections::HashMap;

use async_trait::async_trait;
use serde_json::Value;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

/// What a session holds.
pub type Data = HashMap<String, Value>;

/// A store that is put to the test, empty at first. What it cannot be asked is `None`, and the
/// rules about that are told as *has none*.
#[async_trait]
pub trait Subject: Send + Sync + 'static {
    /// The store, as tower-sessions sees it.
    fn store(&self) -> &dyn SessionStore;

    /// Whether the language of the servers that use this store has such a value. What it has
    /// not, nobody can ask the store to keep.
    fn knows(&self, _value: &Value) -> bool {
        true
    }

    /// Notes in a record that its session is this member's, where the store looks for it.
    fn give_to(&self, member: &str, record: &mut Record) {
        record.data.insert("member".to_owned(), member.into());
    }

    /// Puts `record` in the place of the one that `before` identifies, as one act.
    async fn rotate(&self, _before: &Id, _record: &mut Record) -> Option<Result<()>> {
        None
    }

    /// Notes in a record that it is the next version of what it was, where the store has
    /// versions.
    fn bring_next(&self, _record: &mut Record) {}

    /// Whether this says that a session has another version by now, and goes on.
    fn is_stale(&self, _why: &Error) -> bool {
        false
    }

    /// Ends a session, where the store has versions only if it still has that of `seen`.
    async fn end_unless_changed(&self, seen: &Record) -> Result<()> {
        self.store().delete(&seen.id).await
    }

    /// What the sessions of this member hold that have not ended.
    async fn of_member(&self, _member: &str) -> Option<Result<Vec<Data>>> {
        None
    }

    /// Deletes what has expired.
    async fn sweep(&self) -> Option<Result<()>> {
        None
    }

    /// How many records it holds, those that have expired included.
    async fn count(&self) -> Option<usize> {
        None
    }

    /// All that can be read by whoever gets hold of the place where the records are.
    async fn at_rest(&self) -> Option<Vec<u8>> {
        None
    }
}
