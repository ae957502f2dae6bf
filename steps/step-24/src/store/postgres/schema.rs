//! The tables, and how those of an older version become what this one expects.

use time::{Duration, OffsetDateTime};
use tokio::time::timeout;
use tower_sessions::session_store::{self, Error};

use crate::store::postgres::call::{Act, Failed, Postgres, why};

/// What made each version out of the one before. A migration that has been let out is never
/// changed: another one follows.
const MIGRATIONS: [&str; 4] = [
    "CREATE TABLE sessions (
        name bytea PRIMARY KEY,
        data text NOT NULL,
        ends timestamptz NOT NULL,
        member text,
        before bytea,
        was_member boolean NOT NULL DEFAULT false
    );
    CREATE INDEX ON sessions (ends);
    CREATE TABLE accounts (
        folded text PRIMARY KEY,
        name text NOT NULL,
        password_hash text NOT NULL,
        is_administrator boolean NOT NULL,
        is_disabled boolean NOT NULL,
        stamp text NOT NULL
    );",
    // To find the sessions of one member, those of all were walked.
    "CREATE INDEX ON sessions (member) WHERE member IS NOT NULL;
    CREATE INDEX ON sessions (before) WHERE before IS NOT NULL;",
    // Servers have caches: whoever changes a session, they hear of it.
    "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('sessions', encode(OLD.name, 'hex'));
        RETURN NULL;
    END $$;
    CREATE TRIGGER tell AFTER UPDATE OR DELETE ON sessions
        FOR EACH ROW EXECUTE FUNCTION tell();",
    // They have none any more. And of two requests at once, the later one undid what the
    // earlier one had written.
    "DROP FUNCTION tell CASCADE;
    ALTER TABLE sessions ADD COLUMN version bigint NOT NULL DEFAULT 0;
    CREATE TABLE orders (
        number bigint GENERATED ALWAYS AS IDENTITY,
        key text PRIMARY KEY,
        member text NOT NULL,
        teas text NOT NULL
    );
    CREATE INDEX ON orders (member);",
];

/// So long is waited for the tables, whatever keeps them.
const ALL_OF_IT: std::time::Duration = std::time::Duration::from_secs(120);

/// The tables of a large shop take their time.
const LONGER: &str = "SET LOCAL statement_timeout = '60s'";

const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS versions (
    version integer PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
)";

/// Any number, as long as nothing else in this database locks the same one.
const LOCK: i64 = 0x7365_7373_696f_6e73;

impl Postgres {
    /// Opens the database at this URL, such as `postgres://tea:tea@localhost/tea`, and
    /// brings its tables up to what this program expects.
    ///
    /// # Errors
    /// Says in one line, without the password, why not.
    pub async fn open(url: &str) -> Result<Self, String> {
        let store = Self::at(url)?;
        let migrated = timeout(ALL_OF_IT, migrate(&store)).await;
        let migrated = migrated.map_err(|_| "its tables are not ready in 120 s")?;
        migrated.map_err(|failed| why(&failed))?;
        Ok(store)
    }

    /// How far the database's clock is ahead of this machine's.
    ///
    /// # Errors
    /// What keeps the database from answering.
    pub async fn ahead(&self) -> session_store::Result<Duration> {
        let row = self.rows("SELECT clock_timestamp()", &[]).await?.pop();
        let theirs = row.map(|row| row.try_get(0)).transpose();
        let ours = OffsetDateTime::now_utc();
        Ok(theirs.map_err(Failed::from)?.unwrap_or(ours) - ours)
    }
}

/// Brings the tables up to date, as one act. Of servers that start at once, one does it,
/// and the others wait and find nothing to do.
async fn migrate(store: &Postgres) -> Result<(), Failed> {
    // Whoever takes the connection may never say a word.
    let act = store.within(store.begin()).await?;
    act.batch_execute(LONGER).await?;
    act.rows("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    act.batch_execute(VERSIONS).await?;
    let version = version(&act).await?;
    let missing = MIGRATIONS.get(version..).ok_or_else(|| newer(version))?;
    for (number, migration) in (version as i32 + 1..).zip(missing) {
        act.batch_execute(migration).await?;
        act.count("INSERT INTO versions VALUES ($1)", &[&number]).await?;
    }
    act.commit().await
}

async fn version(act: &Act) -> Result<usize, Failed> {
    let rows =
        act.rows("SELECT coalesce(max(version), 0) FROM versions", &[]).await?;
    let version: i32 = rows.first().map_or(Ok(0), |row| row.try_get(0))?;
    Ok(usize::try_from(version).unwrap_or_default())
}

fn newer(version: usize) -> Failed {
    let known = MIGRATIONS.len();
    let why =
        format!("its tables have version {version}, this program knows {known}");
    Failed::Store(Error::Backend(why))
}
