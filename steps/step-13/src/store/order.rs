//! What is in an order, so that a question about some of it need not walk all of it.

use std::collections::BTreeSet;

/// Names, each with a key, in the order of the keys.
#[derive(Clone, Debug)]
pub(crate) struct Order<Key, Name>(BTreeSet<(Key, Name)>);

impl<Key: Ord, Name: Ord + Copy + Default> Order<Key, Name> {
    /// Puts `name` where `key` belongs.
    pub(crate) fn put(&mut self, key: Key, name: Name) {
        self.0.insert((key, name));
    }

    /// Takes it away from there.
    pub(crate) fn remove(&mut self, key: Key, name: Name) {
        self.0.remove(&(key, name));
    }

    /// The names that come first, as long as their keys fit. It looks at one key more, and
    /// at no other.
    pub(crate) fn first_while(
        &self,
        fits: impl Fn(&Key) -> bool,
    ) -> impl Iterator<Item = Name> {
        let first = self.0.iter().take_while(move |(key, _)| fits(key));
        first.map(|(_, name)| *name)
    }

    /// The same, from the key `start` on.
    pub(crate) fn first_from(
        &self,
        start: Key,
        fits: impl Fn(&Key) -> bool,
    ) -> impl Iterator<Item = Name> {
        let rest = self.0.range((start, Name::default())..);
        let first = rest.take_while(move |(key, _)| fits(key));
        first.map(|(_, name)| *name)
    }
}

impl<Key, Name> Default for Order<Key, Name> {
    fn default() -> Self {
        Self(BTreeSet::new())
    }
}
