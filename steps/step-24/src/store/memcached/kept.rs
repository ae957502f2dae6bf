//! What Memcached keeps of a session, and how long. When a session ends stands in the value, to
//! the moment: Memcached goes by whole seconds, and may be late.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tower_sessions::{
    session::Record,
    session_store::{Error, Result},
};

use crate::store::{
    memcached::act::Found,
    name::Name,
    sessions::{Data, Entry, unread},
};

/// So long is what is kept of a session, at most. In bytes of JSON.
pub const LONGEST: usize = 16 * 1024;

/// In seconds. What is longer, Memcached takes for a date.
const LONGEST_TIME: i64 = 30 * 24 * 60 * 60;

/// The last date that it understands.
const LAST_DATE: i64 = i32::MAX as i64;

/// Its clock may be so late, in seconds: the value stays until it has ended by its own end.
const LATE: i64 = 2;

/// How Memcached is told when a value may go.
pub(super) fn until(end: OffsetDateTime) -> String {
    let now = OffsetDateTime::now_utc();
    let time = (end - now).whole_seconds() + LATE;
    let date = end.unix_timestamp() + LATE;
    if end <= now {
        "T-1".to_owned()
    } else if time <= LONGEST_TIME {
        format!("T{time}")
    } else if date <= LAST_DATE {
        format!("T{date}")
    } else {
        // By no clock.
        "T0".to_owned()
    }
}

/// What is under a session's name.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kept<D> {
    /// The session, and when it ends.
    Session {
        #[serde(with = "time::serde::rfc3339")]
        end: OffsetDateTime,
        data: D,
    },
    /// The name that the session has got since.
    MovedTo(String),
}

impl<D: Serialize> Kept<D> {
    pub(super) fn to_json(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|why| Error::Encode(why.to_string()))
    }
}

/// A record as a value. Not a longer one: what is too long for Memcached, it refuses, and
/// deletes what was there.
pub(super) fn value(record: &Record) -> Result<Vec<u8>> {
    let Record { data, expiry_date: end, .. } = record;
    let value = Kept::Session { end: *end, data }.to_json()?;
    if value.len() > LONGEST {
        return Err(Error::Encode(format!("more than {LONGEST} bytes")));
    }
    Ok(value)
}

pub(super) fn key(name: &Name) -> String {
    format!("session:{name}")
}

pub(super) fn read(found: &Found) -> Result<Kept<Data>> {
    serde_json::from_slice(&found.value).map_err(unread)
}

/// The session of this name, if it is what was found, and has not ended.
pub(super) fn live(name: &Name, found: Option<&Found>) -> Result<Option<Entry>> {
    let kept = found.map(read).transpose()?;
    Ok(match kept {
        Some(Kept::Session { end, data }) if end > OffsetDateTime::now_utc() => {
            Some(Entry { name: *name, data, end })
        }
        _ => None,
    })
}
