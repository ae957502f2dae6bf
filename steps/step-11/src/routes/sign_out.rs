//! Signing out.

use axum::{
    http::HeaderName,
    response::{IntoResponse, Redirect, Response},
};
use tower_sessions::Session;

use crate::{
    error::Error,
    session::forms::{Nothing, OwnForm},
};

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Ends the session: the record goes, and the cookie, and what scripts have put aside.
pub(crate) async fn sign_out(
    session: Session,
    _: OwnForm<Nothing>,
) -> Result<Response, Error> {
    session.flush().await?;
    let forget = [(CLEAR_SITE_DATA, r#""storage""#)];
    Ok((forget, Redirect::to("/")).into_response())
}
