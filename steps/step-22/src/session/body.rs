//! Bodies: how much of one is read, and how long it is waited for.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::time;

use crate::error::Error;

/// Our longest form is a name and two passwords, and stays well below. In bytes.
const LONGEST: usize = 8 * 1024;

/// How long a client may take to send it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Lets a request through when its body is there: whatever is looked up for it then, is
/// looked up after the last byte.
pub(crate) async fn whole(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let body = tokio::select! {
        biased;
        body = to_bytes(body, LONGEST) => body.map_err(|_| Error::TooLong),
        // Only a body that is still on its way needs a timer.
        () = async { time::sleep(PATIENCE).await } => Err(Error::TooSlow),
    };
    match body {
        Ok(body) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(error) => error.into_response(),
    }
}
