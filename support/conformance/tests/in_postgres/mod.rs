//! The store of step 15, as a subject.

use std::sync::Arc;

use async_trait::async_trait;
use conformance::{Data, Subject};
use engines::Postgres as Engine;
use step_15::{name::Name, postgres::Postgres, sessions::Sessions};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};

/// The one of step 15, in a place of its own of a PostgreSQL that they share.
pub(crate) struct InPostgres {
    store: Postgres,
    engine: Arc<Engine>,
    url: String,
}

impl InPostgres {
    pub(crate) async fn new(engine: &Arc<Engine>) -> Self {
        let (engine, url) = (Arc::clone(engine), engine.empty());
        let store = Postgres::open(&url).await.expect("a database");
        Self { store, engine, url }
    }
}

#[async_trait]
impl Subject for InPostgres {
    fn store(&self) -> &dyn SessionStore {
        &self.store
    }

    async fn rotate(&self, before: &Id, record: &mut Record) -> Option<Result<()>> {
        Some(self.store.rotate(&Name::of(before), record).await)
    }

    async fn of_member(&self, member: &str) -> Option<Result<Vec<Data>>> {
        let entries = self.store.entries_of(Some(member)).await;
        Some(entries.map(|entries| entries.into_iter().map(|entry| entry.data).collect()))
    }

    async fn sweep(&self) -> Option<Result<()>> {
        Some(self.store.delete_expired().await.map(|_| ()))
    }

    async fn count(&self) -> Option<usize> {
        self.engine.sql(&self.url, "SELECT count(*) FROM sessions").trim().parse().ok()
    }

    async fn at_rest(&self) -> Option<Vec<u8>> {
        Some(self.engine.sql(&self.url, "SELECT sessions FROM sessions").into_bytes())
    }
}
