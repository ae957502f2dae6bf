//! Who may end the sessions of others.

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::{error::Error, members::member::Member, store::accounts::Account};

/// A member who is an administrator, as the account says at this moment.
pub(crate) struct Administrator {
    pub(crate) name: String,
}

impl<State: Send + Sync> FromRequestParts<State> for Administrator {
    type Rejection = Error;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &State,
    ) -> Result<Self, Error> {
        let Member { name, .. } = Member::from_request_parts(parts, state).await?;
        match parts.extensions.get::<Account>() {
            Some(account) if account.is_administrator => Ok(Self { name }),
            // Others need not know that there is such a page.
            _ => Err(Error::NotFound),
        }
    }
}
