//! What stands between this server and any store.

use async_trait::async_trait;
use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::task_local;
use tower_sessions::{
    Session, SessionStore,
    session::{self, Id, Record},
    session_store::Result,
};

use crate::{
    error::Error,
    store::{
        failed::{self, noted},
        name::Name,
        sessions::{self, BEFORE, Entry, Sessions, WAS_MEMBER},
    },
};

/// Any store: it makes one act of a rotation, and tells the log when a session begins and
/// when it ends.
#[derive(Clone, Debug)]
pub(crate) struct Front<Store> {
    inner: Store,
}

impl<Store: Sessions> Front<Store> {
    /// Keeps its records in `inner`.
    pub(crate) fn new(inner: Store) -> Self {
        Self { inner }
    }
}

#[async_trait]
impl<Store: Sessions> SessionStore for Front<Store> {
    async fn create(&self, record: &mut Record) -> Result<()> {
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
        self.end(&Name::of(id)).await.map(|_| ())
    }
}

#[async_trait]
impl<Store: Sessions> Sessions for Front<Store> {
    async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()> {
        self.inner.rotate(before, record).await
    }

    async fn successor_of(&self, name: &Name) -> Result<Option<Name>> {
        self.inner.successor_of(name).await
    }

    async fn entry_of(&self, name: &Name) -> Result<Option<Entry>> {
        noted(self.inner.entry_of(name).await)
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        let was_there = noted(self.inner.end(name).await)?;
        if was_there {
            tracing::info!(session = name.brief(), "a session ends");
        }
        Ok(was_there)
    }
}

/// Answers 503 where the store has failed, and says that something may have been done. The
/// session layer of tower-sessions 0.15 says 500 to whatever keeps it from saving. And a
/// form that the store fails half-way does not know what it leaves behind.
pub(crate) async fn own_up(request: Request, next: Next) -> Response {
    let only_looks = request.method().is_safe();
    let (response, has_failed) = failed::watch(next.run(request)).await;
    let status = response.status();
    let is_unkept = status == StatusCode::INTERNAL_SERVER_ERROR
        || (status == StatusCode::SERVICE_UNAVAILABLE && !only_looks);
    if has_failed && is_unkept {
        return Error::NotKept.into_response();
    }
    response
}

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
