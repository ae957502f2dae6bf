//! Which sessions a member has, for a store that cannot tell. Each call is one statement.

use rusqlite::{Connection, params};
use time::{Duration, OffsetDateTime};
use tower_sessions::session_store::Result;

use crate::store::{account_file::AccountFile, name::Name};

// ANCHOR: later
/// So much later than the session does a note end, in most cases: a session that goes on is
/// written down anew once in this time, and not at each request.
const LATER: Duration = Duration::hours(1);

const NOTE: &str = "INSERT INTO notes (name, member, ends) VALUES (?1, ?2, ?3)
    ON CONFLICT (name) DO UPDATE SET member = excluded.member, ends = excluded.ends
    WHERE ends < ?4 OR member <> excluded.member";
// ANCHOR_END: later

const UNNOTE: &str = "DELETE FROM notes WHERE name = ?1";

const NOTED: &str = "SELECT name FROM notes WHERE ?1 IS NULL OR member = ?1";

const DUE: &str = "SELECT name FROM notes WHERE ends < ?1";

impl AccountFile {
    /// Notes that this member has, or is about to get, the session of this name.
    pub(in crate::store) async fn note(
        &self,
        member: &str,
        name: &Name,
        end: OffsetDateTime,
    ) -> Result<()> {
        let (member, name) = (member.to_owned(), *name);
        let end = end.unix_timestamp();
        let later = end.saturating_add(LATER.whole_seconds());
        let act = move |db: &Connection| {
            let values = params![name.as_ref(), member, later, end];
            db.prepare_cached(NOTE)?.execute(values).map(|_| ())
        };
        self.ask(act).await
    }

    /// Takes a note back, of a session that has ended: no other one gets its name.
    pub(in crate::store) async fn unnote(&self, name: &Name) -> Result<()> {
        let name = *name;
        let act = move |db: &Connection| {
            db.prepare_cached(UNNOTE)?.execute([name.as_ref()]).map(|_| ())
        };
        self.ask(act).await
    }

    /// The names that are noted for this member, or for any.
    pub(in crate::store) async fn noted(
        &self,
        member: Option<&str>,
    ) -> Result<Vec<Name>> {
        let member = member.map(str::to_owned);
        self.ask(move |db| names(db, NOTED, params![member])).await
    }

    /// The names of which the notes say that their end has passed.
    pub(in crate::store) async fn due(&self) -> Result<Vec<Name>> {
        let now = OffsetDateTime::now_utc().unix_timestamp();
        self.ask(move |db| names(db, DUE, params![now])).await
    }
}

fn names(
    db: &Connection,
    sql: &str,
    values: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<Vec<Name>> {
    let mut statement = db.prepare_cached(sql)?;
    let names = statement.query_map(values, |row| row.get::<_, Vec<u8>>(0))?;
    names.map(|name| Ok(name?.as_slice().try_into().unwrap_or_default())).collect()
}
