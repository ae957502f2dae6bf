//! What stands between the session layer and any store.

use async_trait::async_trait;
use tokio::task_local;
use tower_sessions::{
    Session, SessionStore,
    session::{self, Id, Record},
    session_store::Result,
};

use crate::store::{
    name::Name,
    sessions::{Entry, Sessions},
};

/// The key under which a session that is to be rotated holds its name until then.
const BEFORE: &str = "before";

/// Any store, for tower-sessions: it makes one act of a rotation, and tells the log when a
/// session begins and when it ends.
#[derive(Clone, Debug)]
pub(crate) struct Front<Store>(pub(crate) Store);

// ANCHOR: front
#[async_trait]
impl<Store: Sessions> SessionStore for Front<Store> {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let before = record.data.remove(BEFORE);
        let before = before.and_then(|name| name.as_str()?.parse().ok());
        if let Some(before) = before {
            return self.rotate(&before, record).await;
        }
        self.0.create(record).await?;
        let session = Name::of(&record.id).brief();
        tracing::info!(session, "a session begins");
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.0.save(record).await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        self.0.load(id).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        if ROTATION.try_with(|()| ()).is_ok() {
            return Ok(());
        }
        self.end(&Name::of(id)).await.map(|_| ())
    }
}
// ANCHOR_END: front

#[async_trait]
impl<Store: Sessions> Sessions for Front<Store> {
    async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()> {
        self.0.rotate(before, record).await?;
        let (session, before) = (Name::of(&record.id).brief(), before.brief());
        tracing::info!(
            session,
            before,
            "a session goes on under another identifier"
        );
        Ok(())
    }

    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
        self.0.entries_of(member).await
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        let was_there = self.0.end(name).await?;
        if was_there {
            tracing::info!(session = name.brief(), "a session ends");
        }
        Ok(was_there)
    }

    async fn delete_expired(&self) -> Result<usize> {
        self.0.delete_expired().await
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
        session.insert(BEFORE, Name::of(&id).to_string()).await?;
    }
    ROTATION.scope((), session.cycle_id()).await
}
// ANCHOR_END: rotate
