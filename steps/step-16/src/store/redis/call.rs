//! Calls of Redis, each of which ends in a bounded time.

use std::fmt::{self, Debug, Formatter};

use redis::RedisError;
use tokio::time;
use tower_sessions::session_store::{Error, Result};

use crate::store::redis::{connection::PATIENCE, way::Way};

/// A store for several servers, each of which finds what any of them has kept.
#[derive(Clone)]
pub struct Redis {
    pub(super) way: Way,
}

impl Redis {
    // ANCHOR: within
    /// What comes of this work, or that it takes too long. What was sent may be done all
    /// the same.
    pub(super) async fn within<T>(
        &self,
        work: impl Future<Output = Outcome<T>>,
    ) -> Result<T> {
        match time::timeout(PATIENCE, work).await {
            Ok(outcome) => outcome.map_err(|Failed(why)| why),
            Err(_) => Err(Error::Backend(self.way.given_up())),
        }
    }
    // ANCHOR_END: within
}

impl Debug for Redis {
    /// Where it is has a password in it.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Redis")
    }
}

// ANCHOR: failed
/// What comes of some commands, each of which may fail.
pub(super) type Outcome<T> = std::result::Result<T, Failed>;

/// Why a call has no answer.
pub(super) struct Failed(Error);

impl From<Error> for Failed {
    fn from(why: Error) -> Self {
        Self(why)
    }
}

impl From<RedisError> for Failed {
    fn from(why: RedisError) -> Self {
        Self(Error::Backend(why.to_string()))
    }
}
// ANCHOR_END: failed
