//! A store in which no session comes back once it has ended.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Mutex;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

/// Any store, held to two rules: a new record gets an identifier that nobody has seen, and
/// a record that has ended is not saved.
#[derive(Clone, Debug)]
pub struct Strict<Store> {
    inner: Store,
    /// Held while a record is looked for and saved, or deleted.
    turn: Arc<Mutex<()>>,
}

impl<Store: SessionStore> Strict<Store> {
    /// Keeps its records in `inner`, which nobody else may write to.
    pub fn new(inner: Store) -> Self {
        Self { inner, turn: Arc::default() }
    }
}

#[async_trait]
impl<Store: SessionStore> SessionStore for Strict<Store> {
    async fn create(&self, record: &mut Record) -> Result<()> {
        record.id = Id::default();
        self.inner.create(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let _turn = self.turn.lock().await;
        // It was there when the request began; that may be some time ago.
        match self.inner.load(&record.id).await? {
            Some(_) => self.inner.save(record).await,
            None => Err(Error::Backend("the session has ended".to_owned())),
        }
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        self.inner.load(id).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let _turn = self.turn.lock().await;
        self.inner.delete(id).await
    }
}
