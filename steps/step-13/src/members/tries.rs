//! How often somebody may guess a password.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// So many wrong passwords in a row for one name,
pub(crate) const ALLOWED: u32 = 5;
/// and nobody gets in under it for so long.
pub(crate) const PAUSE: Duration = Duration::from_secs(60);

/// Names that nobody guesses at any more are forgotten beyond this many.
const MOST: usize = 10_000;

/// The wrong passwords of late, by the name that they were tried for.
#[derive(Debug, Default)]
pub(crate) struct Tries(Mutex<HashMap<String, (u32, Instant)>>);

impl Tries {
    /// Counts a try before it is made, so that tries at the same time count too. False if
    /// there were too many.
    pub(crate) fn allow(&self, name: &str) -> bool {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if tries.len() >= MOST {
            tries.retain(|_, (_, last)| now - *last < PAUSE);
        }
        let (count, last) = tries.entry(name.to_owned()).or_insert((0, now));
        if now - *last >= PAUSE {
            *count = 0;
        }
        if *count >= ALLOWED {
            return false;
        }
        (*count, *last) = (*count + 1, now);
        true
    }

    /// Forgets the tries for this name: the right password was given.
    pub(crate) fn forget(&self, name: &str) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tries.remove(name);
    }
}
