//! What stands between this server and any store.

use std::sync::Arc;

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
        again,
        failed::{self, noted},
        name::Name,
        sessions::{self, BEFORE, Entry, Sessions, VERSION, WAS_MEMBER},
    },
    watch::{
        health::Vital,
        metrics::{End, Metrics},
    },
};

/// Any store: it makes one act of a rotation, sees to it that a request writes over nothing
/// that it has not seen, and tells the log when a session begins and when it ends.
#[derive(Clone, Debug)]
pub(crate) struct Front<Store> {
    inner: Store,
    metrics: Arc<Metrics>,
}

impl<Store: Sessions> Front<Store> {
    /// Keeps its records in `inner`.
    pub(crate) fn new(inner: Store, metrics: &Arc<Metrics>) -> Self {
        Self { inner, metrics: metrics.clone() }
    }

    /// Ends the session of this name if this is still the version of it. False if somebody
    /// else has ended it.
    async fn end_if(&self, name: &Name, version: i64) -> Result<bool> {
        let ended = self.inner.end_unless_changed(name, version).await;
        match unless_stale(&self.inner, name, ended).await {
            Err(why) if sessions::is_end(&why) => return Ok(false),
            ended => ended?,
        }
        tracing::info!(session = name.brief(), "a session ends");
        Ok(true)
    }
}

/// What came of a write to the session of this name, or of an act of it. Where another
/// request has changed the session, or has given it another identifier, this one is run
/// again.
pub(crate) async fn unless_stale<T: Send>(
    store: &dyn Sessions,
    name: &Name,
    done: Result<T>,
) -> Result<T> {
    let is_stale = match &done {
        Err(why) if sessions::is_stale(why) => true,
        Err(why) if sessions::is_end(why) => {
            noted(store.successor_of(name).await)?.is_some()
        }
        _ => false,
    };
    if is_stale {
        again::stop().await;
    }
    noted(done)
}

#[async_trait]
impl<Store: Sessions> SessionStore for Front<Store> {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let before = sessions::before(&record.data);
        let next = before.map_or(1, |_| again::next_version());
        record.data.insert(VERSION.to_owned(), next.into());
        match before {
            Some(before) => {
                let rotated = self.inner.rotate(&before, record).await;
                unless_stale(&self.inner, &before, rotated).await?;
                let session = Name::of(&record.id).brief();
                let before = before.brief();
                tracing::info!(
                    session,
                    before,
                    "a session gets another identifier"
                );
                self.metrics.rotated.inc();
            }
            None => {
                noted(self.inner.create(record).await)?;
                let session = Name::of(&record.id).brief();
                tracing::info!(session, "a session begins");
                self.metrics.begun.inc();
            }
        }
        // Nobody else knows the identifier yet: this run does not become stale any more.
        again::note(next);
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (mut record, next) = (record.clone(), again::next_version());
        record.data.insert(VERSION.to_owned(), next.into());
        if let Err(why) = self.inner.save(&record).await {
            unless_stale(&self.inner, &Name::of(&record.id), Err(why)).await?
        }
        again::note(next);
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = self.inner.load(id).await?;
        if let Some(record) = &found {
            again::note(sessions::version_of(&record.data));
        }
        Ok(found)
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let name = Name::of(id);
        let (why, was_there) = match DELETION.try_with(|it| *it) {
            Ok(Deletion::Rotates) => return Ok(()),
            Ok(Deletion::UnlessChanged(why)) => {
                (why, self.end_if(&name, again::version()).await?)
            }
            Ok(Deletion::Ends(why)) => (why, self.end(&name).await?),
            Err(_) => (End::SignedOut, self.end(&name).await?),
        };
        self.metrics.ended(why, usize::from(was_there));
        Ok(())
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

    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
        noted(self.inner.entries_of(member).await)
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        let was_there = noted(self.inner.end(name).await)?;
        if was_there {
            tracing::info!(session = name.brief(), "a session ends");
        }
        Ok(was_there)
    }

    async fn end_unless_changed(&self, name: &Name, version: i64) -> Result<()> {
        self.end_if(name, version).await.map(|_| ())
    }

    async fn end_by(&self, by: &Name, names: &[Name]) -> Result<usize> {
        let ended = self.inner.end_by(by, names).await;
        let ended = unless_stale(&self.inner, by, ended).await?;
        if ended > 0 {
            tracing::info!(session = by.brief(), ended, "a session ends others");
        }
        Ok(ended)
    }

    async fn delete_expired(&self) -> Result<Vec<Name>> {
        self.inner.delete_expired().await
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

/// What it is for that tower-sessions deletes a record.
#[derive(Clone, Copy)]
enum Deletion {
    /// `create` is to replace it.
    Rotates,
    /// The session is to end, if nobody has changed it meanwhile.
    UnlessChanged(End),
    /// The session is to end.
    Ends(End),
}

task_local! {
    static DELETION: Deletion;
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
    DELETION.scope(Deletion::Rotates, session.cycle_id()).await
}

/// Ends a session in which there is nothing more. If another request has put something in
/// meanwhile, this one is run again.
pub(crate) async fn end_unless_changed(
    session: &Session,
    why: End,
) -> std::result::Result<(), session::Error> {
    DELETION.scope(Deletion::UnlessChanged(why), session.flush()).await
}

/// Ends a session, whatever is in it.
pub(crate) async fn end(
    session: &Session,
    why: End,
) -> std::result::Result<(), session::Error> {
    DELETION.scope(Deletion::Ends(why), session.flush()).await
}

#[async_trait]
impl<Store: Sessions> Vital for Front<Store> {
    /// Looks for a session that nobody has.
    async fn answers(&self) -> bool {
        self.inner.load(&Id::default()).await.is_ok()
    }
}
