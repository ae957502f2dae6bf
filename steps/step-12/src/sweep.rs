//! A store that knows when its records end, and whose they are. `MemoryStore` does not: it never
//! forgets, and finds a record by its identifier only.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time,
};

use ::time::OffsetDateTime;
use async_trait::async_trait;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store,
};

use crate::index::{self, Index};

/// Any store, and a note of each of its records.
#[derive(Clone, Debug)]
pub struct Swept<Store> {
    inner: Store,
    notes: Arc<Mutex<HashMap<Id, Note>>>,
    written: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Note {
    number: u64,
    ends: OffsetDateTime,
    member: Option<String>,
}

impl<Store: SessionStore> Swept<Store> {
    /// Keeps its records in `inner`.
    pub fn new(inner: Store) -> Self {
        Self { inner, notes: Arc::default(), written: Arc::default() }
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
        self.find(|note| note.ends <= now)
    }

    fn find(&self, fits: impl Fn(&Note) -> bool) -> Vec<Id> {
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<_> =
            notes.iter().filter(|(_, note)| fits(note)).collect();
        // A map has no order of its own, and recordings come out the same each time.
        found.sort_by_key(|(_, note)| note.number);
        found.into_iter().map(|(id, _)| *id).collect()
    }

    fn note(&self, record: &Record) {
        let member = index::member_of(record).map(str::to_owned);
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let note = Note { number, ends: record.expiry_date, member };
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.insert(record.id, note);
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
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.remove(id);
        Ok(())
    }
}

// ANCHOR: records_of
#[async_trait]
impl<Store: SessionStore> Index for Swept<Store> {
    async fn records_of(
        &self,
        member: Option<&str>,
    ) -> session_store::Result<Vec<Record>> {
        let ids = self.find(|note| match member {
            Some(member) => note.member.as_deref() == Some(member),
            None => note.member.is_some(),
        });
        let mut records = Vec::new();
        for id in ids {
            records.extend(self.load(&id).await?);
        }
        Ok(records)
    }
}
// ANCHOR_END: records_of

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
                tracing::error!(%cause, "the sweep failed; the next one tries again")
            }
        }
    }
}
