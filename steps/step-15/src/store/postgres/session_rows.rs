//! Sessions as rows. The clock of the database decides which have ended.

use async_trait::async_trait;
use time::OffsetDateTime;
use tokio_postgres::Row;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::store::{
    name::Name,
    postgres::call::{Act, Failed, Postgres, With},
    sessions::{self, Entry, Sessions, WAS_MEMBER, ended, member_of},
};

/// So long is what a session holds, at most. In bytes of JSON.
pub const LONGEST: usize = 16 * 1024;

/// So many expired sessions go at a time: no sweep holds much for long.
const SLICE: i64 = 1_000;

// ANCHOR: columns
/// A record, as the table has it. What is looked for stands in columns of its own, which
/// each write takes from the data: the two cannot differ.
struct Columns<'a> {
    data: String,
    ends: OffsetDateTime,
    member: Option<&'a str>,
    before: Option<Name>,
}

impl<'a> Columns<'a> {
    fn of(record: &'a Record) -> Result<Self> {
        let data = serde_json::to_string(&record.data)
            .map_err(|why| Error::Encode(why.to_string()))?;
        if data.len() > LONGEST {
            return Err(Error::Encode(format!("more than {LONGEST} bytes")));
        }
        Ok(Self {
            data,
            ends: record.expiry_date,
            member: member_of(&record.data),
            before: sessions::before(&record.data),
        })
    }
}
// ANCHOR_END: columns

// ANCHOR: store
const CREATE: &str = "INSERT INTO sessions (name, data, ends, member, before)
    VALUES ($1, $2, $3, $4, $5)";

const SAVE: &str =
    "UPDATE sessions SET data = $2, ends = $3, member = $4, before = $5
    WHERE name = $1 AND ends > clock_timestamp()";

const LOAD: &str = "SELECT name, data, ends FROM sessions
    WHERE name = $1 AND ends > clock_timestamp()";

#[async_trait]
impl SessionStore for Postgres {
    async fn create(&self, record: &mut Record) -> Result<()> {
        record.id = Id::default();
        let name = Name::of(&record.id);
        let Columns { data, ends, member, before } = Columns::of(record)?;
        self.count(CREATE, &[&name, &data, &ends, &member, &before]).await?;
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let name = Name::of(&record.id);
        let Columns { data, ends, member, before } = Columns::of(record)?;
        match self.count(SAVE, &[&name, &data, &ends, &member, &before]).await? {
            0 => Err(ended()),
            _ => Ok(()),
        }
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let row = self.rows(LOAD, &[&Name::of(id)]).await?.pop();
        let Some(row) = row else { return Ok(None) };
        let Entry { data, end, .. } = entry(&row)?;
        Ok(Some(Record { id: *id, data, expiry_date: end }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.end(&Name::of(id)).await.map(|_| ())
    }
}
// ANCHOR_END: store

// ANCHOR: entry
fn entry(row: &Row) -> Result<Entry> {
    let unread = |why: tokio_postgres::Error| Error::Decode(why.to_string());
    let data: &str = row.try_get("data").map_err(unread)?;
    Ok(Entry {
        name: row.try_get("name").map_err(unread)?,
        data: serde_json::from_str(data)
            .map_err(|why| Error::Decode(why.to_string()))?,
        end: row.try_get("ends").map_err(unread)?,
    })
}
// ANCHOR_END: entry

// ANCHOR: rotate
/// The same row: whoever waits for it, to end it, ends it under its new name.
const ROTATE: &str = "UPDATE sessions SET
        name = $2, data = $3, ends = $4, member = $5,
        before = name, was_member = coalesce(member = $5, false)
    WHERE name = $1 AND ends > clock_timestamp()
    RETURNING was_member";

const END: &str = "DELETE FROM sessions WHERE ends > clock_timestamp()
    AND (name = $1 OR was_member AND before = $1)";
// ANCHOR_END: rotate

const SUCCESSOR_OF: &str = "SELECT name FROM sessions WHERE before = $1";

const OF_MEMBER: &str = "SELECT name, data, ends FROM sessions
    WHERE member = $1 AND ends > clock_timestamp()";

const OF_EVERYBODY: &str = "SELECT name, data, ends FROM sessions
    WHERE member IS NOT NULL AND ends > clock_timestamp()";

// ANCHOR: lock
const LOCK: &str = "SELECT name, ends > clock_timestamp() FROM sessions
    WHERE name = $1 OR name = ANY($2) OR was_member AND before = ANY($2)
    ORDER BY name FOR UPDATE";

const END_LOCKED: &str = "DELETE FROM sessions WHERE name = ANY($1)";
// ANCHOR_END: lock

// ANCHOR: sweep
const SWEEP: &str = "DELETE FROM sessions WHERE name IN (
        SELECT name FROM sessions WHERE ends <= statement_timestamp()
        ORDER BY ends LIMIT $1 FOR UPDATE SKIP LOCKED
    ) RETURNING name";
// ANCHOR_END: sweep

fn names(rows: &[Row]) -> std::result::Result<Vec<Name>, Failed> {
    let names = rows.iter().map(|row| row.try_get(0));
    Ok(names.collect::<std::result::Result<_, _>>()?)
}

#[async_trait]
impl Sessions for Postgres {
    async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()> {
        record.id = Id::default();
        let name = Name::of(&record.id);
        let Columns { data, ends, member, .. } = Columns::of(record)?;
        let with: With<'_> = &[before, &name, &data, &ends, &member];
        let row = self.rows(ROTATE, with).await?.pop().ok_or_else(ended)?;
        let was_member: bool = row.try_get(0).map_err(Failed::from)?;
        record.data.insert(WAS_MEMBER.to_owned(), was_member.into());
        Ok(())
    }

