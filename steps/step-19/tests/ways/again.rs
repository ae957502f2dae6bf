//! The request that has come too late to save is run once more.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::version;

const TRIES: usize = 10;

// ANCHOR: again
/// Stands around the session layer: each run looks at the session anew.
pub(crate) async fn run_again(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 16).await.expect("a short body");
    for _ in 0..TRIES {
        let request = Request::from_parts(head.clone(), Body::from(body.clone()));
        let (response, is_stale) = version::run(next.clone().run(request)).await;
        if !is_stale {
            return response;
        }
    }
    StatusCode::CONFLICT.into_response()
}
// ANCHOR_END: again
