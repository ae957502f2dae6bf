//! Signing out.

use axum::response::Redirect;
use tower_sessions::Session;

use crate::error::Error;

pub(crate) async fn sign_out(session: Session) -> Result<Redirect, Error> {
    session.flush().await?;
    Ok(Redirect::to("/"))
}
