//! What tower-sessions has for a cache in front of a store, in a shop.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use step_18::{
    name::Name,
    sessions::{Entry, Sessions},
};
use tower_sessions::{
    CachingSessionStore, MemoryStore, SessionStore,
    session::{Id, Record},
    session_store::Result,
};

// ANCHOR: naive
/// A `CachingSessionStore`, which is tower-sessions' own. What it cannot be asked for, the store
/// is, and then the cache loses what has ended, as it does when it is told to `delete`.
#[derive(Clone, Debug)]
pub(crate) struct Naive<Store: SessionStore> {
    caching: CachingSessionStore<MemoryStore, Store>,
    cache: MemoryStore,
    store: Store,
    /// The cache knows a session by its identifier.
    ids: Arc<Mutex<HashMap<Name, Id>>>,
}

impl<Store: Sessions + Clone> Naive<Store> {
    pub(crate) fn new(store: Store) -> Self {
        let cache = MemoryStore::default();
        let caching = CachingSessionStore::new(cache.clone(), store.clone());
        Self { caching, cache, store, ids: Arc::default() }
    }

    fn note(&self, id: &Id) {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.insert(Name::of(id), *id);
    }

    fn id_of(&self, name: &Name) -> Option<Id> {
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.get(name).copied()
    }

    async fn lose(&self, names: &[Name]) -> Result<()> {
        for name in names {
            if let Some(id) = self.id_of(name) {
                self.cache.delete(&id).await?;
            }
        }
        Ok(())
    }
}
// ANCHOR_END: naive

#[async_trait]
impl<Store: Sessions + Clone> SessionStore for Naive<Store> {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.caching.create(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.caching.save(record).await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        self.note(id);
        self.caching.load(id).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.caching.delete(id).await
    }
}

#[async_trait]
impl<Store: Sessions + Clone> Sessions for Naive<Store> {
    async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()> {
        self.store.rotate(before, record).await?;
        self.lose(&[*before]).await
    }

    async fn successor_of(&self, name: &Name) -> Result<Option<Name>> {
        self.store.successor_of(name).await
    }

    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
        self.store.entries_of(member).await
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        let was_there = self.store.end(name).await?;
        self.lose(&[*name]).await?;
        Ok(was_there)
    }

    async fn end_by(&self, by: &Name, names: &[Name]) -> Result<usize> {
        let ended = self.store.end_by(by, names).await?;
        self.lose(names).await?;
        Ok(ended)
    }

    async fn delete_expired(&self) -> Result<Vec<Name>> {
        self.store.delete_expired().await
    }
}
