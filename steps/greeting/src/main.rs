//! Greets by a name that the visitor has given, and counts the visits.

use std::{env, io};

use axum::{Form, Router, http::StatusCode, response::Redirect, routing::get};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;
use tokio::net::TcpListener;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer, session};

#[tokio::main]
async fn main() -> io::Result<()> {
    let store = MemoryStore::default();
    let sessions = SessionManagerLayer::new(store).with_secure(false);
    let app = Router::new().route("/", get(greet).post(keep_name)).layer(sessions);
    let port = env::var("PORT").unwrap_or("8080".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("Listening on http://localhost:{}", listener.local_addr()?.port());
    axum::serve(listener, app).await
}

async fn greet(session: Session) -> Result<Markup, StatusCode> {
    let visits = session.get::<u64>("visits").await.map_err(failed)?;
    let visits = visits.unwrap_or(0) + 1;
    session.insert("visits", visits).await.map_err(failed)?;
    let name = session.get::<String>("name").await.map_err(failed)?;
    let name = name.unwrap_or("stranger".to_owned());
    Ok(html! {
        (DOCTYPE)
        title { "Greeting" }
        p { "Welcome, " (name) ". Visits: " (visits) }
        form method="post" {
            label { "Your name " input name="name"; } " " button { "Keep it" }
        }
    })
}

/// The fields of the form, by their names in the page.
#[derive(Deserialize)]
struct Naming {
    name: String,
}

async fn keep_name(
    session: Session,
    Form(naming): Form<Naming>,
) -> Result<Redirect, StatusCode> {
    let name: String = naming.name.chars().take(40).collect();
    session.insert("name", name).await.map_err(failed)?;
    Ok(Redirect::to("/"))
}

fn failed(why: session::Error) -> StatusCode {
    eprintln!("{why}");
    StatusCode::INTERNAL_SERVER_ERROR
}
