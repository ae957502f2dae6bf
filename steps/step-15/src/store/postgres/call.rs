//! Calls of the database, each of which ends in a bounded time and spoils no other.

use std::{
    fmt::{self, Debug, Formatter},
    ops::Deref,
    time::Duration,
};

use deadpool_postgres::{Manager, Object, Pool, PoolError};
use tokio::time;
use tokio_postgres::{Config, NoTls, Row, types::ToSql};
use tower_sessions::session_store::{self, Error};

/// So long may a call take, whatever it waits for: a free connection, a new one, a lock,
/// the answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// So many connections has a server, at most. A PostgreSQL lets in a hundred, unless its
/// administrator says otherwise.
const CONNECTIONS: usize = 16;

/// A store for several servers, each of which finds what any of them has kept.
#[derive(Clone)]
pub struct Postgres {
    pool: Pool,
}

/// What a statement is given for `$1`, `$2` and so on.
pub(super) type With<'a> = &'a [&'a (dyn ToSql + Sync)];

// ANCHOR: lent
/// A connection out of the pool. What is `done` goes back: on any other one, an answer may
/// be on its way that the next visitor would wait for.
pub(super) struct Lent(Option<Object>);

impl Lent {
    /// Everything that was asked has been answered.
    fn done(mut self) {
        self.0.take();
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            drop(Object::take(object));
        }
    }
}
// ANCHOR_END: lent

impl Deref for Lent {
    type Target = Object;

    fn deref(&self) -> &Object {
        self.0.as_ref().expect("it is here until it is done")
    }
}

impl Lent {
    // ANCHOR: lent_calls
    /// The rows that a statement gives.
    pub(super) async fn rows(
        &self,
        sql: &str,
        with: With<'_>,
    ) -> Result<Vec<Row>, Failed> {
        let statement = self.prepare_cached(sql).await?;
        Ok(self.query(&statement, with).await?)
    }

    /// How many rows a statement writes or deletes.
    pub(super) async fn count(
        &self,
        sql: &str,
        with: With<'_>,
    ) -> Result<usize, Failed> {
        let statement = self.prepare_cached(sql).await?;
        let count = self.execute(&statement, with).await?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }
    // ANCHOR_END: lent_calls
}

// ANCHOR: act
/// Statements that are one act. Without a `commit` the connection is closed, and the
/// database takes back whatever they did.
pub(super) struct Act(Lent);

impl Act {
    pub(super) async fn commit(self) -> Result<(), Failed> {
        self.0.batch_execute("COMMIT").await?;
        self.0.done();
        Ok(())
    }
}
// ANCHOR_END: act

impl Deref for Act {
    type Target = Lent;

    fn deref(&self) -> &Lent {
        &self.0
    }
}

// ANCHOR: bounded
/// Has the database give up what a server does not wait for any more, and has the system
/// notice when the other machine has gone.
fn bounded(mut config: Config) -> Config {
    let most = PATIENCE.as_millis();
    let options = format!(
        "{} -c statement_timeout={most} -c idle_in_transaction_session_timeout={most}",
        config.get_options().unwrap_or_default()
    );
    config.application_name(env!("CARGO_PKG_NAME")).options(options);
    config.connect_timeout(PATIENCE).tcp_user_timeout(PATIENCE);
    config.keepalives_idle(PATIENCE).keepalives_interval(PATIENCE);
    config.keepalives_retries(2);
    config
}
// ANCHOR_END: bounded

impl Postgres {
    // ANCHOR: pool
    /// With the database at this URL, once a call needs it.
    pub(super) fn at(url: &str) -> Result<Self, String> {
        let config = url.parse().map_err(
            |_| "DATABASE_URL is not such as postgres://tea:tea@localhost/tea",
        )?;
        let manager = Manager::new(bounded(config), NoTls);
        let pool = Pool::builder(manager).max_size(CONNECTIONS).build();
        Ok(Self { pool: pool.map_err(|why| why.to_string())? })
    }

    async fn lend(&self) -> Result<Lent, Failed> {
        Ok(Lent(Some(self.pool.get().await?)))
    }

    pub(super) async fn begin(&self) -> Result<Act, Failed> {
        let client = self.lend().await?;
        client.batch_execute("BEGIN").await?;
        Ok(Act(client))
    }
    // ANCHOR_END: pool

    // ANCHOR: within
    /// What comes of this work, or that it takes too long. Then each connection that nobody
    /// has goes as well: the way to the database may be cut, and none of them would know.
    pub(super) async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T, Failed> {
        let outcome = time::timeout(PATIENCE, work).await;
        outcome.unwrap_or_else(|_| {
            self.pool.retain(|_, _| false);
            Err(Failed::TooLate)
        })
    }
    // ANCHOR_END: within

    // ANCHOR: rows
    /// The rows that this one statement gives.
    pub(super) async fn rows(
        &self,
        sql: &str,
        with: With<'_>,
    ) -> Result<Vec<Row>, Failed> {
        self.within(async {
            let client = self.lend().await?;
            let rows = client.rows(sql, with).await?;
            client.done();
            Ok(rows)
        })
        .await
    }
    // ANCHOR_END: rows

    /// How many rows this one statement writes or deletes.
    pub(super) async fn count(
        &self,
        sql: &str,
        with: With<'_>,
    ) -> Result<usize, Failed> {
        self.within(async {
            let client = self.lend().await?;
            let count = client.count(sql, with).await?;
            client.done();
            Ok(count)
        })
        .await
    }
}

impl Debug for Postgres {
    /// Where it is has a password in it.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Postgres")
    }
}

// ANCHOR: failed
/// Why a call has no answer.
#[derive(Debug)]
pub(super) enum Failed {
    /// The whole of it has taken longer than `PATIENCE`.
    TooLate,
    /// The database has said so, or cannot be reached.
    Database(tokio_postgres::Error),
    /// It is for the store to say why.
    Store(Error),
}
// ANCHOR_END: failed

impl From<tokio_postgres::Error> for Failed {
    fn from(cause: tokio_postgres::Error) -> Self {
        Self::Database(cause)
    }
}

impl From<PoolError> for Failed {
    fn from(cause: PoolError) -> Self {
        match cause {
            PoolError::Backend(cause) => Self::Database(cause),
            cause => Self::Store(Error::Backend(cause.to_string())),
        }
    }
}

impl From<Error> for Failed {
    fn from(cause: Error) -> Self {
        Self::Store(cause)
    }
}

impl From<Failed> for session_store::Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Store(cause) => cause,
            failed => Self::Backend(why(&failed)),
        }
    }
}

/// The cause for the log: the database's code and message. Not its details, which repeat
/// what a row holds.
pub(super) fn why(failed: &Failed) -> String {
    match failed {
        Failed::TooLate => format!("no answer in {} s", PATIENCE.as_secs()),
        Failed::Store(cause) => cause.to_string(),
        Failed::Database(cause) => match cause.as_db_error() {
            Some(said) => format!("{} {}", said.code().code(), said.message()),
            None => innermost(cause),
        },
    }
}

/// `error connecting to server` says less than what has caused it.
fn innermost(mut cause: &dyn std::error::Error) -> String {
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
