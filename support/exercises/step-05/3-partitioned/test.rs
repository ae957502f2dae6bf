//! Each `Set-Cookie` says `Partitioned`: the one that removes the cookie, too.

use conversation::{Conversation, Watched};
use step_05::app;
use tower_sessions::MemoryStore;

#[tokio::test]
async fn the_cookie_and_its_removal_are_partitioned() {
    let store = Watched::new(MemoryStore::default());
    let mut story = Conversation::new("Partitioned", app(store.clone()), store);
    for (path, fields) in [("/basket", "tea=assam"), ("/start-over", "")] {
        let answer = story.post("Ada", path, fields).await;
        let cookie = answer.header("set-cookie").expect("a cookie is set");
        assert!(
            cookie.starts_with("__Host-id=") && cookie.ends_with("; Partitioned"),
            "{cookie}"
        );
    }
}
