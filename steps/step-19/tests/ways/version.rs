//! A version: whoever has looked at an older one than there is does not save.

use std::{cell::Cell, fmt::Debug};

use async_trait::async_trait;
use axum::{extract::Request, middleware::Next, response::Response};
use tokio::task_local;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

// ANCHOR: compare
/// What can tell one version of a record from another.
#[async_trait]
pub(crate) trait Compare: Clone + Debug + Send + Sync + 'static {
    /// Keeps a record that is new.
    async fn add(&self, record: &Record);

    /// The record, and its version.
    async fn get(&self, id: &Id) -> Option<(Record, u64)>;

    /// Puts the record in the place of this version, if that is still there, as one act.
    /// Says which version it is now.
    async fn replace(&self, seen: u64, record: &Record) -> Option<u64>;
}
// ANCHOR_END: compare

task_local! {
    static RUN: Run;
}

/// What is known of the request that is served.
#[derive(Default)]
struct Run {
    /// The version that it has looked at.
    seen: Cell<u64>,
    /// Whether it has come too late to save.
    is_stale: Cell<bool>,
}

/// Runs this as a request, and says whether it has come too late to save.
pub(crate) async fn run<T>(work: impl Future<Output = T>) -> (T, bool) {
    let watched = async { (work.await, RUN.with(|run| run.is_stale.get())) };
    RUN.scope(Run::default(), watched).await
}

/// Stands around the session layer, and does nothing else.
pub(crate) async fn remember(request: Request, next: Next) -> Response {
    run(next.run(request)).await.0
}

/// Refuses to save over a version that the request has not seen.
#[derive(Clone, Debug)]
pub(crate) struct Versioned<Store>(pub(crate) Store);

// ANCHOR: save
#[async_trait]
impl<Store: Compare> SessionStore for Versioned<Store> {
    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some((record, version)) = self.0.get(id).await else { return Ok(None) };
        RUN.with(|run| run.seen.set(version));
        Ok(Some(record))
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let seen = RUN.with(|run| run.seen.get());
        let Some(version) = self.0.replace(seen, record).await else {
            RUN.with(|run| run.is_stale.set(true));
            return Err(Error::Backend("stale".to_owned()));
        };
        RUN.with(|run| run.seen.set(version));
        Ok(())
    }
    // ANCHOR_END: save

    async fn create(&self, record: &mut Record) -> Result<()> {
        self.0.add(record).await;
        Ok(())
    }

    async fn delete(&self, _: &Id) -> Result<()> {
        unreachable!("nobody ends a session here")
    }
}
