//! Whether this server is alive, and whether it can serve: what a proxy, Kubernetes or a
//! person asks, again and again. Neither answer has a session, a cookie or a page.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use crate::watch::stopping::Stopping;

/// A store that takes longer is of no use to a visitor. And for so long it is not asked
/// again, however many probes there are.
const SECOND: Duration = Duration::from_secs(1);

// ANCHOR: vital
/// Something without which this server can do nothing.
#[async_trait]
pub(crate) trait Vital: Send + Sync + 'static {
    /// Whether it answers. The question is a cheap one.
    async fn answers(&self) -> bool;
}

#[derive(Clone)]
struct Health {
    stopping: Stopping,
    store: Arc<dyn Vital>,
    last: Arc<Mutex<Option<Look>>>,
}

/// What was seen, and when.
#[derive(Clone, Copy)]
struct Look {
    at: Instant,
    answers: bool,
}
// ANCHOR_END: vital

// ANCHOR: routes
/// `GET /live`: 200 for as long as the process answers. `GET /ready`: 200 if the store does
/// too, and the server is not about to stop.
///
/// They stand on the port of all requests: whoever asks wants to know whether those get
/// through, and one who cannot connect there knows enough.
pub(crate) fn routes<S>(stopping: Stopping, store: impl Vital) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let health = Health { stopping, store: Arc::new(store), last: Arc::default() };
    Router::new()
        .route("/live", get(async || said(StatusCode::OK, "live\n")))
        .route("/ready", get(ready).with_state(health))
}
// ANCHOR_END: routes

// ANCHOR: ready
async fn ready(State(health): State<Health>) -> impl IntoResponse {
    if health.stopping.has_begun() {
        return said(StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    match health.look().await {
        true => said(StatusCode::OK, "ready\n"),
        false => said(StatusCode::SERVICE_UNAVAILABLE, "no store\n"),
    }
}
// ANCHOR_END: ready

/// What nobody on the way is to keep.
fn said(status: StatusCode, text: &'static str) -> impl IntoResponse {
    (status, [(header::CACHE_CONTROL, "no-store")], text)
}

impl Health {
    // ANCHOR: look
    /// Whether the store answers. Probes at the same time wait for one look.
    async fn look(&self) -> bool {
        let mut last = self.last.lock().await;
        if let Some(look) = *last
            && look.at.elapsed() < SECOND
        {
            return look.answers;
        }
        let answers = timeout(SECOND, self.store.answers()).await == Ok(true);
        *last = Some(Look { at: Instant::now(), answers });
        answers
    }
    // ANCHOR_END: look
}
