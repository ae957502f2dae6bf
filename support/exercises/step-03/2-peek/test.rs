//! The path `/peek` tells the count and leaves everything as it is.

use conversation::{Conversation, Watched};
use step_03::app;
use tower_sessions::MemoryStore;

fn conversation(title: &str) -> Conversation {
    let store = Watched::new(MemoryStore::default());
    Conversation::new(title, app(store.clone()), store)
}

#[tokio::test]
async fn who_peeks_is_told_the_count_and_not_counted() {
    let mut story = conversation("A peek");
    story.get("Ada", "/").await;
    for _ in 1..=2 {
        let answer = story.get("Ada", "/peek").await;
        assert_eq!(answer.body, "1");
        assert_eq!(answer.header("set-cookie"), None);
        assert_eq!(story.last_calls(), ["load"]);
    }
}

#[tokio::test]
async fn who_has_no_cookie_costs_the_store_nothing() {
    let mut story = conversation("A peek of a stranger");
    let answer = story.get("Ada", "/peek").await;
    assert_eq!(answer.body, "0");
    assert_eq!(answer.header("set-cookie"), None);
    assert!(story.last_calls().is_empty() && story.rows().is_empty());
}
