//! Who looks at a page, as far as the page must know.

use axum::{extract::FromRequestParts, http::request::Parts};
use tower_sessions::Session;

use crate::{error::Error, members::member, session::forms};

/// The name of a member, and the token for the forms of this page.
#[derive(Default)]
pub(crate) struct Visitor {
    pub(crate) name: Option<String>,
    pub(crate) token: Option<String>,
}

impl<State: Send + Sync> FromRequestParts<State> for Visitor {
    type Rejection = Error;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &State,
    ) -> Result<Self, Error> {
        let session = Session::from_request_parts(parts, state)
            .await
            .map_err(Error::Layer)?;
        let name = member::signed_in(parts);
        let token = forms::token(&session).await?;
        Ok(Self { name, token })
    }
}
