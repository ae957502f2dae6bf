//! Requests that only look.

use std::cell::Cell;

use axum::{
    body::Body, extract::Request, http::request::Parts, middleware::Next,
    response::Response,
};
use tokio::task_local;

// ANCHOR: serve
task_local! {
    /// Whether the request that is served turns out to write. Set for those only that look.
    static WRITES: Cell<bool>;
}

/// Serves what only looks from the cache. If it turns out to write, it is served again,
/// from the store: nothing is written back that came out of a cache.
pub(crate) async fn serve(request: Request, next: Next) -> Response {
    if !is_look(&request) {
        return next.run(request).await;
    }
    // Whoever looks sends nothing.
    let (parts, _) = request.into_parts();
    let serve =
        |parts: Parts| next.clone().run(Request::from_parts(parts, Body::empty()));
    let looking = async {
        let answer = serve(parts.clone()).await;
        (answer, WRITES.with(Cell::get))
    };
    let (answer, writes) = WRITES.scope(Cell::new(false), looking).await;
    if writes { serve(parts).await } else { answer }
}

/// What an address has behind a question mark was put there by the form before: its page
/// shows what that has done.
fn is_look(request: &Request) -> bool {
    request.method().is_safe() && request.uri().query().is_none()
}

/// Whether the request that is served only looks.
pub(crate) fn is_all() -> bool {
    WRITES.try_with(|_| ()).is_ok()
}

/// Notes that the request writes, if it was to look only.
pub(crate) fn turns_out_to_write() -> bool {
    WRITES.try_with(|it| it.set(true)).is_ok()
}
// ANCHOR_END: serve
