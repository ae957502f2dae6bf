//! What each way is tried on: lists in a session, and requests that append to them.

use axum::{
    Router,
    extract::{Path, Request, State},
    http::{StatusCode, header},
    routing::{get, post},
};
use tower_sessions::{Session, SessionManagerLayer, SessionStore, session};

use crate::race::Door;

/// A server that keeps its sessions in `store`. Whoever is about to append waits at the
/// door.
pub(crate) fn server(store: impl SessionStore + Clone, door: &Door) -> Router {
    Router::new()
        .route("/", post(begin))
        .route("/{key}", get(look).delete(remove))
        .route("/{key}/{item}", post(append))
        .route("/{key}/{item}/retried", post(append_and_retry))
        .with_state(door.clone())
        .layer(SessionManagerLayer::new(store).with_secure(false))
}

type Answer<T> = Result<T, StatusCode>;

// ANCHOR: append
/// Looks at the list, and writes it with one item more.
async fn append(
    session: Session,
    Path((key, item)): Path<(String, String)>,
    State(door): State<Door>,
) -> Answer<()> {
    let list: Option<Vec<String>> = session.get(&key).await.map_err(broken)?;
    let mut list = list.unwrap_or_default();
    // Here the others come in between.
    door.wait().await;
    list.push(item);
    session.insert(&key, list).await.map_err(broken)
}
// ANCHOR_END: append

// ANCHOR: retry
/// The same, and tries again by itself until its item is saved.
async fn append_and_retry(
    session: Session,
    path: Path<(String, String)>,
    State(door): State<Door>,
) -> Answer<()> {
    loop {
        let path = Path(path.0.clone());
        append(session.clone(), path, State(door.clone())).await?;
        if session.save().await.is_ok() {
            return Ok(());
        }
        session.load().await.map_err(broken)?;
    }
}
// ANCHOR_END: retry

async fn begin(session: Session) -> Answer<()> {
    session.insert("began", true).await.map_err(broken)
}

async fn look(session: Session, Path(key): Path<String>) -> Answer<String> {
    let list: Option<Vec<String>> = session.get(&key).await.map_err(broken)?;
    Ok(list.unwrap_or_default().join(" "))
}

async fn remove(session: Session, Path(key): Path<String>) -> Answer<()> {
    session.remove_value(&key).await.map(|_| ()).map_err(broken)
}

fn broken(_: session::Error) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

/// The session that a request comes with, for a lock of its own.
pub(crate) fn session_of(request: &Request) -> String {
    let cookie = request.headers().get(header::COOKIE);
    let cookie = cookie.and_then(|cookie| cookie.to_str().ok());
    cookie.unwrap_or_default().to_owned()
}
