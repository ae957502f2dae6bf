//! The session layer: tower-sessions draws the identifier, sets the cookie and keeps the record.

mod page;

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    routing::get,
};
use maud::Markup;
use tower_sessions::{Session, SessionManagerLayer, SessionStore, session};

// ANCHOR: app
/// The server: a visit counter that keeps its sessions in `store`.
pub fn app<Store: SessionStore + Clone>(store: Store) -> Router {
    // There is no TLS on localhost, and Safari drops a Secure cookie there.
    // Chapter 5 turns it on.
    let sessions = SessionManagerLayer::new(store).with_secure(false);
    Router::new()
        .route("/", get(home))
        .route("/about", get(about))
        .fallback(not_found)
        .layer(sessions)
}
// ANCHOR_END: app

// ANCHOR: home
async fn home(session: Session, headers: HeaderMap) -> Result<Markup, StatusCode> {
    let visits =
        count(&session).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let id = session.id().map(|id| id.to_string());
    Ok(page::home(
        visits,
        &page::sent(&headers),
        &page::held(id.as_deref(), visits),
    ))
}

async fn count(session: &Session) -> Result<u64, session::Error> {
    let visits = session.get("visits").await?.unwrap_or(0) + 1;
    session.insert("visits", visits).await?;
    Ok(visits)
}
// ANCHOR_END: home

async fn about() -> Markup {
    page::about()
}

async fn not_found() -> (StatusCode, Markup) {
    (StatusCode::NOT_FOUND, page::not_found())
}
