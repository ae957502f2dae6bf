//! The path `/reset` sets the number to zero, for everybody.

use conversation::{Conversation, Held};
use step_01::{Visits, app};

#[tokio::test]
async fn who_resets_the_number_does_it_for_everybody() {
    let mut story = Conversation::new("A reset", app(Visits::default()), Held(Vec::new));
    story.get("Ada", "/").await;
    story.get("Ada", "/").await;
    story.get("Grace", "/reset").await;
    assert!(story.get("Ada", "/").await.text.contains("You have been here 1 time."));
}
