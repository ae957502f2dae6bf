//! The rules, played against the stores of this book.

mod as_a_cache;
mod in_cache;
mod in_file;
mod in_memcached;
mod in_postgres;
mod in_redis;

use std::sync::Arc;

use as_a_cache::AsACache;
use async_trait::async_trait;
use conformance::{Column, Data, Subject, play, table};
use engines::{Cluster, Memcached, Postgres, Redis};
use in_cache::{Behind, Naive};
use in_file::InFile;
use in_memcached::InMemcached;
use in_postgres::InPostgres;
use in_redis::InRedis;
use step_12::{index::Index, strict::Strict, sweep::Swept};
use step_13::{
    memory::Memory,
    name::Name,
    sessions::{Entry, Sessions},
};
use tower_sessions::{
    MemoryStore, SessionStore,
    session::{Id, Record},
    session_store::Result,
};

/// tower-sessions' own.
struct Plain(MemoryStore);

#[async_trait]
impl Subject for Plain {
    fn store(&self) -> &dyn SessionStore {
        &self.0
    }

    async fn at_rest(&self) -> Option<Vec<u8>> {
        Some(format!("{:?}", self.0).into_bytes())
    }
}

/// The one of step 12, with all that chapters 8, 10 and 12 have put around the first.
struct Wrapped {
    swept: Swept<MemoryStore>,
    strict: Strict<Swept<MemoryStore>>,
    memory: MemoryStore,
}

impl Wrapped {
    fn new() -> Self {
        let memory = MemoryStore::default();
        let swept = Swept::new(memory.clone());
        Self { strict: Strict::new(swept.clone()), swept, memory }
    }
}

#[async_trait]
impl Subject for Wrapped {
    fn store(&self) -> &dyn SessionStore {
        &self.strict
    }

    async fn rotate(&self, before: &Id, record: &mut Record) -> Option<Result<()>> {
        record.data.insert("before".to_owned(), before.to_string().into());
        Some(self.strict.create(record).await)
    }

    async fn of_member(&self, member: &str) -> Option<Result<Vec<Data>>> {
        let records = self.strict.records_of(Some(member)).await;
        let data = |record: Record| record.data;
        Some(records.map(|records| records.into_iter().map(data).collect()))
    }

    async fn sweep(&self) -> Option<Result<()>> {
        Some(self.swept.delete_expired().await.map(|_| ()))
    }

    async fn count(&self) -> Option<usize> {
        let lies = format!("{:?}", self.memory);
        Some(lies.matches("Record {").count())
    }

    async fn at_rest(&self) -> Option<Vec<u8>> {
        Some(format!("{:?}", self.strict).into_bytes())
    }
}

/// The one of step 13.
struct Bounded(Memory);

#[async_trait]
impl Subject for Bounded {
    fn store(&self) -> &dyn SessionStore {
        &self.0
    }

    async fn rotate(&self, before: &Id, record: &mut Record) -> Option<Result<()>> {
        let before = Name::of(before);
        record.data.insert("before".to_owned(), before.to_string().into());
        Some(Sessions::rotate(&self.0, &before, record).await)
    }

    async fn of_member(&self, member: &str) -> Option<Result<Vec<Data>>> {
        let entries = self.0.entries_of(Some(member)).await;
        let data = |entry: Entry| entry.data;
        Some(entries.map(|entries| entries.into_iter().map(data).collect()))
    }

    async fn sweep(&self) -> Option<Result<()>> {
        Some(self.0.delete_expired().await.map(|_| ()))
    }

    async fn count(&self) -> Option<usize> {
        Some(self.0.len())
    }

    async fn at_rest(&self) -> Option<Vec<u8>> {
        Some(self.0.dump().into_bytes())
    }
}

fn hold(name: &str, columns: &[Column]) {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, table(columns)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(
    not(all(postgres, redis, memcached)),
    ignore = "needs engines: sudo apt-get install postgresql redis-server memcached"
)]
async fn what_each_store_keeps() {
    let postgres = Arc::new(Postgres::start());
    let redis = Arc::new(Redis::start());
    let cluster = Arc::new(Cluster::start());
    let memcached = Arc::new(Memcached::start());
    let own = [
        play("MemoryStore", async || Plain(MemoryStore::default())).await,
        play("Step 12", async || Wrapped::new()).await,
        play("Step 13", async || Bounded(Memory::default())).await,
        play("Step 14", async || InFile::new()).await,
        play("Step 15", async || InPostgres::new(&postgres).await).await,
        play("Step 16", async || InRedis::new(&redis).await).await,
        play("Step 16, Cluster", async || InRedis::in_cluster(&cluster).await).await,
        play("Step 17", async || InMemcached::new(&memcached).await).await,
        play("Step 18", async || Behind::own(&postgres).await).await,
    ];
    hold("what_each_store_keeps", &own);
    let [.., step_17, step_18] = own;
    let as_a_cache = play("`set` and `get`", async || AsACache(Arc::clone(&memcached))).await;
    hold("what_memcached_keeps", &[as_a_cache, step_17]);
    let naive = play("`CachingSessionStore`", async || Naive::naive(&postgres).await).await;
    hold("what_a_cache_keeps", &[naive, step_18]);
}
