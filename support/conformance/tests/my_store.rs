//! A store held to the rules: put your own in the place of `MemoryStore`.

use async_trait::async_trait;
use conformance::{Subject, play};
use tower_sessions::{MemoryStore, SessionStore};

struct Mine(MemoryStore);

#[async_trait]
impl Subject for Mine {
    fn store(&self) -> &dyn SessionStore {
        &self.0
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn my_store_keeps_the_rules_but_for_four() {
    let mine = play("Mine", async || Mine(MemoryStore::default())).await;
    let broken = mine.broken();
    assert_eq!(broken.len(), 4, "{broken:#?}");
}
