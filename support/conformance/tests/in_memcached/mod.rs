//! The store of step 17, as a subject.

use std::sync::Arc;

use async_trait::async_trait;
use conformance::Subject;
use engines::Memcached as Engine;
use step_17::{memcached::Memcached, name::Name, sessions::Sessions};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};

/// The one of step 17, in a Memcached that all rules share. It keeps no list of a member's
/// sessions, and nobody sweeps it.
pub(crate) struct InMemcached {
    store: Memcached,
    engine: Arc<Engine>,
}

impl InMemcached {
    pub(crate) async fn new(engine: &Arc<Engine>) -> Self {
        let store = Memcached::open(&engine.address()).await.expect("a Memcached");
        Self { store, engine: Arc::clone(engine) }
    }
}

#[async_trait]
impl Subject for InMemcached {
    fn store(&self) -> &dyn SessionStore {
        &self.store
    }

    async fn rotate(&self, before: &Id, record: &mut Record) -> Option<Result<()>> {
        let before = Name::of(before);
        record.data.insert("before".to_owned(), before.to_string().into());
        Some(self.store.rotate(&before, record).await)
    }

    async fn at_rest(&self) -> Option<Vec<u8>> {
        Some(self.engine.at_rest().into_bytes())
    }
}
