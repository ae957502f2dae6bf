//! Whether the store has failed the request that is served.

use std::cell::Cell;

use tokio::task_local;
use tower_sessions::session_store::{Error, Result};

use crate::store::sessions::is_end;

task_local! {
    /// Whether the store has failed the request that is served, once its session was there.
    static HAS_FAILED: Cell<bool>;
}

/// Has a request served, and tells whether the store has failed it.
pub(crate) async fn watch<T>(served: impl Future<Output = T>) -> (T, bool) {
    let watched = async {
        let answer = served.await;
        (answer, HAS_FAILED.with(Cell::get))
    };
    HAS_FAILED.scope(Cell::new(false), watched).await
}

/// Keeps in mind that the store has failed, if that is what came of a call.
pub(crate) fn noted<T>(answer: Result<T>) -> Result<T> {
    answer.inspect_err(note)
}

/// The same for an error, whatever call it came of.
pub(crate) fn note(cause: &Error) {
    if !is_end(cause) {
        // Outside of a request, nobody waits for a page.
        let _ = HAS_FAILED.try_with(|it| it.set(true));
    }
}
