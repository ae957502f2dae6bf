//! The rules, played against Memcached: as most programs use it, and as step 17 does.

#![cfg(memcached)]

mod as_a_cache;

use std::sync::Arc;

use as_a_cache::AsACache;
use async_trait::async_trait;
use conformance::{Column, Subject, play, table};
use engines::Memcached as Engine;
use step_17::{memcached::Memcached, name::Name, sessions::Sessions};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};

/// The one of step 17, in a Memcached that all rules share. It keeps no list of a member's
/// sessions, and nobody sweeps it.
struct InMemcached {
    store: Memcached,
    engine: Arc<Engine>,
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_memcached_keeps() {
    let engine = Arc::new(Engine::start());
    let columns: [Column; 2] = [
        play("`set` and `get`", async || AsACache(Arc::clone(&engine))).await,
        play("Step 17", async || {
            let store = Memcached::open(&engine.address()).await.expect("it is there");
            InMemcached { store, engine: Arc::clone(&engine) }
        })
        .await,
    ];
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(table(&columns)));
}
