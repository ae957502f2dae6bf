//! Sessions in Redis, for as many servers as there are. Each command has one key: so it
//! does not matter how many machines the keys lie on.

mod check;
mod kept;
mod notes;
mod place;
mod records;
mod way;

use std::{
    fmt::{self, Debug, Formatter},
    time::Duration,
};

use ::redis::RedisError;
use tokio::time;
use tower_sessions::session_store::{Error, Result};

pub use crate::store::redis::kept::LONGEST;
use crate::store::redis::way::Way;

/// So long may a call take, whatever it waits for: a connection, or the answers.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// A store for several servers, each of which finds what any of them has kept.
#[derive(Clone)]
pub struct Redis {
    way: Way,
}

impl Redis {
    // ANCHOR: within
    /// What comes of this work, or that it takes too long. What was sent may be done all
    /// the same.
    async fn within<T>(&self, work: impl Future<Output = Outcome<T>>) -> Result<T> {
        match time::timeout(PATIENCE, work).await {
            Ok(outcome) => outcome.map_err(|failed| failed.0),
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

/// What comes of some commands, each of which may fail.
type Outcome<T> = std::result::Result<T, Failed>;

/// Why a call has no answer.
struct Failed(Error);

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
