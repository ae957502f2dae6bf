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
    sessions::{
        self, Entry, Sessions, VERSION, WAS_MEMBER, ended, member_of, stale,
        version_of,
    },
};

/// So long is what a session holds, at most. In bytes of JSON.
pub const LONGEST: usize = 16 * 1024;

/// So many expired sessions go at a time: no sweep holds much for long.
const SLICE: i64 = 1_000;

/// A record, as the table has it. What is looked for stands in columns of its own, which
/// each write takes from the data: the two cannot differ.
struct Columns<'a> {
    data: String,
    ends: OffsetDateTime,
    member: Option<&'a str>,
    before: Option<Name>,
    version: i64,
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
            version: version_of(&record.data),
        })
    }
}

const CREATE: &str =
    "INSERT INTO sessions (name, data, ends, member, before, version)
    VALUES ($1, $2, $3, $4, $5, $6)";

/// Of two that bring the same version, the later one waits for the row, and looks at it
/// again: it finds the version of the first.
const SAVE: &str = "UPDATE sessions SET
        data = $2, ends = $3, member = $4, before = $5, version = $6
    WHERE name = $1 AND version + 1 = $6 AND ends > clock_timestamp()";

const LIVES: &str = "SELECT FROM sessions
    WHERE name = $1 AND ends > clock_timestamp()";

const LOAD: &str = "SELECT name, data, ends, version FROM sessions
    WHERE name = $1 AND ends > clock_timestamp()";

#[async_trait]
impl SessionStore for Postgres {
    async fn create(&self, record: &mut Record) -> Result<()> {
        record.id = Id::default();
        let name = Name::of(&record.id);
        let Columns { data, ends, member, before, version } = Columns::of(record)?;
        let with: With<'_> = &[&name, &data, &ends, &member, &before, &version];
        self.count(CREATE, with).await?;
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let name = Name::of(&record.id);
        let Columns { data, ends, member, before, version } = Columns::of(record)?;
        let with: With<'_> = &[&name, &data, &ends, &member, &before, &version];
        match self.count(SAVE, with).await? {
            0 => Err(self.refusal(&name).await?),
            _ => Ok(()),
        }
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let row = self.rows(LOAD, &[&Name::of(id)]).await?.pop();
        let Some(row) = row else { return Ok(None) };
        let Entry { mut data, end, .. } = entry(&row)?;
        let version: i64 = row.try_get("version").map_err(Failed::from)?;
        // As a save compares it. A server of before may have written the data since.
        data.insert(VERSION.to_owned(), version.into());
        Ok(Some(Record { id: *id, data, expiry_date: end }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.end(&Name::of(id)).await.map(|_| ())
    }
}

fn entry(row: &Row) -> Result<Entry> {
    let unread = |why: tokio_postgres::Error| Error::Decode(why.to_string());
    let data: &str = row.try_get("data").map_err(unread)?;
    Ok(Entry {
        name: row.try_get("name").map_err(unread)?,
        data: serde_json::from_str(data).map_err(sessions::unread)?,
        end: row.try_get("ends").map_err(unread)?,
    })
}

/// The same row: whoever waits for it, to end it, ends it under its new name.
const ROTATE: &str = "UPDATE sessions SET
        name = $2, data = $3, ends = $4, member = $5,
        before = name, was_member = coalesce(member = $5, false), version = $6
    WHERE name = $1 AND version + 1 = $6 AND ends > clock_timestamp()
    RETURNING was_member";

const END: &str = "DELETE FROM sessions WHERE ends > clock_timestamp()
    AND (name = $1 OR was_member AND before = $1)";

const END_UNLESS_CHANGED: &str = "DELETE FROM sessions
    WHERE name = $1 AND version = $2 AND ends > clock_timestamp()";

const SUCCESSOR_OF: &str = "SELECT name FROM sessions WHERE before = $1";

const OF_MEMBER: &str = "SELECT name, data, ends FROM sessions
    WHERE member = $1 AND ends > clock_timestamp()";

const OF_EVERYBODY: &str = "SELECT name, data, ends FROM sessions
    WHERE member IS NOT NULL AND ends > clock_timestamp()";

const LOCK: &str = "SELECT name, ends > clock_timestamp() FROM sessions
    WHERE name = $1 OR name = ANY($2) OR was_member AND before = ANY($2)
    ORDER BY name FOR UPDATE";

const END_LOCKED: &str = "DELETE FROM sessions WHERE name = ANY($1)";

const SWEEP: &str = "DELETE FROM sessions WHERE name IN (
        SELECT name FROM sessions WHERE ends <= statement_timestamp()
        ORDER BY ends LIMIT $1 FOR UPDATE SKIP LOCKED
    ) RETURNING name";

fn names(rows: &[Row]) -> std::result::Result<Vec<Name>, Failed> {
    let names = rows.iter().map(|row| row.try_get(0));
    Ok(names.collect::<std::result::Result<_, _>>()?)
}

#[async_trait]
impl Sessions for Postgres {
    async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()> {
        record.id = Id::default();
        let name = Name::of(&record.id);
        let Columns { data, ends, member, version, .. } = Columns::of(record)?;
        let with: With<'_> = &[before, &name, &data, &ends, &member, &version];
        let Some(row) = self.rows(ROTATE, with).await?.pop() else {
            return Err(self.refusal(before).await?);
        };
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

    async fn end_unless_changed(&self, name: &Name, version: i64) -> Result<()> {
        match self.count(END_UNLESS_CHANGED, &[name, &version]).await? {
            0 => Err(self.refusal(name).await?),
            _ => Ok(()),
        }
    }

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

impl Postgres {
    /// Why a session was not written: it has another version, or it has ended.
    async fn refusal(&self, name: &Name) -> Result<Error> {
        let lives = !self.rows(LIVES, &[name]).await?.is_empty();
        Ok(if lives { stale() } else { ended() })
    }
}

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

/// PostgreSQL keeps no text with a zero in it: nobody has such a name.
pub(super) fn sendable(name: &str) -> String {
    name.replace('\0', "\u{fffd}")
}
