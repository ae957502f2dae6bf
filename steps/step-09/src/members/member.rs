//! Who is signed in, as the session says.

use axum::{extract::FromRequestParts, http::request::Parts};
use tower_sessions::Session;

use crate::{error::Error, session::lifetime};

// ANCHOR: member
pub(crate) const KEY: &str = "member";

/// Somebody who has signed in. A handler that names this as an argument is for members
/// only: without a member it does not run.
pub(crate) struct Member {
    pub(crate) name: String,
}

impl<State: Send + Sync> FromRequestParts<State> for Member {
    type Rejection = Error;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &State,
    ) -> Result<Self, Error> {
        let session = Session::from_request_parts(parts, state)
            .await
            .map_err(Error::Layer)?;
        let name = name(&session).await?.ok_or(Error::NotSignedIn)?;
        Ok(Self { name })
    }
}

/// The name of the member whose session this is.
pub(crate) async fn name(session: &Session) -> Result<Option<String>, Error> {
    Ok(session.get(KEY).await?)
}
// ANCHOR_END: member

// ANCHOR: begin
/// Makes the session a member's, under an identifier that nobody has seen yet.
///
/// What an anonymous visitor has put into the basket stays. What another member has left
/// does not.
pub(crate) async fn begin(session: &Session, member: &str) -> Result<(), Error> {
    if name(session).await?.is_some_and(|before| before != member) {
        session.flush().await?;
    }
    session.cycle_id().await?;
    lifetime::restart(session).await?;
    session.insert(KEY, member).await?;
    Ok(())
}
// ANCHOR_END: begin
