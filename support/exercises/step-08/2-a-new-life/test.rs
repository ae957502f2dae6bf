//! Who takes the choice back begins a new life, as often as they like.

use conversation::{Conversation, Watched};
use step_08::app;
use time::Duration;
use tower_sessions::{MemoryStore, cookie::Key};

async fn with_a_basket() -> Conversation {
    let store = Watched::new(MemoryStore::default());
    let app = app(store.clone(), Key::from(&[7; 64]));
    let mut story = Conversation::new("Taken back", app, store);
    story.post("Ada", "/basket", "tea=assam").await;
    story
}

async fn choose(story: &mut Conversation, remember: bool) {
    story.post("Ada", "/remember", &format!("remember={remember}")).await;
}

#[tokio::test]
async fn after_20_days_the_basket_is_still_there_and_the_usual_limits_hold() {
    let mut story = with_a_basket().await;
    choose(&mut story, true).await;
    story.pass(Duration::days(20)).await;
    choose(&mut story, false).await;
    assert!(story.get("Ada", "/").await.text.contains("1 × Assam"));
    story.pass(Duration::minutes(31)).await;
    assert!(!story.get("Ada", "/").await.text.contains("1 × Assam"));
}

#[tokio::test]
async fn who_presses_both_buttons_in_turn_is_never_asked_again() {
    let mut story = with_a_basket().await;
    for _ in 1..=20 {
        choose(&mut story, true).await;
        story.pass(Duration::days(20)).await;
        choose(&mut story, false).await;
    }
    assert!(story.get("Ada", "/").await.text.contains("1 × Assam"), "more than a year later");
}
