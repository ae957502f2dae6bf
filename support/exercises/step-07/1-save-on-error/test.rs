//! Under `/try/save-on-error`, a handler that fails has changed the session all the same.

use conversation::{Answer, Conversation, Watched};
use step_07::app;
use tower_sessions::{MemoryStore, cookie::Key};

fn conversation(title: &str) -> Conversation {
    let store = Watched::new(MemoryStore::default());
    Conversation::new(title, app(store.clone(), Key::from(&[7; 64])), store)
}

async fn attempt(story: &mut Conversation, kind: &str) -> Answer {
    story.post("Ada", &format!("/try/save-on-error/{kind}"), "").await
}

#[tokio::test]
async fn what_a_failing_handler_has_written_is_kept() {
    let mut story = conversation("Kept");
    attempt(&mut story, "write").await;
    assert_eq!(attempt(&mut story, "write-500").await.status, 500);
    assert_eq!(story.last_calls(), ["load", "save"]);
    assert_eq!(attempt(&mut story, "read").await.body, "The number is Some(2).");
}

#[tokio::test]
async fn a_new_visitor_gets_a_row_and_no_cookie() {
    let mut story = conversation("A row that nobody has");
    assert_eq!(attempt(&mut story, "write-500").await.header("set-cookie"), None);
    assert_eq!(story.rows().len(), 1);
    assert!(story.cookies("Ada").is_empty());
}
