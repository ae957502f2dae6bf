//! When the password was given last, and what that is good for.

use axum::{
    extract::{FromRequestParts, Query, State, rejection::QueryRejection},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use maud::Markup;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use tower_sessions::Session;

use crate::{
    error::Error,
    flash::{self, Flash},
    forms::{self, OwnForm},
    member, page,
    sign_in::{self, Door, Verdict},
    visitor::Visitor,
};

const KEY: &str = "password";

/// So long after the password was given, things can be done that need it.
pub const FRESH: Duration = Duration::minutes(5);

/// So long after it was given, a member is asked for it again, however long the session.
pub const STALE: Duration = Duration::days(7);

/// When the password was given.
#[derive(Serialize, Deserialize)]
struct Given {
    #[serde(with = "time::serde::rfc3339")]
    given: OffsetDateTime,
    /// Whether something was done for which it is good once.
    spent: bool,
}

/// Notes that the member has just given the password.
pub(crate) async fn note(session: &Session) -> Result<(), Error> {
    let given = OffsetDateTime::now_utc();
    session.insert(KEY, Given { given, spent: false }).await?;
    Ok(())
}

/// Makes the password of this session good for nothing more.
pub(crate) async fn spend(session: &Session) -> Result<(), Error> {
    if let Some(given) = session.get::<Given>(KEY).await? {
        session.insert(KEY, Given { spent: true, ..given }).await?;
    }
    Ok(())
}

/// Whether a member of this session has to give the password before anything else.
pub(crate) async fn is_stale(session: &Session) -> Result<bool, Error> {
    Ok(!is_younger_than(STALE, session.get(KEY).await?.as_ref()))
}

fn is_younger_than(age: Duration, given: Option<&Given>) -> bool {
    given.is_some_and(|given| OffsetDateTime::now_utc() - given.given < age)
}

// ANCHOR: fresh
/// A member who has given the password a moment ago. A handler that names this as an
/// argument does not run for anybody else.
pub(crate) struct Fresh {
    pub(crate) name: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Fresh {
    type Rejection = Error;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Self, Error> {
        let session = Session::from_request_parts(parts, state)
            .await
            .map_err(Error::Layer)?;
        let name = member::name(&session).await?.ok_or(Error::NotSignedIn)?;
        let given: Option<Given> = session.get(KEY).await?;
        let is_spent = given.as_ref().is_some_and(|given| given.spent);
        if is_spent || !is_younger_than(FRESH, given.as_ref()) {
            return Err(Error::NotFresh(Then::after(parts.uri.path())));
        }
        Ok(Self { name })
    }
}
// ANCHOR_END: fresh

/// Where a member goes once the password is given. A name from this list: an address from
/// outside could lead anywhere.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Then {
    #[default]
    Member,
    Devices,
    Shop,
    Administrator,
}

impl Then {
    fn after(path: &str) -> Self {
        match path.split('/').nth(1) {
            Some("devices") => Self::Devices,
            Some("checkout") => Self::Shop,
            Some("administrator") => Self::Administrator,
            _ => Self::Member,
        }
    }

    pub(crate) fn value(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Devices => "devices",
            Self::Shop => "shop",
            Self::Administrator => "administrator",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Member => "/member",
            Self::Devices => "/devices",
            Self::Shop => "/",
            Self::Administrator => "/administrator",
        }
    }
}

#[derive(Default, Deserialize)]
pub(crate) struct Purpose {
    #[serde(default)]
    then: Then,
}

pub(crate) async fn form(
    visitor: Visitor,
    purpose: Result<Query<Purpose>, QueryRejection>,
) -> Result<Markup, Error> {
    let name = visitor.name.as_deref().ok_or(Error::NotSignedIn)?;
    let Query(purpose) = purpose.unwrap_or_default();
    Ok(page::confirm(&visitor, name, purpose.then, None))
}

#[derive(Deserialize)]
pub(crate) struct Confirmation {
    password: String,
    #[serde(default)]
    then: Then,
}

// ANCHOR: confirm
pub(crate) async fn confirm(
    State(door): State<Door>,
    session: Session,
    visitor: Visitor,
    OwnForm(confirmation): OwnForm<Confirmation>,
) -> Result<Response, Error> {
    let name = visitor.name.as_deref().ok_or(Error::NotSignedIn)?;
    let Confirmation { password, then } = confirmation;
    let refused = |status: StatusCode, why| {
        let page = page::confirm(&visitor, name, then, Some(why));
        Ok((status, page).into_response())
    };
    match sign_in::try_password(&door, name, password).await? {
        Verdict::Wrong => refused(StatusCode::FORBIDDEN, sign_in::WRONG),
        Verdict::TooOften => {
            refused(StatusCode::TOO_MANY_REQUESTS, sign_in::TOO_OFTEN)
        }
        Verdict::Right => {
            // More may be done than before: that is a new identifier's time.
            session.cycle_id().await?;
            forms::renew_token(&session).await?;
            note(&session).await?;
            let next = flash::say(&session, then.path(), Flash::Confirmed).await?;
            Ok(next.into_response())
        }
    }
}
// ANCHOR_END: confirm
