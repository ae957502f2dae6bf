//! What this server asks of a store.

use std::collections::HashMap;

use async_trait::async_trait;
use serde_json::Value;
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::Record,
    session_store::{Error, Result},
};

use crate::{store::name::Name, watch::log};

/// The key under which a session holds the name of its member.
pub(crate) const MEMBER: &str = "member";

/// The key under which a session holds the stamp that the account had when the session
/// became its member's.
pub(crate) const STAMP: &str = "stamp";

/// The key under which a session holds the name that it had before.
pub(crate) const BEFORE: &str = "before";

/// The key under which a session holds whether it was the same member's under that name.
pub(crate) const WAS_MEMBER: &str = "was_member";

/// The key under which a record says which version of the session it is. A save brings the
/// next one.
pub const VERSION: &str = "version";

/// What a session holds.
pub type Data = HashMap<String, Value>;

/// A store that keeps what the chapters before promise. `SessionStore` asks less:
///
/// - `create` gives each record an identifier that nobody has seen;
/// - `save` refuses what is not there any more, and what does not bring the next version of
///   what is there: then another request has saved since;
/// - `delete` ends a session by any identifier that [`end`](Sessions::end) would find.
#[async_trait]
pub trait Sessions: SessionStore {
    /// Puts `record` in the place of the one of the name `before`, under an identifier that
    /// nobody has seen, as one act. The record notes whether that one was the same
    /// member's.
    ///
    /// # Errors
    /// That the session has ended, or that `record` does not bring the next version of it;
    /// or what keeps the store from answering.
    async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()>;

    /// The name that the session of this name has got since, if it has.
    ///
    /// # Errors
    /// What keeps the store from answering.
    async fn successor_of(&self, name: &Name) -> Result<Option<Name>>;

    /// The sessions of this member that have not ended; of every member, if none is named.
    ///
    /// # Errors
    /// What keeps the store from answering.
    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>>;

    /// Ends the session of this name, or the one that was the same member's under it and
    /// has another now. False if there is none that has not ended.
    ///
    /// # Errors
    /// What keeps the store from answering.
    async fn end(&self, name: &Name) -> Result<bool>;

    /// Ends the session of this name if this is still the version of it.
    ///
    /// # Errors
    /// That the session has ended, or that it has another version by now; or what keeps the
    /// store from answering.
    async fn end_unless_changed(&self, name: &Name, version: i64) -> Result<()>;

    /// Ends the sessions of these names, each as [`end`](Sessions::end) does, if the
    /// session `by` has not ended, as one act. Returns how many there were.
    ///
    /// # Errors
    /// That `by` has ended, which has no right to anything any more; or what keeps the
    /// store from answering.
    async fn end_by(&self, by: &Name, names: &[Name]) -> Result<usize>;

    /// Gives the room of expired records back, and returns their names.
    ///
    /// # Errors
    /// What keeps the store from answering; what is left is deleted the next time.
    async fn delete_expired(&self) -> Result<Vec<Name>>;
}

/// A session, without the identifier that would let somebody in.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What the store calls it.
    pub name: Name,
    /// What it holds.
    pub data: Data,
    /// When it ends.
    pub end: OffsetDateTime,
}

/// The member whose session this is, as its data says.
pub(crate) fn member_of(data: &Data) -> Option<&str> {
    data.get(MEMBER)?.as_str()
}

/// The stamp that a session carries, as its data says.
pub(crate) fn stamp_of(data: &Data) -> Option<&str> {
    data.get(STAMP)?.as_str()
}

/// The name that a session had before, as its data says.
pub(crate) fn before(data: &Data) -> Option<Name> {
    data.get(BEFORE)?.as_str()?.parse().ok()
}

/// Whether a session was the same member's under the name of before, as its data says.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn was_member(data: &Data) -> bool {
    data.get(WAS_MEMBER).is_some_and(|was| *was == true)
}

/// Which version this is, as the data says. What was written before there were versions has
/// none, and counts as 0.
pub(crate) fn version_of(data: &Data) -> i64 {
    data.get(VERSION).and_then(Value::as_i64).unwrap_or_default()
}

/// How a store says that it does not understand what it has kept.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn unread(why: serde_json::Error) -> Error {
    Error::Decode(log::class(&why))
}

const ENDED: &str = "the session has ended";

/// How a store refuses to write what has ended.
pub(crate) fn ended() -> Error {
    Error::Backend(ENDED.to_owned())
}

/// Whether the store is well, and the session has ended.
pub(crate) fn is_end(error: &Error) -> bool {
    matches!(error, Error::Backend(why) if why == ENDED)
}

const STALE: &str = "the session has been changed meanwhile";

/// How a store refuses to write what another request has changed.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn stale() -> Error {
    Error::Backend(STALE.to_owned())
}

/// Whether the store is well, and the session has another version by now.
pub(crate) fn is_stale(error: &Error) -> bool {
    matches!(error, Error::Backend(why) if why == STALE)
}
