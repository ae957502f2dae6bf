//! The file: the members, and the sessions.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};
use tokio::task;
use tower_sessions::{
    SessionStore,
    cookie::time::OffsetDateTime,
    session::{Id, Record},
    session_store::{Error, Result},
};

const TABLES: &str = "
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS members (
        name TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
        hash TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS sessions (
        hash BLOB NOT NULL PRIMARY KEY,
        data TEXT NOT NULL,
        began INTEGER NOT NULL DEFAULT (unixepoch() / 60), -- in minutes, as is the next
        seen INTEGER NOT NULL DEFAULT (unixepoch() / 60)
    ) STRICT;";

/// A session ends after half an hour without a visit, and after twelve hours anyway. To
/// the minute, so that a visit is worth a write once a minute.
const LIVE: &str =
    "seen > unixepoch() / 60 - 30 AND began > unixepoch() / 60 - 12 * 60";

#[derive(Clone, Debug)]
pub(crate) struct Db(Arc<Mutex<Connection>>);

impl Db {
    pub(crate) fn open(file: &str) -> rusqlite::Result<Self> {
        let db = Connection::open(file)?;
        db.execute_batch(TABLES)?;
        Ok(Self(Arc::new(Mutex::new(db))))
    }

    /// Works with the database. Other requests go on while this one waits for the disk.
    pub(crate) fn run<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        task::block_in_place(|| work(&lock())).map_err(backend)
    }
}

fn backend(why: impl ToString) -> Error {
    Error::Backend(why.to_string())
}

/// All that the file has of an identifier: nobody can make a cookie of it.
fn hashed(id: &Id) -> [u8; 32] {
    Sha256::digest(id.0.to_le_bytes()).into()
}

#[async_trait]
impl SessionStore for Db {
    /// Keeps a new session, under an identifier that no browser has sent.
    async fn create(&self, record: &mut Record) -> Result<()> {
        record.id = Id::default();
        let sweep = format!("DELETE FROM sessions WHERE NOT ({LIVE})");
        let insert = "INSERT INTO sessions (hash, data) VALUES (?1, ?2)";
        let data = serde_json::to_string(&record.data).map_err(backend)?;
        self.run(|db| db.execute(&sweep, []))?;
        self.run(|db| db.execute(insert, (hashed(&record.id), data)))?;
        Ok(())
    }

    /// Changes a session. One that has ended does not come back.
    async fn save(&self, record: &Record) -> Result<()> {
        let update =
            format!("UPDATE sessions SET data = ?2 WHERE hash = ?1 AND {LIVE}");
        let data = serde_json::to_string(&record.data).map_err(backend)?;
        match self.run(|db| db.execute(&update, (hashed(&record.id), data)))? {
            0 => Err(backend("the session has ended")),
            _ => Ok(()),
        }
    }

    /// Finds a session, and notes the visit.
    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let visit = format!(
            "UPDATE sessions SET seen = unixepoch() / 60 WHERE hash = ?1 AND {LIVE} \
             RETURNING data"
        );
        let row = self.run(|db| {
            db.query_row(&visit, [hashed(id)], |row| row.get::<_, String>(0))
                .optional()
        })?;
        let Some(data) = row else { return Ok(None) };
        let data = serde_json::from_str(&data).map_err(backend)?;
        // This store alone decides when a session ends. Nobody looks at the date.
        Ok(Some(Record { id: *id, data, expiry_date: OffsetDateTime::now_utc() }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let delete = "DELETE FROM sessions WHERE hash = ?1";
        self.run(|db| db.execute(delete, [hashed(id)]))?;
        Ok(())
    }
}
