//! Caches in front of a PostgreSQL, as subjects.

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use conformance::{Data, Subject};
use engines::Postgres as Engine;
use step_18::{
    cache::Cache, cached::Cached, name::Name, postgres::Postgres, sessions::Sessions,
};
use tower_sessions::{
    CachingSessionStore, MemoryStore, SessionStore,
    session::{Id, Record},
    session_store::Result,
};

/// Some cache in front of step 18's PostgreSQL, in a place of its own.
pub(crate) struct InFront<Front> {
    front: Front,
    /// Whether it can be asked for more than tower-sessions asks of a store.
    is_own: bool,
    store: Postgres,
    engine: Arc<Engine>,
    url: String,
}

impl<Front> InFront<Front> {
    async fn with(
        engine: &Arc<Engine>,
        is_own: bool,
        cached: impl FnOnce(Postgres) -> Front,
    ) -> Self {
        let (engine, url) = (Arc::clone(engine), engine.empty());
        let store = Postgres::open(&url).await.expect("a database");
        Self { front: cached(store.clone()), is_own, store, engine, url }
    }
}

/// The one of tower-sessions.
pub(crate) type Naive = InFront<CachingSessionStore<MemoryStore, Postgres>>;

impl Naive {
    pub(crate) async fn naive(engine: &Arc<Engine>) -> Self {
        let cached = |it| CachingSessionStore::new(MemoryStore::default(), it);
        Self::with(engine, false, cached).await
    }
}

/// The one of step 18, as those meet it who write.
pub(crate) type Behind = InFront<Cached<Postgres>>;

impl Behind {
    pub(crate) async fn own(engine: &Arc<Engine>) -> Self {
        Self::with(engine, true, |it| Cached::new(it, Cache::by(Instant::now))).await
    }
}

#[async_trait]
impl<Front: SessionStore> Subject for InFront<Front> {
    fn store(&self) -> &dyn SessionStore {
        &self.front
    }

    async fn rotate(&self, before: &Id, record: &mut Record) -> Option<Result<()>> {
        if !self.is_own {
            return None;
        }
        Some(self.store.rotate(&Name::of(before), record).await)
    }

    async fn of_member(&self, member: &str) -> Option<Result<Vec<Data>>> {
        if !self.is_own {
            return None;
        }
        let entries = self.store.entries_of(Some(member)).await;
        Some(entries.map(|entries| entries.into_iter().map(|entry| entry.data).collect()))
    }

    async fn sweep(&self) -> Option<Result<()>> {
        if !self.is_own {
            return None;
        }
        Some(self.store.delete_expired().await.map(|_| ()))
    }

    async fn count(&self) -> Option<usize> {
        self.engine.sql(&self.url, "SELECT count(*) FROM sessions").trim().parse().ok()
    }

    async fn at_rest(&self) -> Option<Vec<u8>> {
        Some(self.engine.sql(&self.url, "SELECT sessions FROM sessions").into_bytes())
    }
}
