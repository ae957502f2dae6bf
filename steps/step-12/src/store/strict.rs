//! A store in which no session comes back once it has ended.

use std::sync::Arc;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    task_local,
};
use tower_sessions::{
    Session, SessionStore,
    session::{self, Id, Record},
    session_store::{Error, Result},
};

use crate::store::index::{self, BEFORE, Index, WAS_MEMBER};

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
        if let Some(before) = &before {
            let that = self.inner.load(before).await?.ok_or_else(ended)?;
            let was = index::member_of(&that);
            let was_member = was.is_some() && was == index::member_of(record);
            record.data.insert(WAS_MEMBER.to_owned(), was_member.into());
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

    // ANCHOR: delete
    /// Ends the session that has this identifier, or had it before, as the same member's.
    /// Whoever planted one ends nothing of a member's with it.
    async fn delete(&self, id: &Id) -> Result<()> {
        if ROTATION.try_with(|()| ()).is_ok() {
            return Ok(());
        }
        let _turn = self.turn.lock().await;
        if let Some(successor) = self.inner.successor_of(id).await?
            && let Some(record) = self.inner.load(&successor).await?
            && index::was_member(&record)
        {
            self.end_one(&successor).await?;
        }
        // Both may be there: the request that began the one was given up before it ended
        // the other.
        match self.inner.load(id).await? {
            Some(_) => self.end_one(id).await,
            None => Ok(()),
        }
    }
    // ANCHOR_END: delete
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
}

// ANCHOR: turn
/// The turn of a session that has not ended. While it is held, nobody else begins, saves or
/// ends one, and whatever this one does has been done before its own end.
pub(crate) struct Turn {
    pub(crate) by: Id,
    _held: OwnedMutexGuard<()>,
}

/// Picks sessions by what their records say.
pub(crate) type Which<'a> = &'a (dyn Fn(&Record) -> bool + Send + Sync);

/// A strict store, asked by a session that wants to reach beyond itself.
#[async_trait]
pub(crate) trait Sessions: Index {
    /// Waits for the turn of the session `by`. An error if it has ended: then it has no
    /// right to anything any more.
    async fn turn(&self, by: Option<Id>) -> Result<Turn>;

    /// Ends those sessions of this member, or of every member, that `which` picks, and
    /// returns how many there were.
    async fn end(
        &self,
        turn: &Turn,
        member: Option<&str>,
        which: Which<'_>,
    ) -> Result<usize>;
}

#[async_trait]
impl<Store: Index> Sessions for Strict<Store> {
    async fn turn(&self, by: Option<Id>) -> Result<Turn> {
        let held = self.turn.clone().lock_owned().await;
        let by = by.ok_or_else(ended)?;
        self.inner.load(&by).await?.ok_or_else(ended)?;
        Ok(Turn { by, _held: held })
    }

    async fn end(
        &self,
        _: &Turn,
        member: Option<&str>,
        which: Which<'_>,
    ) -> Result<usize> {
        let mut records = self.inner.records_of(member).await?;
        records.retain(which);
        for record in &records {
            self.end_one(&record.id).await?;
        }
        Ok(records.len())
    }
}
// ANCHOR_END: turn

// ANCHOR: rotate
task_local! {
    /// Set while tower-sessions deletes a record that `create` is to replace.
    static ROTATION: ();
}

/// Forgets the identifier of before: the browser has come with the new one.
pub(crate) async fn forget_before(
    session: &Session,
) -> std::result::Result<(), session::Error> {
    if session.get_value(BEFORE).await?.is_some() {
        session.remove_value(BEFORE).await?;
        session.remove_value(WAS_MEMBER).await?;
    }
    Ok(())
}

/// Gives a session that has been looked at another identifier, once it is saved.
///
/// `cycle_id` of tower-sessions 0.15 deletes the record at once. Here it stays until
/// `create` replaces it: in between, whoever ends the session must find it.
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
pub(crate) fn name_for_the_log(id: &Id) -> String {
    let hash = Sha256::digest(id.0.to_le_bytes());
    hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}
// ANCHOR_END: name_for_the_log
