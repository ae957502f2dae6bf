//! What a server remembers of sessions, for some seconds, and how it forgets.

use std::{
    fmt::{self, Debug, Formatter},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use moka::{ops::compute::Op, sync};
use time::OffsetDateTime;

use crate::store::{name::Name, sessions::Entry};

/// So long after the store was asked may its answer be given again.
pub const LIFE: Duration = Duration::from_secs(10);

/// So many sessions have a place, at most.
const MOST: u64 = 10_000;

// ANCHOR: cache
/// A place for each session that was looked at of late. Nobody gets one while it is closed.
#[derive(Clone)]
pub struct Cache {
    places: sync::Cache<Name, Place>,
    /// How often it was opened or closed: odd while it is open.
    phases: Arc<AtomicU64>,
    taken: Arc<AtomicU64>,
    now: fn() -> Instant,
}
// ANCHOR_END: cache

// ANCHOR: place
/// A place is taken before the store is asked. Whoever changes the session meanwhile takes
/// it away, and an answer from before finds no place any more.
#[derive(Clone)]
struct Place {
    number: u64,
    phase: u64,
    until: Instant,
    entry: Option<Entry>,
}

/// Where an answer is to go.
pub(crate) struct Taken {
    name: Name,
    place: Place,
}
// ANCHOR_END: place

impl Cache {
    // ANCHOR: by
    /// A cache by this clock, such as [`Instant::now`]. It is closed.
    pub fn by(now: fn() -> Instant) -> Self {
        Self {
            places: sync::Cache::new(MOST),
            phases: Arc::default(),
            taken: Arc::default(),
            now,
        }
    }
    // ANCHOR_END: by

    // ANCHOR: open
    /// Opens it: from now on it hears of each session that is changed. It is empty, since
    /// a place counts only in the phase in which it was taken.
    pub fn open(&self) {
        if !self.is_open() {
            self.phases.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Closes it: it hears of nothing any more.
    pub fn close(&self) {
        if self.is_open() {
            self.phases.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Whether it remembers anything.
    pub fn is_open(&self) -> bool {
        self.phase() % 2 == 1
    }
    // ANCHOR_END: open

    fn phase(&self) -> u64 {
        self.phases.load(Ordering::SeqCst)
    }

    // ANCHOR: get
    /// What the store has said of this session of late.
    pub(crate) fn get(&self, name: &Name) -> Option<Entry> {
        let Place { phase, until, entry, .. } = self.places.get(name)?;
        let is_true = phase == self.phase() && (self.now)() < until;
        entry.filter(|entry| is_true && entry.end > OffsetDateTime::now_utc())
    }

    /// Takes the place of this session, for an answer that is still to come.
    pub(crate) fn take(&self, name: Name) -> Taken {
        let number = self.taken.fetch_add(1, Ordering::SeqCst);
        let (phase, until) = (self.phase(), (self.now)() + LIFE);
        let place = Place { number, phase, until, entry: None };
        self.places.insert(name, place.clone());
        Taken { name, place }
    }

    /// Puts the answer where it was to go, if that place has not been taken away.
    pub(crate) fn put(&self, Taken { name, place }: Taken, entry: Entry) {
        self.places.entry(name).and_compute_with(|there| {
            let there = there.map(|it| it.into_value().number);
            if there == Some(place.number) {
                Op::Put(Place { entry: Some(entry), ..place })
            } else {
                Op::Nop
            }
        });
    }

    /// Takes the place of this session away. After an answer that is being put there at
    /// this moment, or before: two who compute wait for each other.
    pub fn forget(&self, name: &Name) {
        self.places.entry(*name).and_compute_with(|_| Op::Remove);
    }
    // ANCHOR_END: get
}

impl Debug for Cache {
    /// What sessions hold is nobody's business.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Cache")
    }
}
