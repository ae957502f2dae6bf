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

/// So often a request is run, at most.
const TRIES: usize = 10;

task_local! {
    /// What is known of the request that is served.
    static RUN: Run;
}

/// What is known of a request, over all its runs.
#[derive(Default)]
struct Run {
    /// The version of the session that this run has seen, or written, last.
    version: Cell<i64>,
    /// Whether another request has changed the session since.
    is_stale: Cell<bool>,
    /// What came of that which is done once.
    done: RefCell<HashMap<&'static str, Box<dyn Any + Send>>>,
}

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
                return Ok(response);
            }
        }
        Err(Error::Busy)
    };
    RUN.scope(Run::default(), served).await
}

/// What comes of a run, or nothing if it is stale. Then it goes no further: whatever it had
/// done next, it does not do.
async fn run(run: impl Future<Output = Response>) -> Option<Response> {
    RUN.with(|it| it.is_stale.set(false));
    let mut run = pin!(run);
    poll_fn(|context| match run.as_mut().poll(context) {
        Poll::Pending if RUN.with(|it| it.is_stale.get()) => Poll::Ready(None),
        polled => polled.map(Some),
    })
    .await
}

/// Ends the run in which this is called, and has the request run again. Goes on outside of a
/// request only.
pub(crate) async fn stop() {
    if RUN.try_with(|it| it.is_stale.set(true)).is_ok() {
        pending().await
    }
}

/// The version of the session that this run has seen, or written, last.
pub(crate) fn version() -> i64 {
    RUN.try_with(|it| it.version.get()).unwrap_or_default()
}

/// Keeps in mind that this run has seen, or written, this version of the session.
pub(crate) fn note(version: i64) {
    let _ = RUN.try_with(|it| it.version.set(version));
}

/// Does this once for a request, however often it is run: what acts outside of the session,
/// what is counted, and what takes long. Each later run is told what came of it.
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
