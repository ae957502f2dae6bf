//! Mallory tries all identifiers of two hexadecimal digits, until one of them is Ada's.

use axum::http::Method;
use conversation::{Conversation, Held, Request};
use step_02::{Sessions, app};

#[tokio::test]
async fn who_tries_them_all_finds_adas_session() {
    let mut story = Conversation::new("A search", app(Sessions::default()), Held(Vec::new));
    for _ in 1..=5 {
        story.get("Ada", "/").await;
    }
    // Sessions that were made by Mallory's own tries have a lower number.
    let mut found = false;
    for id in 0..256 {
        let cookie = format!("id={id:02x}");
        let request = Request::new(Method::GET, "/").header("cookie", &cookie);
        let page = story.send("Mallory", request).await.text;
        found |= page.contains("You have been here 6 times.");
    }
    assert!(found);
}
