//! A server that forgets: it counts visits and cannot tell one visitor from another.

mod page;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::get,
};
use maud::Markup;

// ANCHOR: app
/// Everything this server remembers: one number.
pub type Visits = Arc<AtomicU64>;

/// The server: a visit counter that keeps its number in `visits`.
pub fn app(visits: Visits) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/about", get(about))
        .fallback(not_found)
        .with_state(visits)
}
// ANCHOR_END: app

// ANCHOR: home
async fn home(State(visits): State<Visits>, headers: HeaderMap) -> Markup {
    let visits = visits.fetch_add(1, Ordering::Relaxed) + 1;
    page::home(visits, &page::sent(&headers), &page::held(visits))
}
// ANCHOR_END: home

// ANCHOR: rest
async fn about() -> Markup {
    page::about()
}

async fn not_found() -> (StatusCode, Markup) {
    (StatusCode::NOT_FOUND, page::not_found())
}
// ANCHOR_END: rest
