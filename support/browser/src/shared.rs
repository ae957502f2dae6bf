//! Things that the tests of one process share while any of them needs them.

use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Holds a thing as long as somebody uses it. A plain `static` would never be dropped, and a
/// chromedriver or a temporary folder would stay behind.
pub(crate) struct Shared<T>(Mutex<Weak<T>>);

impl<T> Shared<T> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Weak::new()))
    }

    /// The thing that others use now, or a new one.
    pub(crate) fn get(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let made = Arc::new(make());
            *shared = Arc::downgrade(&made);
            made
        })
    }
}
