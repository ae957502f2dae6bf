//! Signing out.

use axum::{
    Extension,
    extract::State,
    http::HeaderName,
    response::{IntoResponse, Redirect, Response},
};
use tower_sessions::Session;

use crate::{
    error::Error,
    members::{door::Door, member::CameWith},
    session::forms::{Nothing, OwnForm},
    store::front,
    watch::metrics::End,
};

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Ends the session: the record goes, and the cookie, and what scripts have put aside.
pub(crate) async fn sign_out(
    State(door): State<Door>,
    Extension(came_with): Extension<CameWith>,
    session: Session,
    _: OwnForm<Nothing>,
) -> Result<Response, Error> {
    end_moved(&door, came_with, &session).await?;
    leave(&session).await
}

/// Ends a session to which a request of another tab has given another identifier, of which
/// whoever ends it has not heard yet.
pub(crate) async fn end_moved(
    door: &Door,
    CameWith(id): CameWith,
    session: &Session,
) -> Result<(), Error> {
    if let (None, Some(before)) = (session.id(), id) {
        door.sessions.delete(&before).await?;
    }
    Ok(())
}

pub(crate) async fn leave(session: &Session) -> Result<Response, Error> {
    front::end(session, End::SignedOut).await?;
    let forget = [(CLEAR_SITE_DATA, r#""storage""#)];
    Ok((forget, Redirect::to("/")).into_response())
}
