//! One handler for each kind of request.

use axum::{
    Router,
    body::Body,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use futures_util::stream;
use tower_sessions::{Session, session};

use crate::error::Error;

const KEY: &str = "number";

pub(super) const KINDS: [&str; 13] = [
    "no-session",
    "untouched",
    "read",
    "same",
    "write",
    "write-redirect",
    "write-404",
    "write-500",
    "write-panic",
    "write-stream",
    "save",
    "save-500",
    "flush",
];

// ANCHOR: routes
pub(super) fn routes() -> Router {
    Router::new()
        .route("/no-session", post(async || "I know of no session."))
        .route("/untouched", post(async |_: Session| "I have it and don't look."))
        .route("/read", post(read))
        .route("/same", post(same))
        .route("/write", post(async |session| write(&session).await))
        .route("/write-redirect", post(write_redirect))
        .route("/write-404", post(write_404))
        .route("/write-500", post(write_500))
        .route("/write-panic", post(write_panic))
        .route("/write-stream", post(write_stream))
        .route("/save", post(async |session| save(&session).await))
        .route("/save-500", post(save_500))
        .route("/flush", post(flush))
}
// ANCHOR_END: routes

async fn read(session: Session) -> Result<String, Error> {
    let number: Option<u64> = session.get(KEY).await?;
    Ok(format!("The number is {number:?}."))
}

async fn same(session: Session) -> Result<&'static str, Error> {
    if let Some(number) = session.get::<u64>(KEY).await? {
        session.insert(KEY, number).await?;
    }
    Ok("I write the number that is there already.")
}

async fn write(session: &Session) -> Result<&'static str, Error> {
    let number: u64 = session.get(KEY).await?.unwrap_or(0);
    session.insert(KEY, number + 1).await?;
    Ok("I write another number.")
}

async fn write_redirect(session: Session) -> Result<Redirect, Error> {
    write(&session).await?;
    Ok(Redirect::to("/"))
}

async fn write_404(session: Session) -> Result<Response, Error> {
    let text = write(&session).await?;
    Ok((StatusCode::NOT_FOUND, text).into_response())
}

async fn write_500(session: Session) -> Result<Response, Error> {
    let text = write(&session).await?;
    Ok((StatusCode::INTERNAL_SERVER_ERROR, text).into_response())
}

async fn write_panic(session: Session) -> Result<(), Error> {
    write(&session).await?;
    panic!("The handler panics, as it was asked to.");
}

// ANCHOR: late
/// Writes when the headers are on their way already.
async fn write_stream(session: Session) -> Body {
    let late = async move {
        let number: u64 = session.get(KEY).await?.unwrap_or(0);
        session.insert(KEY, number + 1).await?;
        Ok::<_, session::Error>("I write while the body is sent.")
    };
    Body::from_stream(stream::once(late))
}

async fn save(session: &Session) -> Result<&'static str, Error> {
    write(session).await?;
    session.save().await?;
    Ok("I write another number and save it myself.")
}
// ANCHOR_END: late

async fn save_500(session: Session) -> Result<Response, Error> {
    let text = save(&session).await?;
    Ok((StatusCode::INTERNAL_SERVER_ERROR, text).into_response())
}

async fn flush(session: Session) -> Result<&'static str, Error> {
    session.flush().await?;
    Ok("I end the session.")
}
