//! With `always_save`, the page that does not look at the session fills the store.

use conversation::{Conversation, Watched};
use step_07::app;
use tower_sessions::{MemoryStore, cookie::Key};

/// How many rows three visits with an old cookie make.
async fn rows_by(path: &str) -> usize {
    let store = Watched::new(MemoryStore::default());
    let app = app(store.clone(), Key::from(&[7; 64]));
    let mut story = Conversation::new("An old cookie", app, store);
    story.post("Mallory", "/basket", "tea=assam").await;
    let old = story.cookies("Mallory")[0].value.clone();
    story.post("Mallory", "/basket/take", "tea=assam").await;
    for _ in 1..=3 {
        story.forge("Mallory", "__Host-id", &old);
        story.get("Mallory", path).await;
    }
    story.rows().len()
}

#[tokio::test]
async fn the_page_that_does_not_look_fills_the_store() {
    assert_eq!(rows_by("/").await, 0);
    assert_eq!(rows_by("/about").await, 3);
}
