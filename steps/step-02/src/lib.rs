//! A session by hand: a random identifier, a cookie and a map.

mod page;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use maud::Markup;

// ANCHOR: app
/// Everything this server remembers: a number of visits under each session identifier.
pub type Sessions = Arc<Mutex<HashMap<String, u64>>>;

/// The server: a visit counter that keeps its sessions in `sessions`.
pub fn app(sessions: Sessions) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/about", get(about))
        .fallback(not_found)
        .with_state(sessions)
}
// ANCHOR_END: app

// ANCHOR: home
async fn home(State(sessions): State<Sessions>, headers: HeaderMap) -> Response {
    let known = cookie(&headers, "id").filter(|id| holds(&sessions, id));
    let id = known.clone().unwrap_or_else(new_id);
    let visits = count(&sessions, &id);
    let page = page::home(visits, &page::sent(&headers), &page::held(&id, visits));
    match known {
        Some(_) => page.into_response(),
        None => ([(header::SET_COOKIE, format!("id={id}"))], page).into_response(),
    }
}
// ANCHOR_END: home

// ANCHOR: new_id
/// 128 random bits, in hexadecimal, from a generator made for secrets.
fn new_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}
// ANCHOR_END: new_id

// ANCHOR: cookie
/// The value of the first cookie of this name in a request.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let mut pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.split_once('='));
    pairs
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim().to_owned())
}
// ANCHOR_END: cookie

// ANCHOR: count
fn holds(sessions: &Sessions, id: &str) -> bool {
    sessions
        .lock()
        .expect("no thread panics while it holds the lock")
        .contains_key(id)
}

fn count(sessions: &Sessions, id: &str) -> u64 {
    let mut sessions =
        sessions.lock().expect("no thread panics while it holds the lock");
    let visits = sessions.entry(id.to_owned()).or_insert(0);
    *visits += 1;
    *visits
}
// ANCHOR_END: count

async fn about() -> Markup {
    page::about()
}

async fn not_found() -> (StatusCode, Markup) {
    (StatusCode::NOT_FOUND, page::not_found())
}
