//! Who is signed in on three devices does not get in on a fourth one.

use conversation::{Conversation, Watched};
use step_12::{accounts::InMemory, app, sweep::Swept};
use tower_sessions::{MemoryStore, cookie::Key};

fn conversation(title: &str) -> Conversation {
    let store = Watched::new(MemoryStore::default());
    let kept = Swept::new(store.clone());
    let app = app(kept, Key::from(&[7; 64]), InMemory::default());
    Conversation::new(title, app, store)
}

#[tokio::test]
async fn the_fourth_is_led_back_and_the_three_stay() {
    let mut story = conversation("No fourth");
    let ada = "name=Ada&password=a+cup+before+noon";
    story.post("Laptop", "/register", ada).await;
    for device in ["Phone", "Office"] {
        story.post(device, "/sign-in", ada).await;
    }
    let answer = story.post("Tablet", "/sign-in", ada).await;
    assert_eq!(answer.header("location"), Some("/sign-in"));
    assert!(!story.get("Tablet", "/member").await.text.contains("Sign out"));
    for device in ["Laptop", "Phone", "Office"] {
        assert!(story.get(device, "/member").await.text.contains("Sign out"), "{device}");
    }
}
