//! The log is told of a cookie that is not signed, and of no other.

use axum::http::Method;
use conversation::{Conversation, Request, Watched};
use step_06::app;
use tower_sessions::{MemoryStore, cookie::Key};

#[tokio::test]
async fn the_log_is_told_of_a_bad_signature_and_of_no_other_visit() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let warnings = || log.text().matches(" WARN ").count();
    let store = Watched::new(MemoryStore::default());
    let app = app(store.clone(), Key::from(&[7; 64]));
    let mut story = Conversation::new("A bad signature", app, store);
    story.get("Ada", "/").await;
    story.post("Ada", "/basket", "tea=assam").await;
    story.get("Ada", "/").await;
    assert_eq!(warnings(), 0);
    let forged = format!("__Host-id={}AAAAAAAAAAAAAAAAAAAAAA", "B".repeat(44));
    let request = Request::new(Method::GET, "/").header("cookie", &forged);
    story.send("Mallory", request).await;
    assert_eq!(warnings(), 1);
}
