//! Identifiers in the order of something that is known of them.

use std::collections::{BTreeSet, HashMap};

use tower_sessions::session::Id;

/// Identifiers, each under a key, in the order of the keys.
#[derive(Debug)]
pub(crate) struct Sorted<Key> {
    keys: HashMap<Id, Key>,
    order: BTreeSet<(Key, i128)>,
}

impl<Key: Clone + Ord> Sorted<Key> {
    /// Puts `id` under `key`, and under no other.
    pub(crate) fn put(&mut self, id: Id, key: Key) {
        self.remove(id);
        self.keys.insert(id, key.clone());
        self.order.insert((key, id.0));
    }

    /// Forgets `id`.
    pub(crate) fn remove(&mut self, id: Id) {
        if let Some(key) = self.keys.remove(&id) {
            self.order.remove(&(key, id.0));
        }
    }

    /// The identifiers that come first, as long as their keys fit. It looks at one key
    /// more, and at no other.
    pub(crate) fn first_while(&self, fits: impl Fn(&Key) -> bool) -> Vec<Id> {
        let first = self.order.iter().take_while(|(key, _)| fits(key));
        first.map(|(_, id)| Id(*id)).collect()
    }

    // ANCHOR: first_from
    /// The same, from the key `start` on.
    pub(crate) fn first_from(
        &self,
        start: Key,
        fits: impl Fn(&Key) -> bool,
    ) -> Vec<Id> {
        let rest = self.order.range((start, i128::MIN)..);
        let first = rest.take_while(|(key, _)| fits(key));
        first.map(|(_, id)| Id(*id)).collect()
    }
    // ANCHOR_END: first_from
}

impl<Key> Default for Sorted<Key> {
    fn default() -> Self {
        Self { keys: HashMap::new(), order: BTreeSet::new() }
    }
}
