//! How many sessions strangers begin.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use tower_sessions::{Session, session};

use crate::{
    edge::{address::Address, limits::Limits},
    error::Error,
    store::sessions::BEFORE,
};

/// Lets no more sessions begin than are allowed where a request comes from. Of what was to
/// be in another one, nothing is kept.
///
/// A session that a sign-in has saved already is not counted here: its password was.
pub(crate) async fn limit(
    State(limits): State<Arc<Limits>>,
    from: Address,
    session: Session,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let response = next.run(request).await;
    if !response.status().is_server_error()
        && begins(&session).await?
        && let Err(pause) = limits.begin(from)
    {
        tracing::warn!(%from, "too many sessions begin");
        session.clear().await;
        return Err(Error::TooOften(pause));
    }
    Ok(response)
}

/// Whether this is a session that the store is about to hear of for the first time.
async fn begins(session: &Session) -> Result<bool, session::Error> {
    let is_known = session.id().is_some();
    // One that gets another identifier has none either.
    Ok(!is_known
        && !session.is_empty().await
        && session.get_value(BEFORE).await?.is_none())
}
