//! How often somebody may try.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

// ANCHOR: tries
/// Tries are counted for so long, from the first one on.
const PERIOD: Duration = Duration::from_secs(60);

/// Names for which nobody tries any more are forgotten beyond this many.
const MOST: usize = 10_000;

/// The tries of late, by what they are for: how many, and since when.
#[derive(Debug)]
pub(crate) struct Tries {
    allowed: u32,
    counts: Mutex<HashMap<String, (u32, Instant)>>,
}

impl Tries {
    /// Allows so many in one period.
    pub(crate) fn new(allowed: u32) -> Self {
        Self { allowed, counts: Mutex::default() }
    }

    /// Counts a try before it is made, so that tries at the same time count too. If there
    /// were too many, says how long there are no others.
    pub(crate) fn allow(&self, name: &str) -> Result<(), Duration> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if counts.len() >= MOST {
            counts.retain(|_, (_, first)| now - *first < PERIOD);
        }
        let (count, first) = counts.entry(name.to_owned()).or_insert((0, now));
        if now - *first >= PERIOD {
            (*count, *first) = (0, now);
        }
        if *count >= self.allowed {
            return Err(*first + PERIOD - now);
        }
        *count += 1;
        Ok(())
    }

    /// Forgets the tries for this name: the right password was given.
    pub(crate) fn forget(&self, name: &str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.remove(name);
    }
}
// ANCHOR_END: tries
