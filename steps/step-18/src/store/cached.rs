//! A store with a cache in front.

use async_trait::async_trait;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};

use crate::store::{
    cache::Cache,
    look,
    name::Name,
    sessions::{Entry, Sessions},
};

/// Any store, and what this server remembers of it. Whoever only looks is answered from the
/// cache; whoever writes asks the store.
#[derive(Clone, Debug)]
pub struct Cached<Store> {
    inner: Store,
    cache: Cache,
}

// ANCHOR: forgets
/// Takes places away when it goes, however a call ends: done, refused, given up half-way.
struct Forgets<'a> {
    cache: &'a Cache,
    names: &'a [Name],
}

impl Drop for Forgets<'_> {
    fn drop(&mut self) {
        self.names.iter().for_each(|name| self.cache.forget(name));
    }
}
// ANCHOR_END: forgets

impl<Store: Sessions> Cached<Store> {
    /// Puts `cache` in front of `inner`.
    pub fn new(inner: Store, cache: Cache) -> Self {
        Self { inner, cache }
    }

    // ANCHOR: write
    /// The store first, then the cache. Nothing is written for whoever only looks: they are
    /// served again, and then it is.
    async fn write<T: Default>(
        &self,
        names: &[Name],
        written: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        if look::turns_out_to_write() {
            return Ok(T::default());
        }
        let _forgets = Forgets { cache: &self.cache, names };
        written.await
    }
    // ANCHOR_END: write

    // ANCHOR: look
    async fn look(&self, id: &Id) -> Result<Option<Record>> {
        let name = Name::of(id);
        if let Some(Entry { data, end, .. }) = self.cache.get(&name) {
            return Ok(Some(Record { id: *id, data, expiry_date: end }));
        }
        let taken = self.cache.take(name);
        let Some(record) = self.inner.load(id).await? else { return Ok(None) };
        let (data, end) = (record.data.clone(), record.expiry_date);
        self.cache.put(taken, Entry { name, data, end });
        Ok(Some(record))
    }
    // ANCHOR_END: look
}

// ANCHOR: store
#[async_trait]
impl<Store: Sessions> SessionStore for Cached<Store> {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.write(&[], self.inner.create(record)).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let name = Name::of(&record.id);
        self.write(&[name], self.inner.save(record)).await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        if look::is_all() && self.cache.is_open() {
            return self.look(id).await;
        }
        self.inner.load(id).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let name = Name::of(id);
        self.write(&[name], self.inner.delete(id)).await
    }
}
// ANCHOR_END: store

#[async_trait]
impl<Store: Sessions> Sessions for Cached<Store> {
    async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()> {
        self.write(&[*before], self.inner.rotate(before, record)).await
    }

    async fn successor_of(&self, name: &Name) -> Result<Option<Name>> {
        self.inner.successor_of(name).await
    }

    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
        self.inner.entries_of(member).await
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        self.write(&[*name], self.inner.end(name)).await
    }

    async fn end_by(&self, by: &Name, names: &[Name]) -> Result<usize> {
        self.write(names, self.inner.end_by(by, names)).await
    }

    async fn delete_expired(&self) -> Result<Vec<Name>> {
        self.inner.delete_expired().await
    }
}
