//! What all visitors know.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
};

/// So many sign in at a time: each password costs a server a hash, and more would be refused.
const DOORS: usize = 4;

/// How far the end of all sessions is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Phase {
    /// Nobody has asked for it.
    Shopping,
    /// It is asked for, and nobody knows which sessions there are.
    Ending,
    /// It is acknowledged.
    Ended,
}

/// What all visitors know.
pub(crate) struct Board {
    pub(crate) ports: [u16; 2],
    phase: AtomicU8,
    is_closed: AtomicBool,
    requests: Mutex<usize>,
    more: Condvar,
    /// Whose each identifier was first, and each token.
    owners: Mutex<HashMap<String, usize>>,
    identifiers: Mutex<usize>,
    doors: [Mutex<()>; DOORS],
}

impl Board {
    pub(crate) fn new(ports: [u16; 2]) -> Self {
        Self {
            ports,
            phase: AtomicU8::new(Phase::Shopping as u8),
            is_closed: AtomicBool::new(false),
            requests: Mutex::default(),
            more: Condvar::new(),
            owners: Mutex::default(),
            identifiers: Mutex::default(),
            doors: Default::default(),
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::SeqCst) {
            0 => Phase::Shopping,
            1 => Phase::Ending,
            _ => Phase::Ended,
        }
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::SeqCst);
    }

    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
    }

    /// Whether a visitor may go on as a member does.
    pub(crate) fn is_shopping(&self) -> bool {
        !self.is_closed() && self.phase() == Phase::Shopping
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::SeqCst)
    }

    pub(crate) fn count_request(&self) {
        *lock(&self.requests) += 1;
        self.more.notify_all();
    }

    /// Waits for so many requests more.
    pub(crate) fn wait_for(&self, more: usize) {
        let sent = *lock(&self.requests);
        self.wait_until(sent + more);
    }

    pub(crate) fn wait_until(&self, requests: usize) {
        let mut count = lock(&self.requests);
        while *count < requests {
            count = self.more.wait(count).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether this identifier, which a cookie hands out, is this visitor's, and nobody else's.
    pub(crate) fn owns_identifier(&self, identifier: &str, visitor: usize) -> bool {
        let (owns, is_new) = self.owns(identifier, visitor);
        *lock(&self.identifiers) += usize::from(is_new);
        owns
    }

    /// Whether this token, which a page shows, is this visitor's, and nobody else's.
    pub(crate) fn owns_token(&self, token: &str, visitor: usize) -> bool {
        self.owns(token, visitor).0
    }

    fn owns(&self, what: &str, visitor: usize) -> (bool, bool) {
        match lock(&self.owners).entry(what.to_owned()) {
            Entry::Occupied(owner) => (*owner.get() == visitor, false),
            Entry::Vacant(place) => (*place.insert(visitor) == visitor, true),
        }
    }

    pub(crate) fn identifiers(&self) -> usize {
        *lock(&self.identifiers)
    }

    /// Waits for one of the doors.
    pub(crate) fn door(&self, visitor: usize) -> MutexGuard<'_, ()> {
        lock(&self.doors[visitor % DOORS])
    }
}

fn lock<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}
