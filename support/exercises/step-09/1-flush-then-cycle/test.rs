//! After `flush` and `cycle_id` the planted identifier is worth nothing, and the basket is empty.

use conversation::{Conversation, Watched};
use step_09::{
    accounts::InMemory,
    naive::{self, Renewal},
};
use tower_sessions::{MemoryStore, cookie::Key};

#[tokio::test]
async fn after_flush_and_cycle_id_fixation_fails_and_the_basket_is_gone() {
    let store = Watched::new(MemoryStore::default());
    let key = Key::from(&[7; 64]);
    let app = naive::app(Renewal::Flush, store.clone(), key, InMemory::default());
    let mut story = Conversation::new("Fixation", app, store);
    let ada = "name=Ada&password=a+cup+before+noon";
    story.post("Ada", "/register", ada).await;
    story.post("Ada", "/sign-out", "").await;
    story.post("Mallory", "/basket", "tea=sencha").await;
    let planted = story.cookies("Mallory")[0].value.clone();
    story.give("Ada", "__Host-id", &planted);
    story.post("Ada", "/basket", "tea=assam").await;
    story.post("Ada", "/sign-in", ada).await;
    assert!(story.get("Ada", "/member").await.text.contains("Sign out"));
    assert!(!story.get("Mallory", "/member").await.text.contains("Sign out"));
    assert!(!story.get("Ada", "/").await.text.contains("1 × Assam"));
}
