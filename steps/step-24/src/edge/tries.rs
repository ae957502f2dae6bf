//! How often somebody may try.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use prometheus_client::metrics::counter::Counter;
use tokio::time::Instant;

/// So many are counted at a time. For one more, the one that was begun first is forgotten.
const MOST: usize = 10_000;

/// How often each of many has tried of late.
#[derive(Debug)]
pub(crate) struct Tries<Who> {
    allowed: u32,
    /// Tries are counted for so long, from the first one on.
    period: Duration,
    refused: Counter,
    counts: Mutex<Counts<Who>>,
}

#[derive(Debug)]
struct Counts<Who> {
    /// How often, and since when.
    of: HashMap<Who, (u32, Instant)>,
    /// Each of them once, in the order in which they began, and in which they end.
    begun: VecDeque<Who>,
}

impl<Who: Clone + Eq + Hash> Tries<Who> {
    /// So many are allowed in such a time, and what is `refused` is counted.
    pub(crate) fn new(allowed: u32, period: Duration, refused: Counter) -> Self {
        let counts = Counts { of: HashMap::new(), begun: VecDeque::new() };
        Self { allowed, period, refused, counts: Mutex::new(counts) }
    }

    /// Counts a try before it is made, so that tries at the same time count too. If there
    /// were too many, says how long there are no others.
    pub(crate) fn allow(&self, who: &Who) -> Result<(), Duration> {
        let (mut counts, now) = (self.counts(), Instant::now());
        counts.forget(|(_, since)| now - since >= self.period);
        if !counts.of.contains_key(who) {
            if counts.begun.len() >= MOST {
                counts.forget_first();
            }
            counts.begun.push_back(who.clone());
        }
        let (count, since) = counts.of.entry(who.clone()).or_insert((0, now));
        if *count >= self.allowed {
            self.refused.inc();
            return Err(*since + self.period - now);
        }
        *count += 1;
        Ok(())
    }

    /// Does not count the last try: it was a good one.
    pub(crate) fn give_back(&self, who: &Who) {
        if let Some((count, _)) = self.counts().of.get_mut(who) {
            *count = count.saturating_sub(1);
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts<Who>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Who: Eq + Hash> Counts<Who> {
    /// Forgets the first ones, as long as they are over.
    fn forget(&mut self, is_over: impl Fn((u32, Instant)) -> bool) {
        while let Some(first) = self.begun.front()
            && self.of.get(first).is_none_or(|it| is_over(*it))
        {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some(first) = self.begun.pop_front() {
            self.of.remove(&first);
        }
    }
}
