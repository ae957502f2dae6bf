//! What is done with the rows of sessions. Each function is part of a transaction.

use rusqlite::{
    Connection, OptionalExtension, ToSql, params,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef},
};
use time::OffsetDateTime;
use tower_sessions::{
    session::{Id, Record},
    session_store::Error,
};

use super::threads::Outcome;
use crate::store::{
    name::Name,
    sessions::{self, Data, Entry, WAS_MEMBER, ended, member_of, was_member},
};

/// So long is what a session holds, at most. In bytes of JSON.
pub const LONGEST: usize = 16 * 1024;

// ANCHOR: column
impl ToSql for Name {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_ref().into())
    }
}

impl FromSql for Name {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::try_from(value.as_blob()?).map_err(FromSqlError::other)
    }
}
// ANCHOR_END: column

// ANCHOR: clock
/// The one clock, which decides in load, save and sweep.
fn now() -> i64 {
    microseconds(OffsetDateTime::now_utc())
}

/// Since the beginning of 1970, in UTC.
fn microseconds(time: OffsetDateTime) -> i64 {
    (time.unix_timestamp_nanos() / 1000) as i64
}
// ANCHOR_END: clock

// ANCHOR: coded
fn time(microseconds: i64) -> Result<OffsetDateTime, Error> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(microseconds) * 1000)
        .map_err(|why| Error::Decode(why.to_string()))
}

fn encoded(data: &Data) -> Result<String, Error> {
    let text = serde_json::to_string(data)
        .map_err(|why| Error::Encode(why.to_string()))?;
    if text.len() > LONGEST {
        return Err(Error::Encode(format!("more than {LONGEST} bytes")));
    }
    Ok(text)
}

fn decoded(text: &str) -> Result<Data, Error> {
    serde_json::from_str(text).map_err(|why| Error::Decode(why.to_string()))
}
// ANCHOR_END: coded

// ANCHOR: create
/// A stranger gets none once the file has no room left. Whoever signs in gets one.
pub(super) fn create(db: &Connection, record: &Record, room: i64) -> Outcome<Id> {
    if member_of(&record.data).is_none() && in_use(db)? >= room {
        return Err(Error::Backend("there is no room left".to_owned()).into());
    }
    let sql =
        "INSERT INTO sessions (name, data, end_us, member, before, was_member)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    // A name that is taken is an error: the column is unique.
    let values = params![
        Name::of(&record.id),
        encoded(&record.data)?,
        microseconds(record.expiry_date),
        member_of(&record.data),
        sessions::before(&record.data),
        was_member(&record.data),
    ];
    db.prepare_cached(sql)?.execute(values)?;
    Ok(record.id)
}

/// How much of the file is in use, in bytes.
fn in_use(db: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT (page_count - freelist_count) * page_size
        FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
    db.prepare_cached(sql)?.query_row([], |row| row.get(0))
}
// ANCHOR_END: create

// ANCHOR: save
/// Writes what the session holds if it has not ended.
pub(super) fn save(db: &Connection, record: &Record) -> Outcome<()> {
    let name = Name::of(&record.id);
    let (data, end) = (encoded(&record.data)?, microseconds(record.expiry_date));
    let sql = "UPDATE sessions SET data = ?2, end_us = ?3, was_member = ?4
        WHERE name = ?1 AND end_us > ?5";
    let was_member = was_member(&record.data);
    let values = params![name, data, end, was_member, now()];
    if db.prepare_cached(sql)?.execute(values)? == 0 {
        return Err(ended().into());
    }
    // An index is written only where the column changes that it is for.
    let sql = "UPDATE sessions SET member = ?2, before = ?3
        WHERE name = ?1 AND (member, before) IS NOT (?2, ?3)";
    let before = sessions::before(&record.data);
    let values = params![name, member_of(&record.data), before];
    db.prepare_cached(sql)?.execute(values)?;
    Ok(())
}
// ANCHOR_END: save

// ANCHOR: load
pub(super) fn load(db: &Connection, id: Id) -> Outcome<Option<Record>> {
    let sql = "SELECT data, end_us FROM sessions WHERE name = ?1 AND end_us > ?2";
    let found: Option<(String, i64)> = db
        .prepare_cached(sql)?
        .query_row(params![Name::of(&id), now()], |row| row.try_into())
        .optional()?;
    let Some((data, end)) = found else { return Ok(None) };
    let (data, expiry_date) = (decoded(&data)?, time(end)?);
    Ok(Some(Record { id, data, expiry_date }))
}
// ANCHOR_END: load

