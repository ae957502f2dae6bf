//! What stands between this server and any store.

use std::{cell::Cell, sync::Arc};

use async_trait::async_trait;
use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    task_local,
};
use tower_sessions::{
    Session, SessionStore,
    session::{self, Id, Record},
    session_store::Result,
};

use crate::{
    error::Error,
    store::{
        name::Name,
        sessions::{self, BEFORE, Entry, Sessions, WAS_MEMBER, ended, is_end},
    },
};

/// Any store: it makes one act of a rotation, lets one session at a time reach beyond
/// itself, and tells the log when a session begins and when it ends.
#[derive(Clone, Debug)]
pub(crate) struct Front<Store> {
    inner: Store,
    /// Held while sessions are looked for and ended, and while one begins.
    turn: Arc<Mutex<()>>,
}

impl<Store: Sessions> Front<Store> {
    /// Keeps its records in `inner`.
    pub(crate) fn new(inner: Store) -> Self {
        Self { inner, turn: Arc::default() }
    }

    async fn end_one(&self, name: &Name) -> Result<bool> {
        let was_there = noted(self.inner.end(name).await)?;
        if was_there {
            tracing::info!(session = name.brief(), "a session ends");
        }
        Ok(was_there)
    }
}

// ANCHOR: front
#[async_trait]
impl<Store: Sessions> SessionStore for Front<Store> {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let _turn = self.turn.lock().await;
        let Some(before) = sessions::before(&record.data) else {
            noted(self.inner.create(record).await)?;
            let session = Name::of(&record.id).brief();
            tracing::info!(session, "a session begins");
            return Ok(());
        };
        noted(self.inner.rotate(&before, record).await)?;
        let (session, before) = (Name::of(&record.id).brief(), before.brief());
        tracing::info!(session, before, "a session gets another identifier");
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        noted(self.inner.save(record).await)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        self.inner.load(id).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        if ROTATION.try_with(|()| ()).is_ok() {
            return Ok(());
        }
        let _turn = self.turn.lock().await;
        self.end_one(&Name::of(id)).await.map(|_| ())
    }
}
// ANCHOR_END: front

// ANCHOR: turn
/// The turn of a session that has not ended. While it is held, nobody else begins or ends
/// one, and whatever this one does has been done before its own end.
pub(crate) struct Turn {
    pub(crate) by: Name,
    _held: OwnedMutexGuard<()>,
}

/// Picks sessions by what a store says of them.
pub(crate) type Which<'a> = &'a (dyn Fn(&Entry) -> bool + Send + Sync);

/// A store, asked by a session that wants to reach beyond itself.
#[async_trait]
pub(crate) trait Turns: SessionStore {
    /// Waits for the turn of the session `by`. An error if it has ended: then it has no
    /// right to anything any more.
    async fn turn(&self, by: Option<Id>) -> Result<Turn>;

    /// Ends those sessions of this member, or of every member, that `which` picks, and
    /// returns how many there were.
    async fn end_all(
        &self,
        turn: &Turn,
        member: Option<&str>,
        which: Which<'_>,
    ) -> Result<usize>;

    /// As the store has them.
    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>>;

    /// As the store has it.
    async fn successor_of(&self, name: &Name) -> Result<Option<Name>>;
}

#[async_trait]
impl<Store: Sessions> Turns for Front<Store> {
    async fn turn(&self, by: Option<Id>) -> Result<Turn> {
        let held = self.turn.clone().lock_owned().await;
        let by = by.ok_or_else(ended)?;
        noted(self.inner.load(&by).await)?.ok_or_else(ended)?;
        Ok(Turn { by: Name::of(&by), _held: held })
    }

    async fn end_all(
        &self,
        _: &Turn,
        member: Option<&str>,
        which: Which<'_>,
    ) -> Result<usize> {
        let mut entries = self.entries_of(member).await?;
        entries.retain(which);
        let mut ended = 0;
        for entry in &entries {
            ended += usize::from(self.end_one(&entry.name).await?);
        }
        Ok(ended)
    }

    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
        noted(self.inner.entries_of(member).await)
    }

    async fn successor_of(&self, name: &Name) -> Result<Option<Name>> {
        self.inner.successor_of(name).await
    }
}
// ANCHOR_END: turn

// ANCHOR: failed
task_local! {
    /// Whether the store has failed the request that is served, once its session was there.
    static HAS_FAILED: Cell<bool>;
}

/// Keeps in mind that the store has failed, if that is what came of a call.
fn noted<T>(answer: Result<T>) -> Result<T> {
    if answer.as_ref().is_err_and(|cause| !is_end(cause)) {
        let _ = HAS_FAILED.try_with(|it| it.set(true));
    }
    answer
}

/// Answers 503 where the store has failed, and says that something may have been done. The
/// session layer of tower-sessions 0.15 says 500 to whatever keeps it from saving. And a
/// form that the store fails half-way does not know what it leaves behind.
pub(crate) async fn own_up(request: Request, next: Next) -> Response {
    let only_looks = request.method().is_safe();
    let served = async {
        let response = next.run(request).await;
        (response, HAS_FAILED.with(Cell::get))
    };
    let (response, has_failed) = HAS_FAILED.scope(Cell::new(false), served).await;
    let status = response.status();
    let is_unkept = status == StatusCode::INTERNAL_SERVER_ERROR
        || (status == StatusCode::SERVICE_UNAVAILABLE && !only_looks);
    if has_failed && is_unkept {
        return Error::NotKept.into_response();
    }
    response
}
// ANCHOR_END: failed

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
        session.insert(BEFORE, Name::of(&id).to_string()).await?;
    }
    ROTATION.scope((), session.cycle_id()).await
}
// ANCHOR_END: rotate
