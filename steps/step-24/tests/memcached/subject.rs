//! The store, as the rules of conformance are played against it.

use std::sync::Arc;

use async_trait::async_trait;
use conformance::{Data, Subject};
use engines::Memcached as Engine;
use serde_json::Value;
use step_24::{
    account_file::AccountFile,
    memcached::Memcached,
    name::Name,
    sessions::{Sessions, VERSION},
};
use tempfile::TempDir;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

pub(crate) fn version_of(record: &Record) -> i64 {
    record.data.get(VERSION).and_then(Value::as_i64).unwrap_or_default()
}

pub(crate) fn bring(record: &mut Record, version: i64) {
    record.data.insert(VERSION.to_owned(), version.into());
}

pub(crate) fn is_stale(why: &Error) -> bool {
    why.to_string().contains("the session has been changed meanwhile")
}

/// The store as the server uses it: what comes without a version brings the next one, and is
/// brought again if it was stale.
#[derive(Debug)]
struct AsServed(Memcached);

impl AsServed {
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
impl SessionStore for AsServed {
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

/// A store with a file of its own, in a Memcached that all rules share.
pub(crate) struct InMemcached {
    store: AsServed,
    engine: Arc<Engine>,
    _folder: TempDir,
}

impl InMemcached {
    pub(crate) async fn new(engine: &Arc<Engine>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = AccountFile::open(folder.path().join("accounts.db"));
        let file = file.expect("it opens");
        let store = Memcached::open(&engine.address(), file).await;
        let store = AsServed(store.expect("a Memcached"));
        Self { store, engine: Arc::clone(engine), _folder: folder }
    }
}

#[async_trait]
impl Subject for InMemcached {
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
        let name = Name::of(before).to_string();
        record.data.insert("before".to_owned(), name.into());
        Some(self.store.rotate(before, record).await)
    }

    async fn of_member(&self, member: &str) -> Option<Result<Vec<Data>>> {
        let entries = self.store.0.entries_of(Some(member)).await;
        let data = |entries: Vec<step_24::sessions::Entry>| {
            entries.into_iter().map(|entry| entry.data).collect()
        };
        Some(entries.map(data))
    }

    async fn at_rest(&self) -> Option<Vec<u8>> {
        Some(self.engine.at_rest().into_bytes())
    }
}
