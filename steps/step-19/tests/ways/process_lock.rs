//! A lock in the process: of the requests of a session, one at a time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use crate::list::session_of;

// ANCHOR: lock
/// A lock for each session.
#[derive(Clone, Default)]
pub(crate) struct Locks(Arc<Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>>);

impl Locks {
    fn of(&self, session: String) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        locks.entry(session).or_default().clone()
    }
}

/// Stands around the session layer: the lock is held from the load to the save.
pub(crate) async fn one_at_a_time(
    State(locks): State<Locks>,
    request: Request,
    next: Next,
) -> Response {
    let lock = locks.of(session_of(&request));
    let _held = lock.lock().await;
    next.run(request).await
}
// ANCHOR_END: lock
