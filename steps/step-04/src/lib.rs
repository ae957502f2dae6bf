//! Typed data: the session as a struct, an extractor, and errors that say what went wrong.

mod error;
mod page;
mod visits;

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    response::Redirect,
    routing::{get, post},
};
use maud::Markup;
use tower_sessions::{Session, SessionManagerLayer, SessionStore};

use crate::{error::Error, visits::Visitor};

/// The server: a visit counter that keeps its sessions in `store`.
pub fn app<Store: SessionStore + Clone>(store: Store) -> Router {
    // There is no TLS on localhost, and Safari drops a Secure cookie there.
    // Chapter 5 turns it on.
    let sessions = SessionManagerLayer::new(store).with_secure(false);
    Router::new()
        .route("/", get(home))
        .route("/about", get(about))
        .route("/start-over", post(start_over))
        .fallback(not_found)
        .layer(sessions)
}

// ANCHOR: home
async fn home(mut visitor: Visitor, headers: HeaderMap) -> Result<Markup, Error> {
    let before = visitor.count().await?;
    let id = visitor.id().map(|id| id.to_string());
    let held = page::held(id.as_deref(), visitor.visits.count);
    Ok(page::home(visitor.visits.count, before, &page::sent(&headers), &held))
}
// ANCHOR_END: home

async fn about() -> Markup {
    page::about()
}

// ANCHOR: start_over
async fn start_over(session: Session) -> Result<Redirect, Error> {
    session.flush().await?;
    Ok(Redirect::to("/"))
}
// ANCHOR_END: start_over

async fn not_found() -> (StatusCode, Markup) {
    (StatusCode::NOT_FOUND, page::not_found())
}
