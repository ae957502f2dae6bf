//! A store of which one save is held.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use step_19::{
    name::Name,
    sessions::{Entry, Sessions},
};
use tokio::sync::Notify;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};

#[derive(Clone, Debug)]
pub(crate) struct Held<Store> {
    inner: Store,
    door: Arc<Door>,
}

#[derive(Debug, Default)]
struct Door {
    is_shut: AtomicBool,
    came: Notify,
    opened: Notify,
}

impl<Store> Held<Store> {
    pub(crate) fn new(inner: Store) -> Self {
        Self { inner, door: Arc::default() }
    }

    pub(crate) fn hold_the_next_save(&self) {
        self.door.is_shut.store(true, Ordering::SeqCst);
    }

    /// Waits until it is there.
    pub(crate) async fn has_come(&self) {
        self.door.came.notified().await;
    }

    pub(crate) fn let_go(&self) {
        self.door.opened.notify_one();
    }
}

#[async_trait]
impl<Store: Sessions> SessionStore for Held<Store> {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.inner.create(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        if self.door.is_shut.swap(false, Ordering::SeqCst) {
            self.door.came.notify_one();
            self.door.opened.notified().await;
        }
        self.inner.save(record).await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        self.inner.load(id).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.inner.delete(id).await
    }
}

#[async_trait]
impl<Store: Sessions> Sessions for Held<Store> {
    async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()> {
        self.inner.rotate(before, record).await
    }

    async fn successor_of(&self, name: &Name) -> Result<Option<Name>> {
        self.inner.successor_of(name).await
    }

    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
        self.inner.entries_of(member).await
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        self.inner.end(name).await
    }

    async fn end_unless_changed(&self, name: &Name, version: i64) -> Result<()> {
        self.inner.end_unless_changed(name, version).await
    }

    async fn end_by(&self, by: &Name, names: &[Name]) -> Result<usize> {
        self.inner.end_by(by, names).await
    }

    async fn delete_expired(&self) -> Result<Vec<Name>> {
        self.inner.delete_expired().await
    }
}
