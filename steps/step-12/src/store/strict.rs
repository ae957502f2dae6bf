//! A store in which no session comes back once it has ended.

use std::sync::Arc;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use tokio::{sync::Mutex, task_local};
use tower_sessions::{
    Session, SessionStore,
    session::{self, Id, Record},
    session_store::{Error, Result},
};

use crate::store::index::{self, BEFORE, Index, Which};

/// Any store, held to three rules: a new record gets an identifier that nobody has seen, a
/// record that has ended is not saved, and one that takes the place of another is created
/// only if that one is still there, which ends with it.
#[derive(Clone, Debug)]
pub struct Strict<Store> {
    inner: Store,
    /// Held while records are looked for, and written or deleted.
    turn: Arc<Mutex<()>>,
}

impl<Store: SessionStore> Strict<Store> {
    /// Keeps its records in `inner`, which nobody else may write to.
    pub fn new(inner: Store) -> Self {
        Self { inner, turn: Arc::default() }
    }
}

#[async_trait]
impl<Store: Index> SessionStore for Strict<Store> {
    // ANCHOR: create
    async fn create(&self, record: &mut Record) -> Result<()> {
        let _turn = self.turn.lock().await;
        let before = index::before(record);
        if let Some(before) = &before
            && self.inner.load(before).await?.is_none()
        {
            return Err(ended());
        }
        record.id = Id::default();
        self.inner.create(record).await?;
        tracing::info!(session = name_for_the_log(&record.id), "a session begins");
        match before {
            Some(before) => self.end_one(&before).await,
            None => Ok(()),
        }
    }
    // ANCHOR_END: create

    async fn save(&self, record: &Record) -> Result<()> {
        let _turn = self.turn.lock().await;
        // It was there when the request began; that may be some time ago.
        match self.inner.load(&record.id).await? {
            Some(_) => self.inner.save(record).await,
            None => Err(ended()),
        }
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        self.inner.load(id).await
    }

    /// Ends the session that has this identifier, or had it before.
    async fn delete(&self, id: &Id) -> Result<()> {
        if ROTATION.try_with(|()| ()).is_ok() {
            return Ok(());
        }
        let _turn = self.turn.lock().await;
        let successor = self.inner.successor_of(id).await?;
        self.end_one(&successor.unwrap_or(*id)).await
    }
}

impl<Store: Index> Strict<Store> {
    async fn end_one(&self, id: &Id) -> Result<()> {
        self.inner.delete(id).await?;
        tracing::info!(session = name_for_the_log(id), "a session ends");
        Ok(())
    }
}

#[async_trait]
impl<Store: Index> Index for Strict<Store> {
    async fn records_of(&self, member: Option<&str>) -> Result<Vec<Record>> {
        self.inner.records_of(member).await
    }

    async fn successor_of(&self, id: &Id) -> Result<Option<Id>> {
        self.inner.successor_of(id).await
    }

    async fn end(&self, member: Option<&str>, which: Which<'_>) -> Result<usize> {
        // Without it, one of them could get another identifier between look and end.
        let _turn = self.turn.lock().await;
        let mut records = self.inner.records_of(member).await?;
        records.retain(which);
        for record in &records {
            self.end_one(&record.id).await?;
        }
        Ok(records.len())
    }
}

// ANCHOR: rotate
task_local! {
    /// Set while tower-sessions deletes a record that `create` is to replace.
    static ROTATION: ();
}

/// Gives a session that has been looked at another identifier, once it is saved.
///
/// `cycle_id` of tower-sessions 0.15 deletes the record at once. Here it stays until `create`
/// replaces it: in between, whoever ends the session must find it.
pub(crate) async fn rotate(
    session: &Session,
) -> std::result::Result<(), session::Error> {
    if let Some(id) = session.id() {
        session.insert(BEFORE, id.to_string()).await?;
    }
    ROTATION.scope((), session.cycle_id()).await
}
// ANCHOR_END: rotate

const ENDED: &str = "the session has ended";

fn ended() -> Error {
    Error::Backend(ENDED.to_owned())
}

/// Whether the store is well, and the session has ended.
pub(crate) fn is_end(error: &Error) -> bool {
    matches!(error, Error::Backend(why) if why == ENDED)
}

// ANCHOR: name_for_the_log
/// The same for the same identifier, and of no use to whoever reads the log.
fn name_for_the_log(id: &Id) -> String {
    let hash = Sha256::digest(id.0.to_le_bytes());
    hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}
// ANCHOR_END: name_for_the_log
