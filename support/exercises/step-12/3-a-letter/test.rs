//! A letter goes out at the first sign-in from a device, and not at the next one.

use axum::http::Method;
use conversation::{Conversation, Request, Watched};
use step_12::{accounts::InMemory, app, sweep::Swept};
use tower_sessions::{MemoryStore, cookie::Key};

fn conversation(title: &str) -> Conversation {
    let store = Watched::new(MemoryStore::default());
    let kept = Swept::new(store.clone());
    let app = app(kept, Key::from(&[7; 64]), InMemory::default());
    Conversation::new(title, app, store)
}

async fn sign_in(story: &mut Conversation, browser: &str, agent: &str) {
    let form = Request::new(Method::POST, "/sign-in").header("user-agent", agent);
    story.send(browser, form.form("name=Ada&password=a+cup+before+noon")).await;
}

#[tokio::test]
async fn a_letter_tells_of_a_device_that_was_not_seen_before() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let letters = || log.text().matches("a letter: a new device").count();
    let mut story = conversation("A letter");
    story.post("Ada", "/register", "name=Ada&password=a+cup+before+noon").await;
    let before = letters();
    sign_in(&mut story, "Phone", "Firefox on Android").await;
    assert_eq!(letters(), before + 1);
    assert!(log.text().contains("Firefox on Android"));
    // Its session is gone, and the account remembers it all the same.
    story.close("Phone");
    sign_in(&mut story, "Phone", "Firefox on Android").await;
    assert_eq!(letters(), before + 1);
    sign_in(&mut story, "Mallory", "curl on Linux").await;
    assert_eq!(letters(), before + 2);
}