    async fn successor_of(&self, name: &Name) -> Result<Option<Name>> {
        Ok(names(&self.rows(SUCCESSOR_OF, &[name]).await?)?.pop())
    }

    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
        let rows = match member {
            Some(member) => self.rows(OF_MEMBER, &[&sendable(member)]).await?,
            None => self.rows(OF_EVERYBODY, &[]).await?,
        };
        rows.iter().map(entry).collect()
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        Ok(self.count(END, &[name]).await? > 0)
    }

    // ANCHOR: end_by
    async fn end_by(&self, by: &Name, names: &[Name]) -> Result<usize> {
        let ended = self.within(async {
            let act = self.begin().await?;
            let locked = lock(&act, by, LOCK, &[by, &names]).await?;
            let ended = end_locked(&act, &locked).await?;
            act.commit().await?;
            Ok(ended)
        });
        Ok(ended.await?)
    }
    // ANCHOR_END: end_by

    async fn delete_expired(&self) -> Result<Vec<Name>> {
        let mut deleted = Vec::new();
        loop {
            let slice = names(&self.rows(SWEEP, &[&SLICE]).await?)?;
            if slice.is_empty() {
                return Ok(deleted);
            }
            deleted.extend(slice);
        }
    }
}

// ANCHOR: locked
/// Locks the rows that a statement finds, and says which there are beside `by`. In the
/// order of their names: two sessions that end each other would wait for each other else.
pub(super) async fn lock(
    act: &Act,
    by: &Name,
    sql: &str,
    with: With<'_>,
) -> std::result::Result<Vec<Name>, Failed> {
    let mut others = Vec::new();
    let mut lives = false;
    for row in act.rows(sql, with).await? {
        let name: Name = row.try_get(0)?;
        if name == *by {
            lives = row.try_get(1)?;
        } else {
            others.push(name);
        }
    }
    if lives { Ok(others) } else { Err(ended().into()) }
}

pub(super) async fn end_locked(
    act: &Act,
    names: &[Name],
) -> std::result::Result<usize, Failed> {
    act.count(END_LOCKED, &[&names]).await
}
// ANCHOR_END: locked

/// PostgreSQL keeps no text with a zero in it: nobody has such a name.
pub(super) fn sendable(name: &str) -> String {
    name.replace('\0', "\u{fffd}")
}
