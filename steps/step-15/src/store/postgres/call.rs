//! One call of the database, which ends in a bounded time and spoils no other.

use std::{ops::Deref, time::Duration};

use deadpool_postgres::{Object, PoolError};
use tokio::time;
use tokio_postgres::{Row, types::ToSql};
use tower_sessions::session_store::{self, Error};

use crate::store::postgres::Postgres;

/// So long may a call take, whatever it waits for: a free connection, a new one, a lock,
/// the answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

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

// ANCHOR: act
/// Statements that are one act. Without a `commit` the connection is closed, and the
/// database takes back whatever they did.
pub(super) struct Act(Lent);

impl Act {
    pub(super) async fn rows(
        &self,
        sql: &str,
        with: With<'_>,
    ) -> Result<Vec<Row>, Failed> {
        let statement = self.0.prepare_cached(sql).await?;
        Ok(self.0.query(&statement, with).await?)
    }

    pub(super) async fn count(
        &self,
        sql: &str,
        with: With<'_>,
    ) -> Result<usize, Failed> {
        let statement = self.0.prepare_cached(sql).await?;
        let count = self.0.execute(&statement, with).await?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// Does these, whatever they give.
    pub(super) async fn run(&self, sql: &str) -> Result<(), Failed> {
        Ok(self.0.batch_execute(sql).await?)
    }

    pub(super) async fn commit(self) -> Result<(), Failed> {
        self.0.batch_execute("COMMIT").await?;
        self.0.done();
        Ok(())
    }
}
// ANCHOR_END: act

impl Postgres {
    async fn lend(&self) -> Result<Lent, Failed> {
        Ok(Lent(Some(self.pool.get().await?)))
    }

    pub(super) async fn begin(&self) -> Result<Act, Failed> {
        let client = self.lend().await?;
        client.batch_execute("BEGIN").await?;
        Ok(Act(client))
    }

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
            let statement = client.prepare_cached(sql).await?;
            let rows = client.query(&statement, with).await?;
            client.done();
            Ok(rows)
        })
        .await
    }

    /// How many rows this one statement writes or deletes.
    pub(super) async fn count(
        &self,
        sql: &str,
        with: With<'_>,
    ) -> Result<usize, Failed> {
        self.within(async {
            let client = self.lend().await?;
            let statement = client.prepare_cached(sql).await?;
            let count = client.execute(&statement, with).await?;
            client.done();
            Ok(usize::try_from(count).unwrap_or(usize::MAX))
        })
        .await
    }
    // ANCHOR_END: rows
}

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
