//! A store that knows when its records end, and whose they are. `MemoryStore` does not: it never
//! forgets, and finds a record by its identifier only.

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

use crate::{
    error::brief,
    store::{
        index::{self, Index},
        sorted::Sorted,
        strict::name_for_the_log,
    },
};

/// Any store, and a note of each of its records.
#[derive(Clone, Debug)]
pub struct Swept<Store> {
    inner: Store,
    notes: Arc<Mutex<Notes>>,
}

// ANCHOR: notes
/// In the order of the questions that are asked.
#[derive(Debug, Default)]
struct Notes {
    /// When a session ends.
    ends: Sorted<OffsetDateTime>,
    /// Whose it is, and when it ends.
    members: Sorted<(String, OffsetDateTime)>,
    /// Which identifier it had before.
    befores: Sorted<i128>,
}

impl Notes {
    fn put(&mut self, record: &Record) {
        let (id, end) = (record.id, record.expiry_date);
        self.ends.put(id, end);
        match index::member_of(record) {
            Some(member) => self.members.put(id, (member.to_owned(), end)),
            None => self.members.remove(id),
        }
        match index::before(record) {
            Some(before) => self.befores.put(id, before.0),
            None => self.befores.remove(id),
        }
    }

    fn remove(&mut self, id: Id) {
        self.ends.remove(id);
        self.members.remove(id);
        self.befores.remove(id);
    }

    fn successor_of(&self, id: Id) -> Option<Id> {
        self.befores.first_from(id.0, |before| *before == id.0).pop()
    }

    fn of(&self, member: &str) -> Vec<Id> {
        let start = (member.to_owned(), OffsetDateTime::UNIX_EPOCH);
        self.members.first_from(start, |(whose, _)| whose == member)
    }

    fn of_all_members(&self) -> Vec<Id> {
        self.members.first_while(|_| true)
    }
}
// ANCHOR_END: notes

impl<Store: SessionStore> Swept<Store> {
    /// Keeps its records in `inner`.
    pub fn new(inner: Store) -> Self {
        Self { inner, notes: Arc::default() }
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
            tracing::info!(session = name_for_the_log(id), "a session has expired");
        }
        Ok(expired.len())
    }

    fn expired(&self, now: OffsetDateTime) -> Vec<Id> {
        self.notes().ends.first_while(|end| *end <= now)
    }

    fn note(&self, record: &Record) {
        self.notes().put(record);
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.notes().remove(*id);
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
        let ids = match member {
            Some(member) => self.notes().of(member),
            None => self.notes().of_all_members(),
        };
        let mut records = Vec::new();
        for id in ids {
            records.extend(self.load(&id).await?);
        }
        Ok(records)
    }

    async fn successor_of(&self, id: &Id) -> session_store::Result<Option<Id>> {
        Ok(self.notes().successor_of(*id))
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
                tracing::error!(
                    cause = brief(&cause),
                    "the sweep failed; the next one tries again"
                )
            }
        }
    }
}
