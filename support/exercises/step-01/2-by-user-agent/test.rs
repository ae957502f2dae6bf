//! Who calls itself by another name is counted by itself.

use axum::http::Method;
use conversation::{Conversation, Held, Request};
use step_01::{Visits, app};

async fn visit(story: &mut Conversation, who: &str, agent: &str) -> String {
    let request = Request::new(Method::GET, "/").header("user-agent", agent);
    story.send(who, request).await.text
}

#[tokio::test]
async fn each_program_is_counted_and_not_each_visitor() {
    let mut story = Conversation::new("By program", app(Visits::default()), Held(Vec::new));
    assert!(visit(&mut story, "Ada", "Firefox").await.contains("You have been here 1 time."));
    assert!(visit(&mut story, "Ada", "Chromium").await.contains("You have been here 1 time."));
    assert!(
        visit(&mut story, "Grace", "Firefox").await.contains("You have been here 2 times.")
    );
}
