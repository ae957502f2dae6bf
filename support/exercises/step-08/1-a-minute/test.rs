//! With an idle timeout of a minute, who comes every 50 seconds stays, and who is away longer goes.

use conversation::{Conversation, Watched};
use step_08::app;
use time::Duration;
use tower_sessions::{MemoryStore, cookie::Key};

#[tokio::test]
async fn who_comes_every_50_seconds_stays_and_who_is_away_for_70_is_gone() {
    let store = Watched::new(MemoryStore::default());
    let app = app(store.clone(), Key::from(&[7; 64]));
    let mut story = Conversation::new("A minute", app, store);
    story.post("Ada", "/basket", "tea=assam").await;
    for _ in 1..=5 {
        story.pass(Duration::seconds(50)).await;
        assert!(story.get("Ada", "/").await.text.contains("1 × Assam"));
    }
    story.pass(Duration::seconds(70)).await;
    assert!(!story.get("Ada", "/").await.text.contains("1 × Assam"));
}
