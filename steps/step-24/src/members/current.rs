//! What an access token says, and whether it is still so.

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::{
    error::Error,
    members::{devices, door::Door},
    store::sessions::Entry,
    tokens::access::Claims,
};

/// An administrator's program, as its token says, and the session and the account at this
/// moment. To ask them is what the token was to save: where nothing must be done by whoever
/// was signed out, there is no way around it.
pub(crate) struct Current;

impl FromRequestParts<Door> for Current {
    type Rejection = Error;

    async fn from_request_parts(
        parts: &mut Parts,
        door: &Door,
    ) -> Result<Self, Error> {
        let claims = Claims::from_request_parts(parts, door).await?;
        // Others need not know that there is such a page.
        claims.role.ok_or(Error::NotFound)?;
        let stands_behind = |entry: &Entry| {
            devices::device_of(&entry.data)
                .is_some_and(|it| it.handle == claims.sid)
        };
        if !devices::of(door, &claims.sub).await?.iter().any(stands_behind) {
            return Err(Error::BadToken("The session has ended."));
        }
        let account = door.accounts.find(&claims.sub).await?;
        match account {
            Some(account) if account.is_administrator => Ok(Self),
            _ => Err(Error::NotFound),
        }
    }
}
