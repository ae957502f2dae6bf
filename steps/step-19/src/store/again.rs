//! Running a request again whose session another one has changed meanwhile.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    collections::HashMap,
    future::{pending, poll_fn},
    pin::pin,
    task::Poll,
};

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    middleware::Next,
    response::Response,
};
use tokio::task_local;

use crate::error::Error;

// ANCHOR: tries
/// So often a request is run, at most.
const TRIES: usize = 10;
// ANCHOR_END: tries

task_local! {
    /// What is known of the request that is served.
    static RUN: Run;
}

// ANCHOR: run
/// What is known of a request, over all its runs.
#[derive(Default)]
struct Run {
    /// The version of the session that this run has seen, or written, last.
    version: Cell<i64>,
    /// Whether another request has changed the session since.
    is_stale: Cell<bool>,
    /// What came of that which is done once.
    done: RefCell<HashMap<&'static str, Box<dyn Any + Send>>>,
    /// Whether something was begun outside of the session, by any of its runs.
    has_acted: Cell<bool>,
    /// Whether this run knows of it.
    is_told: Cell<bool>,
}
// ANCHOR_END: run

// ANCHOR: serve
/// Serves a request. If another one has changed its session before it saves, nothing of it
/// is kept, and it is served again, with what the other one has written.
pub(crate) async fn serve(request: Request, next: Next) -> Result<Response, Error> {
    let (parts, body) = request.into_parts();
    // It is there already, and short.
    let body = to_bytes(body, usize::MAX).await.map_err(|_| Error::TooLong)?;
    let served = async {
        for tries in 0..TRIES {
            if tries > 0 {
                tracing::info!("the session has changed: a request is run again");
            }
            let (parts, body) = (parts.clone(), Body::from(body.clone()));
            let request = Request::from_parts(parts, body);
            if let Some(response) = run(next.clone().run(request)).await {
                return if owes() { Err(Error::HalfDone) } else { Ok(response) };
            }
        }
        Err(Error::Busy)
    };
    RUN.scope(Run::default(), served).await
}
// ANCHOR_END: serve

// ANCHOR: one
/// What comes of a run, or nothing if it is stale. Then it goes no further: whatever it had
/// done next, it does not do.
async fn run(run: impl Future<Output = Response>) -> Option<Response> {
    RUN.with(|it| {
        it.is_stale.set(false);
        it.is_told.set(false);
    });
    let mut run = pin!(run);
    poll_fn(|context| match run.as_mut().poll(context) {
        Poll::Pending if RUN.with(|it| it.is_stale.get()) => Poll::Ready(None),
        polled => polled.map(Some),
    })
    .await
}

/// Whether an earlier run has done something of which this one says nothing: the session
/// has ended in between, or has another identifier.
fn owes() -> bool {
    RUN.with(|it| it.has_acted.get() && !it.is_told.get())
}

/// Ends the run in which this is called, and has the request run again. Outside of a
/// request it does nothing.
pub(crate) async fn stop() {
    if RUN.try_with(|it| it.is_stale.set(true)).is_ok() {
        pending().await
    }
}
// ANCHOR_END: one

// ANCHOR: note
/// The version of the session that this run has seen, or written, last.
pub(crate) fn version() -> i64 {
    RUN.try_with(|it| it.version.get()).unwrap_or_default()
}

/// The one that this run writes next.
pub(crate) fn next_version() -> i64 {
    version().saturating_add(1)
}

/// Keeps in mind that this run has seen, or written, this version of the session.
pub(crate) fn note(version: i64) {
    let _ = RUN.try_with(|it| it.version.set(version));
}
// ANCHOR_END: note

// ANCHOR: once
/// Acts outside of the session, once for a request, however often that is run.
pub(crate) async fn act<T: Clone + Send + 'static>(
    what: &'static str,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    // Before it is done: where no transaction spans it, half of it may be.
    let _ = RUN.try_with(|it| it.has_acted.set(true));
    let done = once(what, work).await;
    let _ = RUN.try_with(|it| it.is_told.set(true));
    done
}

/// Does this once for a request, however often that is run: what is counted, or takes long.
/// Each later run hears what came of it.
pub(crate) async fn once<T: Clone + Send + 'static>(
    what: &'static str,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let done =
        RUN.try_with(|it| it.done.borrow().get(what)?.downcast_ref().cloned());
    if let Ok(Some(done)) = done {
        return Ok(done);
    }
    let done = work.await?;
    let kept: Box<dyn Any + Send> = Box::new(done.clone());
    let _ = RUN.try_with(|it| it.done.borrow_mut().insert(what, kept));
    Ok(done)
}
// ANCHOR_END: once
