//! Bodies: how much of one is read, and how long it is waited for.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::time;

use crate::{
    edge::capacity::Capacity,
    error::Error,
    watch::metrics::{Limit, Metrics},
};

/// Lets a request through when its body is there: whatever is looked up for it then, is
/// looked up after the last byte.
pub(crate) async fn whole(
    State((capacity, metrics)): State<(Capacity, Arc<Metrics>)>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = tokio::select! {
        biased;
        body = to_bytes(body, capacity.body_bytes) => {
            body.map_err(|_| (Error::TooLong, Limit::BodyBytes))
        }
        // Only a body that is still on its way needs a timer.
        () = async { time::sleep(capacity.patience).await } => {
            Err((Error::TooSlow, Limit::BodySeconds))
        }
    };
    match body {
        Ok(body) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err((error, limit)) => {
            metrics.refusals_of(limit).inc();
            error.into_response()
        }
    }
}
