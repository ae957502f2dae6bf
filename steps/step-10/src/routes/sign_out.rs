//! Signing out.

use axum::{
    http::HeaderName,
    response::{IntoResponse, Redirect, Response},
};
use tower_sessions::Session;

use crate::error::Error;

// ANCHOR: sign_out
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Ends the session: the record goes, and the cookie, and what scripts have put aside.
pub(crate) async fn sign_out(session: Session) -> Result<Response, Error> {
    session.flush().await?;
    let forget = [(CLEAR_SITE_DATA, r#""storage""#)];
    Ok((forget, Redirect::to("/")).into_response())
}
// ANCHOR_END: sign_out
