//! A session that is merged: each key of it is written by itself.

use std::{cell::RefCell, collections::HashMap};

use async_trait::async_trait;
use axum::{extract::Request, middleware::Next, response::Response};
use redis::{RedisError, aio::MultiplexedConnection, cmd, pipe};
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use tokio::task_local;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

type Data = HashMap<String, Value>;

task_local! {
    /// What the session held when this request looked.
    static SEEN: RefCell<Data>;
}

/// Stands around the session layer.
pub(crate) async fn remember(request: Request, next: Next) -> Response {
    SEEN.scope(RefCell::default(), next.run(request)).await
}

/// Which keys a save writes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Writes {
    /// All that the request holds.
    All,
    /// Those that it has changed.
    Changed,
}

/// A session is a hash: a field for each key.
#[derive(Clone, Debug)]
pub(crate) struct Merged {
    pub(crate) redis: MultiplexedConnection,
    pub(crate) writes: Writes,
}

fn failed(why: RedisError) -> Error {
    Error::Backend(why.to_string())
}

#[async_trait]
impl SessionStore for Merged {
    // ANCHOR: save
    async fn save(&self, record: &Record) -> Result<()> {
        let (session, seen) = (record.id.to_string(), SEEN.with(RefCell::take));
        let mut act = pipe();
        act.atomic();
        for (key, value) in &record.data {
            if self.writes == Writes::All || seen.get(key) != Some(value) {
                act.cmd("HSET").arg(&session).arg(key).arg(value.to_string());
            }
        }
        for key in seen.keys().filter(|key| !record.data.contains_key(*key)) {
            act.cmd("HDEL").arg(&session).arg(key);
        }
        act.exec_async(&mut self.redis.clone()).await.map_err(failed)
    }
    // ANCHOR_END: save

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let mut all = cmd("HGETALL");
        all.arg(id.to_string());
        let fields: HashMap<String, String> =
            all.query_async(&mut self.redis.clone()).await.map_err(failed)?;
        if fields.is_empty() {
            return Ok(None);
        }
        let value = |text: String| serde_json::from_str(&text).expect("JSON");
        let data: Data =
            fields.into_iter().map(|(key, text)| (key, value(text))).collect();
        SEEN.with(|seen| seen.replace(data.clone()));
        // When a session ends is left out here.
        let expiry_date = OffsetDateTime::now_utc() + Duration::hours(1);
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn create(&self, record: &mut Record) -> Result<()> {
        self.save(record).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let mut del = cmd("DEL");
        del.arg(id.to_string());
        del.exec_async(&mut self.redis.clone()).await.map_err(failed)
    }
}
