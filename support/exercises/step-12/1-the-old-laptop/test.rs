//! A device has the name that Ada gives it, and the page shows it as text.

use conversation::{Conversation, Watched};
use step_12::{accounts::InMemory, app, sweep::Swept};
use tower_sessions::{MemoryStore, cookie::Key};

fn conversation(title: &str) -> Conversation {
    let store = Watched::new(MemoryStore::default());
    let kept = Swept::new(store.clone());
    let app = app(kept, Key::from(&[7; 64]), InMemory::default());
    Conversation::new(title, app, store)
}

/// Ada calls the device that she sits at.
async fn call(story: &mut Conversation, name: &str) -> String {
    let page = story.get("Ada", "/devices").await.body;
    let token = page.split(r#"name="token" value=""#).nth(1).expect("a form");
    let token = token.split('"').next().expect("a token");
    story.post("Ada", "/devices/name", &format!("token={token}&name={name}")).await;
    story.get("Ada", "/devices").await.body
}

#[tokio::test]
async fn a_device_is_called_as_its_member_likes_and_shown_as_text() {
    let mut story = conversation("The old laptop");
    story.post("Ada", "/register", "name=Ada&password=a+cup+before+noon").await;
    assert!(call(&mut story, "The+old+laptop").await.contains("The old laptop, "));
    let page = call(&mut story, "%3Cb%3E%22%3C%2Fb%3E%0A").await;
    assert!(page.contains("&lt;b&gt;&quot;&lt;/b&gt;, "), "{page}");
    assert!(!page.contains("<b>"), "{page}");
    let page = call(&mut story, &"x".repeat(1000)).await;
    assert!(page.contains(&"x".repeat(40)) && !page.contains(&"x".repeat(41)));
}

#[tokio::test]
async fn a_page_of_another_session_cannot_name_it() {
    let mut story = conversation("Without the token");
    story.post("Ada", "/register", "name=Ada&password=a+cup+before+noon").await;
    let answer = story.post("Ada", "/devices/name", "name=Mallory+was+here").await;
    assert_eq!(answer.status, 403);
    assert!(!story.get("Ada", "/devices").await.text.contains("Mallory"));
}
