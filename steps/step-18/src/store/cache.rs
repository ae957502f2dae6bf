//! What a server remembers of sessions, for some seconds, and how it forgets.

use std::{
    fmt::{self, Debug, Formatter},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
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

/// A place for each session that was looked at of late. Nobody gets one while it is closed.
#[derive(Clone)]
pub struct Cache {
    places: sync::Cache<Name, Place>,
    is_open: Arc<AtomicBool>,
    taken: Arc<AtomicU64>,
    now: fn() -> Instant,
}

// ANCHOR: place
/// A place is taken before the store is asked. Whoever changes the session meanwhile takes
/// it away, and an answer from before finds no place any more.
#[derive(Clone)]
struct Place {
    number: u64,
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
    /// A cache by this clock, such as [`Instant::now`]. It is closed.
    pub fn by(now: fn() -> Instant) -> Self {
        Self {
            places: sync::Cache::new(MOST),
            is_open: Arc::default(),
            taken: Arc::default(),
            now,
        }
    }

    // ANCHOR: open
    /// Opens it, empty: from now on it hears of each session that is changed.
    pub fn open(&self) {
        self.places.invalidate_all();
        self.is_open.store(true, Ordering::SeqCst);
    }

    /// Closes it: it hears of nothing any more.
    pub fn close(&self) {
        self.is_open.store(false, Ordering::SeqCst);
        self.places.invalidate_all();
    }
    // ANCHOR_END: open

    /// Whether it remembers anything.
    pub fn is_open(&self) -> bool {
        self.is_open.load(Ordering::SeqCst)
    }

    // ANCHOR: get
    /// What the store has said of this session of late.
    pub(crate) fn get(&self, name: &Name) -> Option<Entry> {
        let Place { until, entry, .. } = self.places.get(name)?;
        let is_true = self.is_open() && (self.now)() < until;
        entry.filter(|entry| is_true && entry.end > OffsetDateTime::now_utc())
    }

    /// Takes the place of this session, for an answer that is still to come.
    pub(crate) fn take(&self, name: Name) -> Taken {
        let number = self.taken.fetch_add(1, Ordering::SeqCst);
        let place = Place { number, until: (self.now)() + LIFE, entry: None };
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

    /// Takes the place of this session away.
    pub fn forget(&self, name: &Name) {
        self.places.invalidate(name);
    }
    // ANCHOR_END: get
}

impl Debug for Cache {
    /// What sessions hold is nobody's business.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Cache")
    }
}
