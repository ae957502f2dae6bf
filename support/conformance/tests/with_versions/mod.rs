//! The stores of a step that has versions, as subjects. Which step that is, the test says.

use std::{fmt::Debug, sync::Arc, time::Duration};

use async_trait::async_trait;
use conformance::{Data, Subject};
use engines::{Cluster, Postgres as PostgresEngine, Redis as RedisEngine};
use serde_json::Value;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::{
    in_file, in_redis,
    step::{
        name::Name,
        postgres::Postgres,
        redis::Redis,
        sessions::{Sessions, VERSION},
        sqlite::Sqlite,
    },
};

fn version_of(record: &Record) -> i64 {
    record.data.get(VERSION).and_then(Value::as_i64).unwrap_or_default()
}

fn bring(record: &mut Record, version: i64) {
    record.data.insert(VERSION.to_owned(), version.into());
}

fn is_stale(why: &Error) -> bool {
    why.to_string().contains("the session has been changed meanwhile")
}

/// A store as the server uses it: what comes without a version brings the next one, and is brought
/// again if it was stale.
#[derive(Debug)]
struct AsServed<Store>(Store);

impl<Store: Sessions> AsServed<Store> {
    /// The version that follows on the one that is kept.
    async fn next(&self, id: &Id) -> Result<i64> {
        let kept = self.0.load(id).await?;
        Ok(kept.map_or(0, |kept| version_of(&kept)) + 1)
    }

    async fn rotate(&self, before: &Id, record: &mut Record) -> Result<()> {
        let name = Name::of(before);
        if record.data.contains_key(VERSION) {
            return self.0.rotate(&name, record).await;
        }
        loop {
            bring(record, self.next(before).await?);
            match self.0.rotate(&name, record).await {
                Err(why) if is_stale(&why) => {}
                done => return done,
            }
        }
    }
}

#[async_trait]
impl<Store: Sessions> SessionStore for AsServed<Store> {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.0.create(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        if record.data.contains_key(VERSION) {
            return self.0.save(record).await;
        }
        let mut record = record.clone();
        loop {
            let next = self.next(&record.id).await?;
            bring(&mut record, next);
            match self.0.save(&record).await {
                Err(why) if is_stale(&why) => {}
                done => return done,
            }
        }
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        self.0.load(id).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.0.delete(id).await
    }
}

/// What can be seen of a store beside it.
pub(crate) type Look<Seen> = Box<dyn Fn() -> Seen + Send + Sync>;

/// One of them, in a place that is empty at first.
pub(crate) struct WithVersions<Store> {
    store: AsServed<Store>,
    count: Look<usize>,
    at_rest: Look<Vec<u8>>,
}

impl<Store> WithVersions<Store> {
    #[allow(dead_code, reason = "one step has a store more")]
    pub(crate) fn beside(store: Store, count: Look<usize>, at_rest: Look<Vec<u8>>) -> Self {
        Self { store: AsServed(store), count, at_rest }
    }
}

impl WithVersions<Sqlite> {
    pub(crate) fn in_file() -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        let file = folder.path().join("shop.db");
        let store = AsServed(Sqlite::open(&file).expect("it opens"));
        let count = Box::new(move || in_file::sessions(&file));
        let at_rest = Box::new(move || in_file::files(folder.path()));
        Self { store, count, at_rest }
    }
}

impl WithVersions<Postgres> {
    pub(crate) async fn in_postgres(engine: &Arc<PostgresEngine>) -> Self {
        let (engine, url) = (Arc::clone(engine), engine.empty());
        let store = AsServed(Postgres::open(&url).await.expect("a database"));
        let sql = Arc::new(move |sql: &str| engine.sql(&url, sql));
        let say = sql.clone();
        let count = "SELECT count(*) FROM sessions";
        let count = Box::new(move || say(count).trim().parse().expect("a number"));
        let at_rest = Box::new(move || sql("SELECT sessions FROM sessions").into_bytes());
        Self { store, count, at_rest }
    }
}

impl WithVersions<Redis> {
    pub(crate) async fn in_redis(engine: &Arc<RedisEngine>) -> Self {
        let (url, cli) = in_redis::database(engine);
        Self::with(&url, cli).await
    }

    pub(crate) async fn in_cluster(cluster: &Arc<Cluster>) -> Self {
        let (url, cli) = in_redis::emptied(cluster);
        Self::with(&url, cli).await
    }

    async fn with(url: &str, cli: in_redis::Cli) -> Self {
        let store = AsServed(Redis::open(url).await.expect("a Redis"));
        let cli = Arc::new(cli);
        let say = cli.clone();
        let count = Box::new(move || in_redis::keys(&say));
        let at_rest = Box::new(move || in_redis::dumped(&cli));
        Self { store, count, at_rest }
    }
}

#[async_trait]
impl<Store: Sessions + Debug> Subject for WithVersions<Store> {
    fn store(&self) -> &dyn SessionStore {
        &self.store
    }

    fn bring_next(&self, record: &mut Record) {
        bring(record, version_of(record) + 1);
    }

    fn is_stale(&self, why: &Error) -> bool {
        is_stale(why)
    }

    async fn end_unless_changed(&self, seen: &Record) -> Result<()> {
        let name = Name::of(&seen.id);
        self.store.0.end_unless_changed(&name, version_of(seen)).await
    }

    async fn rotate(&self, before: &Id, record: &mut Record) -> Option<Result<()>> {
        // As a session that gets another identifier holds it.
        record.data.insert("before".to_owned(), Name::of(before).to_string().into());
        Some(self.store.rotate(before, record).await)
    }

    async fn of_member(&self, member: &str) -> Option<Result<Vec<Data>>> {
        let entries = self.store.0.entries_of(Some(member)).await;
        Some(entries.map(|entries| entries.into_iter().map(|entry| entry.data).collect()))
    }

    async fn sweep(&self) -> Option<Result<()>> {
        let swept = self.store.0.delete_expired().await;
        // Redis sweeps its records by itself, ten times a second: that is waited for, not timed.
        for _ in 0..1_000 {
            if (self.count)() <= 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Some(swept.map(|_| ()))
    }

    async fn count(&self) -> Option<usize> {
        Some((self.count)())
    }

    async fn at_rest(&self) -> Option<Vec<u8>> {
        Some((self.at_rest)())
    }
}
