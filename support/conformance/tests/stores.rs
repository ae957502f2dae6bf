//! The rules, played against the stores of this book.

use std::sync::Arc;

use async_trait::async_trait;
use conformance::{Column, Data, Subject, play, table};
use engines::Postgres;
use step_12::{index::Index, strict::Strict, sweep::Swept};
use step_15::{name::Name, postgres, sessions::Sessions};
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

/// The one of step 15, in a place of its own of a PostgreSQL that they share.
struct InPostgres {
    store: postgres::Postgres,
    server: Arc<Postgres>,
    url: String,
}

impl InPostgres {
    async fn new(server: &Arc<Postgres>) -> Self {
        let (server, url) = (Arc::clone(server), server.empty());
        let store = postgres::Postgres::open(&url).await.expect("a database");
        Self { store, server, url }
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
        self.server.sql(&self.url, "SELECT count(*) FROM sessions").trim().parse().ok()
    }

    async fn at_rest(&self) -> Option<Vec<u8>> {
        Some(self.server.sql(&self.url, "SELECT sessions FROM sessions").into_bytes())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: sudo apt-get install postgresql")]
async fn what_each_store_keeps() {
    let server = Arc::new(Postgres::start());
    let columns: [Column; 3] = [
        play("MemoryStore", async || Plain(MemoryStore::default())).await,
        play("Step 12", async || Wrapped::new()).await,
        play("Step 15", async || InPostgres::new(&server).await).await,
    ];
    assert_eq!(columns[2].broken(), []);
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(table(&columns)));
}
