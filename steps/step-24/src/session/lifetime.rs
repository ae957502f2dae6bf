//! How long a session lives, kept in its data so that the choice outlives the request.

use std::cmp;

use axum::{extract::Request, middleware::Next, response::Response};
use serde::{Deserialize, Serialize, Serializer, ser::Error as _};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use tower_sessions::{Expiry, Session, session};

use crate::{
    error::{Error, brief_of},
    session::cookie::MaxAge,
    store::sessions::Data,
};

/// How long a session may live.
pub struct Limits {
    /// Without a visit: the idle timeout.
    pub idle: Duration,
    /// From its first day, however often it is used: the absolute timeout.
    pub absolute: Duration,
}

/// A session of which nothing else is known.
pub const USUAL: Limits =
    Limits { idle: Duration::minutes(30), absolute: Duration::hours(12) };

/// A session that is to outlive the browser.
pub const REMEMBERED: Limits =
    Limits { idle: Duration::days(30), absolute: Duration::days(90) };

/// A visit that comes sooner after the last one is not worth a write to the store.
pub const NOTED: Duration = Duration::minutes(1);

/// So far apart are the clocks of two servers, at most.
pub const APART: Duration = Duration::minutes(1);

const KEY: &str = "lifetime";

/// What a session knows of its own time.
#[derive(Deserialize)]
struct Lifetime {
    #[serde(with = "time::serde::rfc3339")]
    started: OffsetDateTime,
    /// When the store last heard of a visit.
    #[serde(with = "time::serde::rfc3339")]
    noted: OffsetDateTime,
    remembered: bool,
}

/// As an array, which is read like an object, and costs a session less.
impl Serialize for Lifetime {
    fn serialize<To: Serializer>(&self, to: To) -> Result<To::Ok, To::Error> {
        let text =
            |it: OffsetDateTime| it.format(&Rfc3339).map_err(To::Error::custom);
        (text(self.started)?, text(self.noted)?, self.remembered).serialize(to)
    }
}

impl Lifetime {
    fn new(now: OffsetDateTime) -> Self {
        Self { started: now, noted: now, remembered: false }
    }

    /// When it ends if nobody comes back: whichever limit is reached first.
    fn end(&self) -> OffsetDateTime {
        let limits = if self.remembered { REMEMBERED } else { USUAL };
        cmp::min(self.noted + limits.idle, self.started + limits.absolute)
    }
}

/// Gives each session its end, and moves it with each visit. Stands inside the session
/// layer, which saves what this changes.
pub(crate) async fn keep(
    session: Session,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    if response.status().is_server_error() {
        // Nothing is saved: a store that does not answer need not be asked again.
        return response;
    }
    match extend(&session).await {
        Ok(Some(max_age)) => {
            response.extensions_mut().insert(max_age);
        }
        Ok(None) => {}
        Err(cause) => {
            tracing::error!(cause = brief_of(&cause), "a session is not extended")
        }
    }
    response
}

/// How long the session's cookie is to live, if there is a session: the browser is to
/// outlive it, unless it is one to remember.
async fn extend(session: &Session) -> Result<Option<MaxAge>, session::Error> {
    let now = OffsetDateTime::now_utc();
    let kept: Option<Lifetime> = session.get(KEY).await?;
    if session.is_empty().await {
        return Ok(None);
    }
    let mut lifetime = kept.unwrap_or_else(|| Lifetime::new(now));
    let age = now - lifetime.noted;
    // Below zero, the clock was set back since.
    if session.is_modified() || age >= NOTED || age.is_negative() {
        lifetime.started = cmp::min(lifetime.started, now);
        lifetime.noted = now;
        session.insert(KEY, &lifetime).await?;
        session.set_expiry(Some(Expiry::OnInactivity(lifetime.end() - now)));
    }
    let left = lifetime.end() - now;
    Ok(Some(MaxAge(lifetime.remembered.then_some(left))))
}

/// Saves the session before there is an answer, with the end that it has by then:
/// tower-sessions 0.15 gives it another one, and the answer may never come about.
pub(crate) async fn save(session: &Session) -> Result<(), Error> {
    extend(session).await?;
    Ok(session.save().await?)
}

/// What the visitor chose, as the shop's form says it.
#[derive(Deserialize)]
pub(crate) struct Choice {
    pub(crate) remember: bool,
}

/// Keeps the visitor's choice in the session, if there is one.
pub(crate) async fn remember(session: &Session, choice: bool) -> Result<(), Error> {
    if let Some(mut lifetime) = session.get::<Lifetime>(KEY).await? {
        lifetime.remembered = choice;
        session.insert(KEY, &lifetime).await?;
    }
    Ok(())
}

/// Whether the session's time begins later than now: the clock was ahead when it was noted,
/// and nobody knows how old the session is. To a minute: two clocks are never the same.
pub(crate) async fn is_ahead(session: &Session) -> Result<bool, Error> {
    let now = OffsetDateTime::now_utc();
    let lifetime: Option<Lifetime> = session.get(KEY).await?;
    Ok(lifetime.is_some_and(|lifetime| {
        cmp::max(lifetime.started, lifetime.noted) - now > APART
    }))
}

/// Makes the session's time begin again, as for a new one.
pub(crate) async fn restart(session: &Session) -> Result<(), Error> {
    session.remove_value(KEY).await?;
    Ok(())
}

/// Whether the visitor chose to be remembered.
pub(crate) async fn remembered(session: &Session) -> Result<bool, Error> {
    let lifetime: Option<Lifetime> = session.get(KEY).await?;
    Ok(lifetime.is_some_and(|lifetime| lifetime.remembered))
}

/// When the session that holds this was used last, to the minute.
pub(crate) fn last_use(data: &Data) -> Option<OffsetDateTime> {
    let kept = data.get(KEY)?.clone();
    let lifetime: Lifetime = serde_json::from_value(kept).ok()?;
    Some(lifetime.noted)
}
