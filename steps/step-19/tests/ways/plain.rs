//! Stores that read and write, and ask nothing.

use async_trait::async_trait;
use deadpool_postgres::Pool;
use redis::{aio::MultiplexedConnection, cmd};
use tokio_postgres::types::ToSql;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

fn failed(why: impl ToString) -> Error {
    Error::Backend(why.to_string())
}

fn encoded(record: &Record) -> Result<String> {
    serde_json::to_string(record).map_err(failed)
}

fn decoded(text: Option<String>) -> Result<Option<Record>> {
    text.map(|text| serde_json::from_str(&text)).transpose().map_err(failed)
}

/// A session is a string.
#[derive(Clone, Debug)]
pub(crate) struct PlainRedis(pub(crate) MultiplexedConnection);

// ANCHOR: redis
#[async_trait]
impl SessionStore for PlainRedis {
    async fn save(&self, record: &Record) -> Result<()> {
        let mut set = cmd("SET");
        set.arg(record.id.to_string()).arg(encoded(record)?);
        set.exec_async(&mut self.0.clone()).await.map_err(failed)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let mut get = cmd("GET");
        get.arg(id.to_string());
        decoded(get.query_async(&mut self.0.clone()).await.map_err(failed)?)
    }
    // ANCHOR_END: redis

    async fn create(&self, record: &mut Record) -> Result<()> {
        self.save(record).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let mut del = cmd("DEL");
        del.arg(id.to_string());
        del.exec_async(&mut self.0.clone()).await.map_err(failed)
    }
}

/// A session is a row.
#[derive(Clone)]
pub(crate) struct PlainPostgres(pub(crate) Pool);

impl std::fmt::Debug for PlainPostgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PlainPostgres")
    }
}

/// What [`PlainPostgres`] keeps its sessions in.
pub(crate) const TABLE: &str =
    "CREATE TABLE plain (id text PRIMARY KEY, record text)";

const SAVE: &str = "INSERT INTO plain VALUES ($1, $2)
    ON CONFLICT (id) DO UPDATE SET record = $2";

impl PlainPostgres {
    async fn ask(
        &self,
        sql: &str,
        with: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<String>> {
        let connection = self.0.get().await.map_err(failed)?;
        let row = connection.query_opt(sql, with).await.map_err(failed)?;
        Ok(row.map(|row| row.get(0)))
    }
}

#[async_trait]
impl SessionStore for PlainPostgres {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.save(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.ask(SAVE, &[&record.id.to_string(), &encoded(record)?]).await?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let sql = "SELECT record FROM plain WHERE id = $1";
        decoded(self.ask(sql, &[&id.to_string()]).await?)
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.ask("DELETE FROM plain WHERE id = $1", &[&id.to_string()]).await?;
        Ok(())
    }
}
