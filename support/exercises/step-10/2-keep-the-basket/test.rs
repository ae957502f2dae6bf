//! Signed out, with the same basket in another session.

use conversation::{Conversation, Watched};
use step_10::{accounts::InMemory, app};
use tower_sessions::{MemoryStore, cookie::Key};

async fn with_a_member() -> Conversation {
    let store = Watched::new(MemoryStore::default());
    let app = app(store.clone(), Key::from(&[7; 64]), InMemory::default());
    let mut story = Conversation::new("A basket that is kept", app, store);
    story.post("Ada", "/register", "name=Ada&password=a+cup+before+noon").await;
    story
}

#[tokio::test]
async fn the_basket_stays_and_the_session_of_before_opens_nothing() {
    let mut story = with_a_member().await;
    story.post("Ada", "/basket", "tea=assam").await;
    let before = story.rows()[0].id.clone();
    story.steal("Ada", "Mallory");
    let page = story.get("Ada", "/").await;
    assert!(page.body.contains(r#"formaction="/sign-out/keep-basket""#));
    story.post("Ada", "/sign-out/keep-basket", "").await;
    let page = story.get("Ada", "/").await.text;
    assert!(page.contains("1 × Assam") && !page.contains("Sign out"), "{page}");
    assert!(story.rows().iter().all(|row| row.id != before));
    let page = story.get("Mallory", "/").await.text;
    assert!(!page.contains("1 × Assam") && !page.contains("Sign out"), "{page}");
}

#[tokio::test]
async fn an_empty_basket_is_no_reason_for_a_session() {
    let mut story = with_a_member().await;
    story.post("Ada", "/sign-out/keep-basket", "").await;
    assert!(story.rows().is_empty() && story.cookies("Ada").is_empty());
}
