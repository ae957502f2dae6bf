//! What express-session has as options and tower-sessions does not, as middleware that
//! stands inside the session layer.

use axum::{extract::Request, middleware::Next, response::Response};
use tower_sessions::Session;

use crate::error::Error;

// ANCHOR: exists
/// Whether the store has this session. An identifier alone does not say so: it may have
/// come with an old cookie.
async fn exists(session: &Session) -> Result<bool, Error> {
    session.get_value("").await?;
    Ok(session.id().is_some())
}
// ANCHOR_END: exists

// ANCHOR: resave
/// `resave: true`: the record is written back, with a new expiry date, changed or not.
pub(super) async fn resave(
    session: Session,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let response = next.run(request).await;
    if !session.is_modified() && exists(&session).await? {
        session.save().await?;
    }
    Ok(response)
}
// ANCHOR_END: resave

// ANCHOR: rolling
/// `rolling: true`: every answer sets the cookie again, and its time starts anew.
pub(super) async fn rolling(
    session: Session,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let response = next.run(request).await;
    if exists(&session).await? {
        session.set_expiry(session.expiry());
    }
    Ok(response)
}
// ANCHOR_END: rolling

// ANCHOR: save_uninitialized
/// `saveUninitialized: true`: every visitor gets a session, with something in it or not.
pub(super) async fn save_uninitialized(
    session: Session,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    if !exists(&session).await? {
        session.insert("visitor", true).await?;
    }
    Ok(next.run(request).await)
}
// ANCHOR_END: save_uninitialized
