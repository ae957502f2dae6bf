//! A member's program, as the session behind its refresh token says.

use axum::{extract::FromRequestParts, http::request::Parts};
use tower_sessions::Session;

use crate::{
    error::Error, members::step_up, store::accounts::Account,
    tokens::refresh::Refresh,
};

/// A program whose session is a member's, who has given it the password in the last days.
pub(crate) struct Program {
    pub(crate) account: Account,
    pub(crate) brought: Refresh,
}

impl<State: Send + Sync> FromRequestParts<State> for Program {
    type Rejection = Error;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &State,
    ) -> Result<Self, Error> {
        let brought = Refresh::from_request_parts(parts, state).await?;
        let account = parts.extensions.get::<Account>().cloned();
        let account = account.ok_or(Error::BadToken("The session has ended."))?;
        let session = Session::from_request_parts(parts, state)
            .await
            .map_err(Error::Layer)?;
        if step_up::is_stale(&session).await? {
            return Err(Error::BadToken("Sign in again: it is long ago."));
        }
        Ok(Self { account, brought })
    }
}