// ANCHOR: rotate
pub(super) fn rotate(
    db: &Connection,
    before: &Name,
    mut record: Record,
) -> Outcome<Record> {
    let sql = "SELECT coalesce(member = ?3, FALSE) FROM sessions
        WHERE name = ?1 AND end_us > ?2";
    let values = params![before, now(), member_of(&record.data)];
    let was_member: Option<bool> =
        db.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?;
    let was_member = was_member.ok_or_else(ended)?;
    record.data.insert(WAS_MEMBER.to_owned(), was_member.into());
    let sql = "UPDATE sessions SET name = ?2 WHERE name = ?1";
    db.prepare_cached(sql)?.execute(params![before, Name::of(&record.id)])?;
    save(db, &record)?;
    Ok(record)
}
// ANCHOR_END: rotate

pub(super) fn successor_of(db: &Connection, name: &Name) -> Outcome<Option<Name>> {
    let sql = "SELECT name FROM sessions WHERE before = ?1 AND end_us > ?2";
    let found =
        db.prepare_cached(sql)?.query_row(params![name, now()], |row| row.get(0));
    Ok(found.optional()?)
}

pub(super) fn entries_of(
    db: &Connection,
    member: Option<&str>,
) -> Outcome<Vec<Entry>> {
    let whose = if member.is_some() { "= ?1" } else { "IS NOT NULL" };
    let sql = format!(
        "SELECT name, data, end_us FROM sessions
        WHERE member {whose} AND end_us > ?2 ORDER BY rowid"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![member, now()])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, data, end): (Name, String, i64) = row.try_into()?;
        entries.push(Entry { name, data: decoded(&data)?, end: time(end)? });
    }
    Ok(entries)
}

// ANCHOR: end
/// Whether there is such a session, and it has not ended.
pub(super) fn require(db: &Connection, name: &Name) -> Outcome<()> {
    let sql = "SELECT 1 FROM sessions WHERE name = ?1 AND end_us > ?2";
    let is_there = db.prepare_cached(sql)?.exists(params![name, now()])?;
    if is_there { Ok(()) } else { Err(ended().into()) }
}

pub(super) fn end(db: &Connection, name: &Name) -> Outcome<bool> {
    let sql = "DELETE FROM sessions WHERE end_us > ?2 AND name = coalesce(
        (SELECT name FROM sessions WHERE before = ?1 AND was_member), ?1)";
    Ok(db.prepare_cached(sql)?.execute(params![name, now()])? > 0)
}

pub(super) fn end_by(db: &Connection, by: &Name, names: &[Name]) -> Outcome<usize> {
    require(db, by)?;
    let mut count = 0;
    for name in names {
        count += usize::from(end(db, name)?);
    }
    Ok(count)
}

/// Ends the sessions of a member, but for this one.
pub(super) fn end_others(
    db: &Connection,
    member: &str,
    but: &Name,
) -> Outcome<usize> {
    let sql = "DELETE FROM sessions
        WHERE member = ?1 AND name IS NOT ?2 AND end_us > ?3";
    Ok(db.prepare_cached(sql)?.execute(params![member, but, now()])?)
}
// ANCHOR_END: end

// ANCHOR: sweep
/// Finds so many rows that have expired, those behind `after`. Who only reads is in
/// nobody's way.
pub(super) fn expired(
    db: &Connection,
    after: i64,
    most: usize,
) -> Outcome<Vec<i64>> {
    let sql = "SELECT rowid FROM sessions WHERE rowid > ?1 AND end_us <= ?2
        ORDER BY rowid LIMIT ?3";
    let mut statement = db.prepare_cached(sql)?;
    let values = params![after, now(), most as i64];
    let rows = statement.query_map(values, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Deletes those rows, unless another session has one by now.
pub(super) fn delete_expired(db: &Connection, rows: &[i64]) -> Outcome<Vec<Name>> {
    let sql =
        "DELETE FROM sessions WHERE rowid = ?1 AND end_us <= ?2 RETURNING name";
    let mut statement = db.prepare_cached(sql)?;
    let mut names = Vec::new();
    for row in rows {
        let deleted: Option<Name> =
            statement.query_row([*row, now()], |row| row.get(0)).optional()?;
        names.extend(deleted);
    }
    Ok(names)
}
// ANCHOR_END: sweep
