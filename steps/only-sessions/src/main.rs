//! Members register, sign in and sign out. They and their sessions are kept in SQLite.

mod store;

use std::{env, error::Error, io};

use argon2::{
    Argon2, PasswordHash, PasswordHasher, PasswordVerifier,
    password_hash::{self, SaltString, rand_core::OsRng},
};
use axum::{
    Form, Router,
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use maud::{DOCTYPE, Markup, html};
use rusqlite::OptionalExtension;
use serde::Deserialize;
use tokio::{net::TcpListener, sync::Semaphore, task};
use tower_sessions::{Session, SessionManagerLayer, cookie::SameSite};

use crate::store::Db;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let file = env::var("DB_FILE").unwrap_or("tea.db".into());
    let db =
        Db::open(&file).map_err(|why| format!("cannot start: {file}: {why}"))?;
    let port = env::var("PORT").unwrap_or("8080".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await;
    let listener = listener.map_err(|why| {
        format!(
            "cannot start: port {port}: {why}. Choose another, as in PORT=8081."
        )
    })?;
    println!("Listening on http://localhost:{}", listener.local_addr()?.port());
    Ok(axum::serve(listener, app(db)).await?)
}

fn app(db: Db) -> Router {
    let sessions = SessionManagerLayer::new(db.clone())
        .with_name("__Host-id")
        .with_secure(true)
        .with_http_only(true)
        .with_same_site(SameSite::Lax);
    Router::new()
        .route("/", get(home))
        .route("/member", get(member))
        .route("/register", post(register))
        .route("/sign-in", post(sign_in))
        .route("/sign-out", post(sign_out))
        .layer(sessions)
        .layer(middleware::from_fn(same_origin))
        .layer(middleware::map_response(add_headers))
        .with_state(db)
}

// Pages

async fn home() -> Markup {
    page(html! {
        form method="post" {
            p { label { "Name " input name="name"; } }
            p { label { "Password " input name="password" type="password"; } }
            button formaction="/sign-in" { "Sign in" } " "
            button formaction="/register" { "Register" }
        }
    })
}

async fn member(Member(name): Member) -> Markup {
    page(html! {
        p { "This page is for members, such as you, " (name) "." }
        form method="post" action="/sign-out" { button { "Sign out" } }
    })
}

fn page(body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head { title { "Tea" } link rel="icon" href="data:,"; }
            body { main { h1 { "Tea" } (body) } }
        }
    }
}

/// What cannot be done, and why not.
struct Refused(StatusCode, &'static str);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let why = html! { p { (self.1) " " a href="/" { "Back" } } };
        (self.0, page(why)).into_response()
    }
}

impl<E: Error> From<E> for Refused {
    /// The log hears the cause, the visitor does not.
    fn from(why: E) -> Self {
        tracing::error!(%why, "a request fails");
        Self(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side.")
    }
}

// Members

const MEMBER: &str = "member";

/// Who is signed in. A handler with this argument runs for members only.
struct Member(String);

impl<S: Send + Sync> FromRequestParts<S> for Member {
    type Rejection = Refused;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Self, Refused> {
        let session = Session::from_request_parts(parts, state).await;
        let session = session.map_err(|(status, why)| Refused(status, why))?;
        let name = session.get(MEMBER).await?;
        name.map(Self).ok_or(Refused(StatusCode::FORBIDDEN, "Sign in first."))
    }
}

#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: String,
}

async fn register(
    State(db): State<Db>,
    session: Session,
    Form(Credentials { name, password }): Form<Credentials>,
) -> Result<Redirect, Refused> {
    let is_name = name.chars().all(char::is_alphanumeric) && !name.is_empty();
    if !is_name || name.len() > 64 || !(8..=128).contains(&password.chars().count())
    {
        let why =
            "A name has letters and digits, and a password 8 to 128 characters.";
        return Err(Refused(StatusCode::UNPROCESSABLE_ENTITY, why));
    }
    let hash = slowly(|| hash(&password)).await?;
    let add = "INSERT INTO members VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    if db.run(|db| db.execute(add, [&name, &hash]))? == 0 {
        return Err(Refused(StatusCode::CONFLICT, "Somebody has this name."));
    }
    begin(&session, name).await
}

async fn sign_in(
    State(db): State<Db>,
    session: Session,
    Form(Credentials { name, password }): Form<Credentials>,
) -> Result<Redirect, Refused> {
    let find = "SELECT hash FROM members WHERE name = ?1 COLLATE BINARY";
    let hash =
        db.run(|db| db.query_row(find, [&name], |row| row.get(0)).optional())?;
    if !slowly(|| fits(&password, hash)).await? {
        let why = "Nobody has this name and this password.";
        return Err(Refused(StatusCode::FORBIDDEN, why));
    }
    begin(&session, name).await
}

/// Ends the session that the browser came with, and begins another one.
async fn begin(session: &Session, name: String) -> Result<Redirect, Refused> {
    session.clear().await;
    session.cycle_id().await?;
    session.insert(MEMBER, name).await?;
    Ok(Redirect::to("/member"))
}

async fn sign_out(session: Session) -> Result<Redirect, Refused> {
    session.flush().await?;
    Ok(Redirect::to("/"))
}

// Passwords

/// A hash takes 19 MiB and a while: four at a time, and other requests go on meanwhile.
async fn slowly<T>(
    work: impl FnOnce() -> password_hash::Result<T>,
) -> Result<T, Refused> {
    static ROOM: Semaphore = Semaphore::const_new(4);
    let _room = ROOM.acquire().await?;
    Ok(task::block_in_place(work)?)
}

fn hash(password: &str) -> password_hash::Result<String> {
    let salt = SaltString::generate(&mut OsRng);
    Ok(Argon2::default().hash_password(password.as_bytes(), &salt)?.to_string())
}

/// Whether this is the password. Where there is none, to find out takes as long.
fn fits(password: &str, hashed: Option<String>) -> password_hash::Result<bool> {
    let Some(hashed) = hashed else { return hash(password).map(|_| false) };
    let hashed = PasswordHash::new(&hashed)?;
    Ok(Argon2::default().verify_password(password.as_bytes(), &hashed).is_ok())
}

// What goes with every request, and with every answer

/// Refuses what a page of another origin makes the browser send.
async fn same_origin(request: Request, next: Next) -> Result<Response, Refused> {
    if !request.method().is_safe() && !is_our_own(request.headers()) {
        return Err(Refused(
            StatusCode::FORBIDDEN,
            "This form is of another site.",
        ));
    }
    Ok(next.run(request).await)
}

fn is_our_own(headers: &HeaderMap) -> bool {
    let text = |name| Some(headers.get(name)?.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin" || site == "none",
        // An older browser.
        (None, Some(origin)) => origin
            .split_once("://")
            .is_some_and(|(_, host)| Some(host) == text("host")),
        // No browser, and so nobody's cookie.
        (None, None) => true,
    }
}

/// No cache keeps a page, no other site frames one, and no script runs in one.
async fn add_headers(response: Response) -> impl IntoResponse {
    let policy = "default-src 'none'; img-src data:; form-action 'self'; \
                  base-uri 'none'; frame-ancestors 'none'";
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, response)
}
