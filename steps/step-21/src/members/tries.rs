//! How often somebody may try.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Tries are counted for so long, from the first one on.
const PERIOD: Duration = Duration::from_secs(60);

/// Names for which nobody tries any more are forgotten beyond this many.
const MOST: usize = 10_000;

/// The tries of late, by the name that they are made for: how many, and since when.
#[derive(Debug, Default)]
pub(crate) struct Tries<const ALLOWED: u32>(Mutex<HashMap<String, (u32, Instant)>>);

impl<const ALLOWED: u32> Tries<ALLOWED> {
    /// Counts a try before it is made, so that tries at the same time count too. If there
    /// were too many, says how long there are no others.
    pub(crate) fn allow(&self, name: &str) -> Result<(), Duration> {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if tries.len() >= MOST {
            tries.retain(|_, (_, first)| now - *first < PERIOD);
        }
        let (count, first) = tries.entry(name.to_owned()).or_insert((0, now));
        if now - *first >= PERIOD {
            (*count, *first) = (0, now);
        }
        if *count >= ALLOWED {
            return Err(*first + PERIOD - now);
        }
        *count += 1;
        Ok(())
    }

    /// Forgets the tries for this name: the right password was given.
    pub(crate) fn forget(&self, name: &str) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tries.remove(name);
    }
}
