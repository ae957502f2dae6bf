//! Who is signed in, as the session says.

use axum::{extract::FromRequestParts, http::request::Parts};
use tower_sessions::Session;

use crate::{
    error::Error,
    members::{
        client::Client,
        devices,
        step_up::{self, Then},
    },
    session::{forms, lifetime},
    store::index::{Index, MEMBER},
};

// ANCHOR: member
/// Somebody who has signed in, and given the password in the last days. A handler that
/// names this as an argument is for members only: without a member it does not run.
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
        if step_up::is_stale(&session).await? {
            return Err(Error::Stale);
        }
        Ok(Self { name })
    }
}
// ANCHOR_END: member

// ANCHOR: fresh
/// A member who has given the password a moment ago. A handler that names this as an
/// argument does not run for anybody else.
pub(crate) struct Fresh {
    pub(crate) name: String,
}

impl<State: Send + Sync> FromRequestParts<State> for Fresh {
    type Rejection = Error;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &State,
    ) -> Result<Self, Error> {
        let session = Session::from_request_parts(parts, state)
            .await
            .map_err(Error::Layer)?;
        let name = name(&session).await?.ok_or(Error::NotSignedIn)?;
        if !step_up::is_fresh(&session).await? {
            let then = Then::after(parts.uri.path());
            return Err(Error::NotFresh(then.value()));
        }
        Ok(Self { name })
    }
}
// ANCHOR_END: fresh

/// The name of the member whose session this is.
pub(crate) async fn name(session: &Session) -> Result<Option<String>, Error> {
    Ok(session.get(MEMBER).await?)
}

/// Makes the session a member's, under an identifier that nobody has seen yet.
///
/// What an anonymous visitor has put into the basket stays. What another member has left
/// does not.
pub(crate) async fn begin(
    sessions: &dyn Index,
    session: &Session,
    member: &str,
    client: Client,
) -> Result<(), Error> {
    if name(session).await?.is_some_and(|before| before != member) {
        session.flush().await?;
    }
    session.cycle_id().await?;
    lifetime::restart(session).await?;
    forms::renew_token(session).await?;
    session.insert(MEMBER, member).await?;
    step_up::note(session).await?;
    devices::begin(sessions, session, member, client).await?;
    tracing::info!(member, "signs in");
    Ok(())
}
