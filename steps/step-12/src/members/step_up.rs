//! When the password was given last, and what that is good for.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use tower_sessions::Session;

use crate::error::Error;

const KEY: &str = "password";

/// So long after the password was given, things can be done that need it.
pub const FRESH: Duration = Duration::minutes(5);

/// So long after it was given, a member is asked for it again, however long the session.
pub const STALE: Duration = Duration::days(7);

// ANCHOR: given
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
    let given: Option<Given> = session.get(KEY).await?;
    Ok(!given.is_some_and(|given| given.is_younger_than(STALE)))
}

/// Whether the password was given a moment ago, and not used up since.
pub(crate) async fn is_fresh(session: &Session) -> Result<bool, Error> {
    let given: Option<Given> = session.get(KEY).await?;
    Ok(given.is_some_and(|given| !given.spent && given.is_younger_than(FRESH)))
}

impl Given {
    fn is_younger_than(&self, limit: Duration) -> bool {
        let age = OffsetDateTime::now_utc() - self.given;
        // Below zero, the clock was set back, and the age is not known.
        !age.is_negative() && age < limit
    }
}
// ANCHOR_END: given

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
    // ANCHOR: after
    /// What somebody goes on with who was refused at this path.
    pub(crate) fn after(path: &str) -> Self {
        match path.split('/').nth(1) {
            Some("devices") => Self::Devices,
            Some("checkout" | "remember") => Self::Shop,
            Some("administrator") => Self::Administrator,
            _ => Self::Member,
        }
    }
    // ANCHOR_END: after

    pub(crate) fn value(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Devices => "devices",
            Self::Shop => "shop",
            Self::Administrator => "administrator",
        }
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Member => "/member",
            Self::Devices => "/devices",
            Self::Shop => "/",
            Self::Administrator => "/administrator",
        }
    }
}
