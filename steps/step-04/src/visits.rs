//! What a session of this server holds, as one type.

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tower_sessions::{Session, session::Id};

use crate::error::Error;

const KEY: &str = "visits";

// ANCHOR: visits
/// One visitor's visits, as they stand in the session.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Visits {
    pub(crate) count: u64,
    /// When the last one was. Rows written before this field was added do not have it.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) last: Option<OffsetDateTime>,
}
// ANCHOR_END: visits

// ANCHOR: visitor
/// The visits, and the session that they came from.
pub(crate) struct Visitor {
    pub(crate) visits: Visits,
    session: Session,
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
        let visits = session.get(KEY).await?.unwrap_or_default();
        Ok(Self { visits, session })
    }
}

impl Visitor {
    /// Counts this visit and returns when the one before it was.
    pub(crate) async fn count(&mut self) -> Result<Option<OffsetDateTime>, Error> {
        self.visits.count += 1;
        let before = self.visits.last.replace(OffsetDateTime::now_utc());
        self.session.insert(KEY, &self.visits).await?;
        Ok(before)
    }

    pub(crate) fn id(&self) -> Option<Id> {
        self.session.id()
    }
}
// ANCHOR_END: visitor
