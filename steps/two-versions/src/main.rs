//! Two versions of one server, on two ports, over one store.

mod new;
mod old;

use std::{env, io};

use axum::{
    Router,
    http::StatusCode,
    routing::{MethodRouter, get},
};
use tokio::net::TcpListener;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer, session};

#[tokio::main]
async fn main() -> io::Result<()> {
    let port = env::var("PORT").unwrap_or("8080".to_owned());
    let port: u16 = port.parse().map_err(io::Error::other)?;
    // The next port is the new version's. With 0, the system chooses both.
    let next = if port == 0 { 0 } else { port.saturating_add(1) };
    let first = TcpListener::bind(("127.0.0.1", port)).await?;
    let second = TcpListener::bind(("127.0.0.1", next)).await?;
    println!("Listening on {} and {}", url(&first)?, url(&second)?);

    let store = MemoryStore::default();
    let old = get(async |session: Session| answer(old::visit(session).await));
    let new = get(async |session: Session| answer(new::visit(session).await));
    tokio::spawn(axum::serve(first, app(old, store.clone())).into_future());
    axum::serve(second, app(new, store)).await
}

fn url(listener: &TcpListener) -> io::Result<String> {
    Ok(format!("http://localhost:{}", listener.local_addr()?.port()))
}

fn app(home: MethodRouter, store: MemoryStore) -> Router {
    let sessions = SessionManagerLayer::new(store).with_secure(false);
    Router::new().route("/", home).layer(sessions)
}

/// What became of a visit. A server for others would not say why it fails.
fn answer(visit: Result<String, session::Error>) -> (StatusCode, String) {
    match visit {
        Ok(visits) => (StatusCode::OK, visits + "\n"),
        Err(why) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{why}\n")),
    }
}
