//! A store that forgets what has expired. `MemoryStore` does not: it only stops answering.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time,
};

use ::time::OffsetDateTime;
use async_trait::async_trait;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store,
};

use crate::{error::brief, sorted::Sorted};

// ANCHOR: swept
/// Any store, and a note of when each of its records ends.
#[derive(Clone, Debug)]
pub struct Swept<Store> {
    inner: Store,
    ends: Arc<Mutex<Sorted<OffsetDateTime>>>,
}

impl<Store: SessionStore> Swept<Store> {
    /// Keeps its records in `inner`.
    pub fn new(inner: Store) -> Self {
        Self { inner, ends: Arc::default() }
    }

    /// Deletes the records that have expired, and returns how many there were.
    ///
    /// # Errors
    /// Passes on what the store answers; what is left is deleted the next time.
    pub async fn delete_expired(&self) -> session_store::Result<usize> {
        let now = OffsetDateTime::now_utc();
        let expired = self.expired(now);
        for id in &expired {
            self.delete(id).await?;
        }
        Ok(expired.len())
    }

    fn expired(&self, now: OffsetDateTime) -> Vec<Id> {
        self.ends().first_while(|end| *end <= now)
    }

    fn note(&self, record: &Record) {
        self.ends().put(record.id, record.expiry_date);
    }

    fn ends(&self) -> MutexGuard<'_, Sorted<OffsetDateTime>> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl<Store: SessionStore> SessionStore for Swept<Store> {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        self.inner.create(record).await?;
        self.note(record);
        Ok(())
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.inner.save(record).await?;
        self.note(record);
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        self.inner.load(id).await
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.inner.delete(id).await?;
        self.ends().remove(*id);
        Ok(())
    }
}
// ANCHOR_END: swept

// ANCHOR: every
/// Sweeps the store again and again, for as long as the server runs.
pub async fn every<Store: SessionStore>(
    period: time::Duration,
    store: Swept<Store>,
) {
    let mut ticks = tokio::time::interval(period);
    loop {
        ticks.tick().await;
        match store.delete_expired().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "expired sessions are deleted"),
            Err(cause) => {
                tracing::error!(
                    cause = brief(&cause),
                    "the sweep failed; the next one tries again"
                )
            }
        }
    }
}
// ANCHOR_END: every
