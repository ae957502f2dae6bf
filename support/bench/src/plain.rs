//! Servers that have less to do than the shop: axum without a session, a session without a shop, and
//! a token instead of a session.

use axum::{
    Form, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::Redirect,
    routing::{get, post},
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use tower_sessions::{MemoryStore, Session, SessionManagerLayer, cookie::Key, session};

/// The server that has this name, if there is one.
pub(crate) fn app(name: &str) -> Option<Router> {
    match name {
        "axum" => Some(without_a_session()),
        "tower-sessions, `MemoryStore`" => Some(with_a_session()),
        "axum, JWT" => Some(with_a_token()),
        _ => None,
    }
}

/// A packet of tea, as a form asks for it.
#[derive(Deserialize)]
struct Packet {
    tea: String,
}

fn without_a_session() -> Router {
    let read = async |Form(Packet { tea: _ })| Redirect::to("/");
    Router::new()
        .route("/", get(async || "a page"))
        .route("/basket", post(read))
        .route("/basket/take", post(read))
}

fn with_a_session() -> Router {
    let sessions = SessionManagerLayer::new(MemoryStore::default()).with_secure(false);
    Router::new()
        .route("/", get(basket))
        .route("/basket", post(async |session, form| change(session, form, 1).await))
        .route("/basket/take", post(async |session, form| change(session, form, -1).await))
        .layer(sessions.with_signed(Key::generate()))
}

async fn basket(session: Session) -> Result<String, StatusCode> {
    let packets = session.get::<i64>("assam").await.map_err(told)?;
    Ok(format!("{} × Assam", packets.unwrap_or_default()))
}

async fn change(
    session: Session,
    Form(Packet { tea }): Form<Packet>,
    by: i64,
) -> Result<Redirect, StatusCode> {
    let packets = session.get::<i64>(&tea).await.map_err(told)?;
    session.insert(&tea, packets.unwrap_or_default() + by).await.map_err(told)?;
    Ok(Redirect::to("/"))
}

fn told(_: session::Error) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

/// Whom a token lets in, and until when.
#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    exp: i64,
}

/// What makes tokens, and what looks at them.
#[derive(Clone)]
struct Tokens(EncodingKey, DecodingKey);

fn with_a_token() -> Router {
    let key = Key::generate();
    let secret = key.master();
    let tokens = Tokens(EncodingKey::from_secret(secret), DecodingKey::from_secret(secret));
    Router::new().route("/", get(greet)).route("/token", post(give_token)).with_state(tokens)
}

async fn give_token(State(Tokens(key, _)): State<Tokens>) -> Result<String, StatusCode> {
    let ends = OffsetDateTime::now_utc() + Duration::HOUR;
    let claims = Claims { sub: "Ada".to_owned(), exp: ends.unix_timestamp() };
    let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key);
    token.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn greet(
    State(Tokens(_, key)): State<Tokens>,
    headers: HeaderMap,
) -> Result<String, StatusCode> {
    let brought = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    let token = brought.and_then(|it| it.strip_prefix("Bearer ")).unwrap_or_default();
    let claims = jsonwebtoken::decode(token, &key, &Validation::new(Algorithm::HS256));
    let Claims { sub, .. } = claims.map_err(|_| StatusCode::UNAUTHORIZED)?.claims;
    Ok(format!("You are {sub}."))
}
