//! What Redis keeps of a session, and under which key.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tower_sessions::{
    session::Record,
    session_store::{Error, Result},
};

use crate::store::{
    name::Name,
    sessions::{self, Data, WAS_MEMBER},
};

/// So long is what a session holds, at most. In bytes of JSON.
pub const LONGEST: usize = 16 * 1024;

// ANCHOR: keys
/// The key of a session's record: a string.
pub(super) fn session(name: &Name) -> String {
    format!("tea:session:{name}")
}

/// The key of what may have taken the place of a session: a set of names.
pub(super) fn next(name: &Name) -> String {
    format!("tea:next:{name}")
}

/// The key of the sessions of a member: a set of names.
pub(super) fn member(member: &str) -> String {
    format!("tea:member:{member}")
}

/// The key of the sessions of all members, in the order of their ends: `<name> <member>`.
pub(super) const ENDS: &str = "tea:ends";
// ANCHOR_END: keys

// ANCHOR: kept
/// A record. Its end stands in it, so that one command reads both.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) end: OffsetDateTime,
    pub(super) data: Data,
}

impl Kept {
    pub(super) fn member(&self) -> Option<&str> {
        sessions::member_of(&self.data)
    }

    /// The name that the session had before.
    pub(super) fn before(&self) -> Option<Name> {
        sessions::before(&self.data)
    }

    pub(super) fn was(&self, name: &Name) -> bool {
        self.before() == Some(*name)
    }

    /// Whether it was the same member's then.
    pub(super) fn was_member(&self) -> bool {
        self.data.get(WAS_MEMBER).is_some_and(|was| *was == true)
    }
}
// ANCHOR_END: kept

/// A record as Redis keeps it: as JSON.
// ANCHOR: coded
pub(super) fn encoded(record: &Record) -> Result<String> {
    let failed = |why: serde_json::Error| Error::Encode(why.to_string());
    let data = serde_json::to_string(&record.data).map_err(failed)?;
    if data.len() > LONGEST {
        return Err(Error::Encode(format!("more than {LONGEST} bytes")));
    }
    let end = serde_json::to_string(&record.expiry_date).map_err(failed)?;
    Ok(format!(r#"{{"end":{end},"data":{data}}}"#))
}

pub(super) fn decoded(text: &[u8]) -> Result<Kept> {
    serde_json::from_slice(text).map_err(|why| Error::Decode(why.to_string()))
}

/// In milliseconds since the beginning of 1970, as Redis counts. It takes none before.
pub(super) fn milliseconds(time: OffsetDateTime) -> i64 {
    (time.unix_timestamp_nanos() / 1_000_000).max(1) as i64
}
// ANCHOR_END: coded
